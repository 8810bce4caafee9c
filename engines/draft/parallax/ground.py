"""Where the ground of a flat picture begins: the row at which the colours change all across the frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_ROWS = 160
_STRIPS = 12
_BAND_ROWS = 14  # rows compared above and below a candidate
_SPAN = (0.25, 0.8)  # horizons outside these parts of the frame's height are not looked for
_MIN_STEP = 9.0  # change in Lab that most strips must show


def find_horizon(rgb: NDArray[np.uint8]) -> float | None:
    """Return the horizon of an sRGB picture, uint8 (h, w, 3), as a share of its height, or None without one.

    The frame is cut into upright strips; a horizon is a row at which most of them change colour, whatever
    stands in the way in a few.
    """
    columns = _STRIPS * 4
    small = cv2.resize(rgb, (columns, _ROWS), interpolation=cv2.INTER_AREA)
    lab: NDArray[Any] = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    strips = lab.reshape(_ROWS, _STRIPS, 4, 3).mean(axis=2)
    total = np.concatenate([np.zeros((1, _STRIPS, 3)), np.cumsum(strips, axis=0)])
    rows = np.arange(round(_SPAN[0] * _ROWS), round(_SPAN[1] * _ROWS))
    above = (total[rows] - total[rows - _BAND_ROWS]) / _BAND_ROWS
    below = (total[rows + _BAND_ROWS] - total[rows]) / _BAND_ROWS
    steps = np.sqrt(((above - below) ** 2).sum(axis=2))
    scores = np.percentile(steps, 30, axis=1)
    best = int(np.argmax(scores))
    return float(rows[best] / _ROWS) if scores[best] >= _MIN_STEP else None
