"""What becomes of a picture's transparency when it is enlarged, and of the colours that nobody sees below it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def without_hidden(rgba: Pixels) -> Pixels:
    """Return the colours of a picture, (height, width, 3); where it is wholly transparent, those of what is near.

    Files have black or anything there, and a network would draw it into the edges of what is seen.
    """
    weight = (rgba[..., 3:] > 0).astype(np.float32)
    filled = _filled(rgba[..., :3] * weight, weight)
    return np.asarray(np.where(weight > 0, rgba[..., :3], np.rint(filled)), np.uint8)


def enlarged_alpha(alpha: Pixels, width_px: int, height_px: int) -> Pixels:
    """Return a picture's transparency, (height, width), in another size."""
    made = Image.fromarray(alpha).resize((width_px, height_px), Image.Resampling.LANCZOS)
    return np.asarray(made)


def _filled(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours everywhere: those of the next coarser picture where a pixel has none of its own."""
    colours: NDArray[np.float32] = np.divide(weighted, np.maximum(weight, np.float32(1e-6)), dtype=np.float32)
    if weight.all() or max(weight.shape) == 1:
        return colours
    coarse = _filled(_halved(weighted), _halved(weight))
    height, width = weight.shape[:2]
    rows, columns = np.arange(height) // 2, np.arange(width) // 2
    return np.where(weight > 0, colours, coarse[rows[:, None], columns])


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    sums: NDArray[np.float32] = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    return sums
