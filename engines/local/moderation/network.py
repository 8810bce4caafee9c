"""How likely a picture is sexual, by open_nsfw: one number from 0 to 1."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.weights.moderation import ONNX, OPEN_NSFW
from engines.local.onnx import session
from engines.local.weights import read_weights

_SIDE_PX, _SEEN_PX = 256, 224
_PLAIN = 2.0
"""A picture whose colours vary less than this, of 255, shows nothing; the network gives plain beige 0.33."""
_MEAN_BGR = np.array([104, 117, 123], np.float32)
SMALL_PX = 2 * _SIDE_PX
"""What it is given may be read so small: twice what it sees."""


class Network:
    """The loaded weights, on one thread of the CPU."""

    def __init__(self) -> None:
        """Load them.

        Raises:
            EngineUnavailable: onnxruntime is missing, or the weights are not those that were pinned.
        """
        self._session = session(read_weights(OPEN_NSFW, ONNX), "text")
        self._input = self._session.get_inputs()[0].name

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """Return how likely a picture, (height, width, 3), is sexual; four digits, for the last ones are the machine's."""
        if float(rgb.std(axis=(0, 1)).max()) < _PLAIN:
            return 0.0
        (made,) = self._session.run(None, {self._input: _seen(rgb)[np.newaxis]})
        return round(float(made[0][1]), 4)


def _seen(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the middle of a picture as the network was trained to see it: squeezed to a square, through a JPEG, BGR."""
    border = (_SIDE_PX - _SEEN_PX) // 2
    square = Image.fromarray(rgb).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BILINEAR)
    square.crop((border, border, _SIDE_PX - border, _SIDE_PX - border)).save(jpeg := io.BytesIO(), "JPEG")
    with Image.open(jpeg) as image:
        pixels = np.asarray(image, np.float32)
    return np.ascontiguousarray(pixels[..., ::-1] - _MEAN_BGR)
