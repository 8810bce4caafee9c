"""How an engine that makes a film shows early what it looks like: one small picture, every other second."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.contract import Report
from engines.media.colour import YUV_TO_RGB

EVERY_S = 2.0
FIRST_AFTER_S = 1.0
"""What is made sooner needs no preview."""
_SIDE_PX = 320
_QUALITY = 75

Plane = NDArray[np.uint8]


class Previews:
    """Offers a frame of one task now and then; any thread may show it frames, and no product has anything of it."""

    def __init__(self, report: Report, folder: Path, *, every_s: float = EVERY_S) -> None:
        self._report, self._folder, self._every_s = report, folder, every_s
        self._due_s = time.monotonic() + min(FIRST_AFTER_S, every_s)
        self._count = 0
        self._lock = threading.Lock()

    def see(self, y: Plane, u: Plane, v: Plane) -> None:
        """Offer this frame of BT.709 video (planes of 4:2:0) if one is due.

        Raises: Cancelled, as every word to the report.
        """
        if time.monotonic() < self._due_s or not self._lock.acquire(blocking=False):
            return
        try:
            self._offer(_small(y, u, v))
            self._due_s = time.monotonic() + self._every_s
        finally:
            self._lock.release()

    def close(self) -> None:
        """Leave nothing behind."""
        for number in (0, 1):
            with contextlib.suppress(OSError):
                self._name(number).unlink()

    def _offer(self, rgb: Plane) -> None:
        # In turn under two names: whoever reads the last one is not disturbed.
        path = self._name(self._count % 2)
        self._count += 1
        _, data = cv2.imencode(
            ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        )
        path.unlink(missing_ok=True)
        path.write_bytes(data.tobytes())
        self._report.preview(path)

    def _name(self, number: int) -> Path:
        return self._folder / f"preview-{number}.jpg"


def _small(y: Plane, u: Plane, v: Plane) -> Plane:
    """Return sRGB uint8 (height, width, 3), its longer side 320 px at most."""
    height, width = y.shape
    scale = min(1.0, _SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    planes = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (y, u, v)]
    return np.asarray(cv2.transform(cv2.merge(planes), YUV_TO_RGB), np.uint8)
