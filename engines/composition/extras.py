"""Which moments stand for the whole film: its poster and its contact sheet."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.composition.planes import Planes, to_rgb

_MOMENTS = 12
_THUMB_WIDTH_PX = 480
_GAP_PX = 8


class Moments:
    """Keeps evenly spread frames while the film is painted, so that nothing is decoded twice."""

    def __init__(self, frames: int) -> None:
        count = min(_MOMENTS, frames)
        self._wanted = [(2 * number + 1) * frames // (2 * count) for number in range(count)]
        self._thumbs: dict[int, NDArray[np.uint8]] = {}
        self._best: tuple[float, int, NDArray[np.uint8]] | None = None
        self._lock = threading.Lock()

    def see(self, frame: int, planes: Planes) -> None:
        """Keep a frame if it is one of ours: small for the sheet, large if it is the best so far."""
        if frame not in self._wanted:
            return
        rgb = to_rgb(planes)
        thumb, score = _thumb(rgb, _THUMB_WIDTH_PX), self._interest(rgb, frame)
        with self._lock:
            self._thumbs[frame] = thumb
            if self._best is None or (score, -frame) > (self._best[0], -self._best[1]):
                self._best = (score, frame, rgb)

    def _interest(self, rgb: NDArray[np.uint8], frame: int) -> float:
        grey = cv2.cvtColor(_thumb(rgb, 240), cv2.COLOR_RGB2GRAY)
        detail = float(np.abs(np.diff(grey.astype(np.float64), axis=1)).mean())
        middle = (len(self._wanted) - 1) / 2
        off_middle = abs(self._wanted.index(frame) - middle) / (middle + 1)
        # A plain or dark frame shows little, whatever its place.
        return (float(grey.std()) + 2.0 * detail) * (1.0 - 0.3 * off_middle)

    def poster(self, path: Path, comment: str | None) -> None:
        """Write the frame with the most to see, rather from the film's middle."""
        if self._best is not None:
            _write(self._best[2], path, comment)

    def sheet(self, path: Path, comment: str | None) -> None:
        """Write all kept frames in a grid, in the order of time."""
        thumbs = [self._thumbs[frame] for frame in sorted(self._thumbs)]
        height, width = thumbs[0].shape[:2]
        columns = min(len(thumbs), 4 if width >= height else 6)
        rows = -(-len(thumbs) // columns)
        sheet = np.full(
            (rows * (height + _GAP_PX) + _GAP_PX, columns * (width + _GAP_PX) + _GAP_PX, 3), 18, np.uint8
        )
        for number, thumb in enumerate(thumbs):
            y = _GAP_PX + number // columns * (height + _GAP_PX)
            x = _GAP_PX + number % columns * (width + _GAP_PX)
            sheet[y : y + height, x : x + width] = thumb
        _write(sheet, path, comment)


def _thumb(rgb: NDArray[np.uint8], width_px: int) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    small = min(width_px, width) if width >= height else min(width_px * width // height + 1, width)
    size = (small, max(1, round(height * small / width)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write(rgb: NDArray[np.uint8], path: Path, comment: str | None) -> None:
    from PIL import Image

    said = {} if comment is None else {"comment": comment}
    Image.fromarray(rgb).save(path, "JPEG", quality=90, subsampling=0, **said)
