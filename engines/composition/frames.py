"""What each frame of the film looks like."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.composition.blends import blend
from engines.composition.lettering import Bitmap
from engines.composition.planes import Picture, Planes, blank, lay_over, ycc
from engines.composition.readers import reader
from engines.composition.render_plan import RenderPlan, Span
from engines.composition.stacking import Showing
from engines.composition.studio import Reader, Studio


class Painter:
    """Paints frames of a film; each thread has its own, and close() lets go of all files.

    A frame depends on the film and its number only, never on which frames were painted before.
    """

    def __init__(self, film: RenderPlan, studio: Studio) -> None:
        self._film, self._studio = film, studio
        self._size = studio.size
        self._background = ycc(film.background)
        self._readers: dict[str, Reader] = {}
        self._captions = Showing(film.captions.burned)
        self._stamp = lru_cache(maxsize=3 + self._captions.most)(
            lambda text: _stamp(studio.lettering.caption(text))
        )
        self._spare: list[Planes] = []
        self._turns = [Turns(spans) for spans in film.layers]
        self._near = {
            span.name: (span.first, max(span.last, follower.first + follower.entry_frames if follower else 0))
            for spans in film.layers
            for span, follower in zip(spans, (*spans[1:], None), strict=True)
        }

    def paint(self, frame: int, out: Planes) -> None:
        """Paint the pictures of a frame, without captions."""
        self._release(frame)
        out.fill(self._background)
        for spans, turns in zip(self._film.layers, self._turns, strict=True):
            self._layer(spans, turns, frame, out)

    def caption(self, frame: int, out: Planes) -> None:
        """Write the captions of a frame over its picture."""
        for shown in self._captions.at(frame):
            _write(self._stamp(shown.text), shown.raised_px, out)

    def close(self) -> None:
        """Let go of all files."""
        for opened in self._readers.values():
            opened.close()
        self._readers.clear()

    def _layer(self, spans: tuple[Span, ...], turns: Turns, frame: int, out: Planes) -> None:
        at = turns.shown(frame)
        if at is None:
            return
        span = spans[at]
        step = frame - span.first
        if step >= span.entry_frames:
            self._lay(span, frame, out)
            return
        old, new = self._borrow(), self._borrow()
        old.take(out)
        new.take(out)
        if span.follows:
            # Past its own end the clip before stays as it was.
            self._lay(spans[at - 1], frame, old)
        self._lay(span, frame, new)
        blend(span.transition, old, new, (step + 1) / (span.entry_frames + 1), out)
        self._spare += [old, new]

    def _lay(self, span: Span, frame: int, out: Planes) -> None:
        opacity = span.clip.opacity * self._fade(span, frame)
        if opacity > 0.0:
            lay_over(out, self._picture(span, frame), opacity)

    def _fade(self, span: Span, frame: int) -> float:
        moment_s = float((frame - span.first + 0.5) / self._film.fps)
        left_s = float((span.last - frame - 0.5) / self._film.fps)
        gain = 1.0
        if span.clip.fade_in_s > 0.0:
            gain = min(gain, moment_s / span.clip.fade_in_s)
        if span.clip.fade_out_s > 0.0:
            gain = min(gain, left_s / span.clip.fade_out_s)
        return max(0.0, gain)

    def _picture(self, span: Span, frame: int) -> Picture:
        opened = self._readers.get(span.name)
        if opened is None:
            opened = self._readers[span.name] = reader(span.clip, span.source, self._studio)
        shown = min(frame, span.last - 1) - span.first
        moment_s = span.clip.trim_in_s + float(shown / self._film.fps) * span.clip.speed
        progress = min(1.0, (frame - span.first) / max(1, span.last - 1 - span.first))
        return opened.at(moment_s, progress)

    def _release(self, frame: int) -> None:
        """Close what this frame and the next second do not show."""
        if len(self._readers) <= 2:
            return
        second = round(self._film.fps) + 1
        for name in list(self._readers):
            first, until = self._near[name]
            if not first - second <= frame < until:
                self._readers.pop(name).close()

    def _borrow(self) -> Planes:
        return self._spare.pop() if self._spare else blank(*self._size)


class Turns:
    """Which span of a layer is shown when: the last of those that have begun and not ended."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._froms: list[int] = []
        self._shown: list[int | None] = []
        begun: list[tuple[int, int]] = []
        following = 0
        for moment in sorted({moment for span in spans for moment in (span.first, span.last)}):
            while following < len(spans) and spans[following].first <= moment:
                heapq.heappush(begun, (-following, spans[following].last))
                following += 1
            while begun and begun[0][1] <= moment:
                heapq.heappop(begun)
            self._froms.append(moment)
            self._shown.append(-begun[0][0] if begun else None)

    def shown(self, frame: int) -> int | None:
        """Return the number of the span that a frame shows."""
        at = bisect_right(self._froms, frame) - 1
        return self._shown[at] if at >= 0 else None


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A caption ready to be written: what stays of the picture, what is added, both times 255."""

    x_px: int
    y_px: int
    parts: tuple[tuple[NDArray[np.uint16], NDArray[np.uint16]], ...]


def _stamp(bitmap: Bitmap) -> _Stamp:
    height, width = bitmap.luma.shape
    alpha = bitmap.alpha.astype(np.uint16)
    halves = alpha.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3), dtype=np.uint16) // 4
    luma = (255 - alpha, bitmap.luma * alpha + 127)
    chroma = (255 - halves, 128 * halves + 127)
    return _Stamp(bitmap.x_px, bitmap.y_px, (luma, chroma, chroma))


def _write(stamp: _Stamp, raised_px: int, out: Planes) -> None:
    height, width = stamp.parts[0][0].shape
    place = out.part(stamp.x_px, max(stamp.y_px - raised_px, 0), width, height)
    for plane, (kept, added) in zip((place.y, place.u, place.v), stamp.parts, strict=True):
        mixed = plane * kept + added
        plane[...] = (mixed + 1 + (mixed >> 8)) >> 8  # division by 255, exact below 65535
