"""How sheets in depth become the planes of one frame, far to near, touching only what can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.camera import Path, matrix, needed_crop, place
from engines.draft.parallax.sheet import Sheet
from engines.media.colour import chroma_half
from engines.media.encode import Planes

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class Renderer:
    """Draws a stack of sheets (back to front; the first one fills the frame) as a moving camera sees it.

    Works in premultiplied Y'CbCr at full chroma size, so a frame needs one warp and one blend per sheet and
    no colour conversion. Buffers are reused: one renderer serves one thread.
    """

    def __init__(
        self, sheets: Sequence[Sheet], path: Path, *, width_px: int, height_px: int, duration_s: float
    ) -> None:
        self._sheets = tuple(sheets)
        self._path = path
        self._duration_s = duration_s
        self._size = (width_px, height_px)
        self.crop = needed_crop(sheets, path, duration_s)
        shape = (height_px, width_px)
        self._canvas = np.zeros((*shape, 4), np.uint8)
        self._front = np.empty((*shape, 4), np.uint8)
        self._behind = np.empty((*shape, 4), np.uint8)
        self._share = np.empty(shape, np.uint8)
        self._chroma = np.empty(shape, np.uint8)

    def draw(self, t: float, planes: Planes) -> None:
        """Fill the planes with the frame at `t`, from 0.0 (first frame) to 1.0 (last frame)."""
        width, height = self._size
        pose = self._path(t)
        maps = [
            matrix(sheet, place(sheet, pose, t * self._duration_s, self.crop), width, height)
            for sheet in self._sheets
        ]
        hidden_from = [height] * len(maps)  # rows that nearer sheets cover completely
        limit = height
        for index in reversed(range(len(maps))):
            hidden_from[index] = limit
            limit = min(limit, self._covered_row(self._sheets[index], maps[index]))
        for index, (sheet, to_samples) in enumerate(zip(self._sheets, maps, strict=True)):
            self._stack(sheet, to_samples, hidden_from[index], opaque=index == 0)
        cv2.extractChannel(self._canvas, 0, dst=planes.y)
        for channel, plane in ((1, planes.u), (2, planes.v)):
            cv2.extractChannel(self._canvas, channel, dst=self._chroma)
            chroma_half(self._chroma, plane)

    def _covered_row(self, sheet: Sheet, to_samples: NDArray[Any]) -> int:
        """Return the frame row from which the sheet hides everything behind it."""
        if sheet.covers_from >= sheet.height:
            return self._size[1]
        row = (sheet.covers_from - sheet.top) * sheet.oversampling
        return max(0, math.ceil((row - float(to_samples[1, 2])) / float(to_samples[1, 1])) + 1)

    def _stack(self, sheet: Sheet, to_samples: NDArray[Any], end: int, *, opaque: bool) -> None:
        """Lay one sheet over the canvas, down to row `end`."""
        x0, y0, x1, y1 = self._window(sheet, to_samples)
        y1 = min(y1, end)
        if x0 >= x1 or y0 >= y1:
            return
        solid = max(y0, min(y1, 0 if opaque else self._covered_row(sheet, to_samples)))
        if solid > y0:
            front = self._warp(sheet, to_samples, (x0, y0, x1, solid), self._front)
            canvas = self._canvas[y0:solid, x0:x1]
            share = cv2.extractChannel(front, 3, dst=self._share[: solid - y0, : x1 - x0])
            behind = cv2.cvtColor(share, cv2.COLOR_GRAY2BGRA, dst=self._behind[: solid - y0, : x1 - x0])
            cv2.multiply(canvas, behind, dst=canvas, scale=1 / 255)
            cv2.add(canvas, front, dst=canvas)
        if y1 > solid:
            self._warp(sheet, to_samples, (x0, solid, x1, y1), None)

    def _window(self, sheet: Sheet, to_samples: NDArray[Any]) -> tuple[int, int, int, int]:
        """Return the part of the frame (x0, y0, x1, y1) that the sheet can touch."""
        width, height = self._size
        rows, columns = sheet.samples.shape[:2]
        (a, b, c), (_, e, f) = to_samples
        y0, y1 = max(0, math.floor((-1 - f) / e)), min(height, math.ceil((rows - f) / e) + 1)
        lean = (b * y0, b * y1)
        x0 = max(0, math.floor((-1 - c - max(lean)) / a))
        x1 = min(width, math.ceil((columns - c - min(lean)) / a) + 1)
        return x0, y0, x1, y1

    def _warp(
        self,
        sheet: Sheet,
        to_samples: NDArray[Any],
        window: tuple[int, int, int, int],
        buffer: NDArray[Any] | None,
    ) -> NDArray[Any]:
        """Sample the sheet for a window of the frame, into `buffer` or straight into the canvas."""
        x0, y0, x1, y1 = window
        moved = to_samples.copy()
        moved[:, 2] += to_samples[:, 0] * x0 + to_samples[:, 1] * y0
        out = self._canvas[y0:y1, x0:x1] if buffer is None else buffer[: y1 - y0, : x1 - x0]
        # The border repeats: outside its transparent margin a sheet stays clear, at a bled edge it goes on.
        return cv2.warpAffine(
            sheet.samples, moved, (x1 - x0, y1 - y0), dst=out, flags=_WARP, borderMode=cv2.BORDER_REPLICATE
        )
