"""What the renderer stacks: a picture layer, cut to what it shows, as premultiplied video samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.colour import premultiplied_to_yuvt

_MARGIN_PX = 3  # a transparent border around the cut, so that the warp fades out inside it


@dataclass(frozen=True, slots=True)
class Sheet:
    """One layer, ready to be warped: all lengths in layer pixels, x to the right and y down.

    `samples` is uint8 (rows, columns, 4): premultiplied Y', Cb, Cr and T = 255 - alpha, `oversampling`
    samples per layer pixel, for the box of the layer that begins at (`left`, `top`). `depth` is 0.0 far to
    1.0 near in the middle row and grows by `tilt` per frame height downwards. From row `covers_from` down the
    layer hides all that lies behind it. `fall` is how fast it falls by itself, in layer heights per second;
    what falls holds the layer twice, one copy above the other, so that it can go round.
    """

    samples: NDArray[Any]
    width: int
    height: int
    left: int
    top: int
    bleed: float
    depth: float
    oversampling: float = 1.0
    tilt: float = 0.0
    covers_from: int = 1 << 30
    fall: float = 0.0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what the sheet holds, in layer pixels."""
        rows, columns = self.samples.shape[:2]
        return (
            self.left,
            self.top,
            self.left + columns / self.oversampling,
            self.top + rows / self.oversampling,
        )


def sheet_from_rgba(
    rgba: NDArray[np.uint8],
    *,
    depth: float,
    bleed: float,
    oversampling: float = 1.5,
    tilt: float = 0.0,
    fall: float = 0.0,
) -> Sheet | None:
    """Return the sheet of a premultiplied sRGB layer, uint8 (h, w, 4), or None when it is empty.

    `bleed` is how much larger than the frame the layer is on each side, in frame sizes. The samples are
    stored finer than the layer by `oversampling`, which keeps bilinear warps sharp and even.
    """
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3]
    rows = np.flatnonzero(alpha.max(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(alpha.max(axis=0))
    top, bottom = max(0, int(rows[0]) - _MARGIN_PX), min(height, int(rows[-1]) + 1 + _MARGIN_PX)
    if fall != 0.0:
        rgba, top, bottom = np.concatenate([rgba, rgba]), 0, 2 * height
    left, right = max(0, int(columns[0]) - _MARGIN_PX), min(width, int(columns[-1]) + 1 + _MARGIN_PX)
    samples: NDArray[Any] = premultiplied_to_yuvt(np.ascontiguousarray(rgba[top:bottom, left:right]))
    if oversampling != 1.0:
        samples = _finer(samples, oversampling)
    return Sheet(
        samples=samples,
        width=width,
        height=height,
        left=left,
        top=top - height if fall != 0.0 else top,
        bleed=bleed,
        depth=depth,
        oversampling=oversampling,
        tilt=tilt,
        covers_from=_covers_from(alpha) if fall == 0.0 else height,
        fall=fall,
    )


def _finer(samples: NDArray[Any], factor: float) -> NDArray[Any]:
    """Return the samples on a finer grid: cubic inside, linear at edges, where cubic leaves an outline."""
    # Given as factors and not as a size, so that the grid is exact and no sheet is off by a fraction.
    sharp: NDArray[Any] = cv2.resize(samples, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    through = samples[..., 3]
    if through.max() == 0:
        return sharp
    reach = np.ones((7, 7), np.uint8)
    edge = cv2.morphologyEx(through, cv2.MORPH_GRADIENT, reach)
    mixed = cv2.resize(edge, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    plain = cv2.resize(samples, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.copyTo(plain, mixed, sharp))


def _covers_from(alpha: NDArray[np.uint8]) -> int:
    """Return the first row below which every pixel of the layer is opaque (the height itself if none is)."""
    open_rows = np.flatnonzero(alpha.min(axis=1) < 255)
    first = 0 if open_rows.size == 0 else int(open_rows[-1]) + 1
    return first if first == 0 else first + 2  # cubic resampling reaches two pixels
