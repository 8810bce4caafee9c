"""How the pictures of a given film are had: decoded on, sought where that is sooner, brought to the canvas."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction

import av
import av.error
import numpy as np

from engines.composition.animations import repeated
from engines.composition.decoding import OPAQUE, is_blind, whole
from engines.composition.grading import Grading, shortfall
from engines.composition.losses import Decoding, in_time
from engines.composition.placing import moved, placed, resized
from engines.composition.planes import Picture, Planes, from_rgb
from engines.composition.sources import DECODER, Source, opened
from engines.composition.studio import Studio
from runtime.errors import AssetInvalid
from schemas.choices import Fit
from schemas.timeline import Motion

_FAR_AHEAD_S = 3.0
"""From here on seeking beats decoding everything between."""
_SAME_MOMENT_S = 0.002
"""Containers round their times to a millisecond."""


class Footage:
    """A film, decoded forward, sought when a moment is behind or far ahead; past its end the last stays."""

    def __init__(self, source: Source, fit: Fit, motion: Motion | None, studio: Studio) -> None:
        self._source, self._fit, self._motion, self._canvas = source, fit, motion, studio.size
        self._go_on, self._losses = studio.go_on, studio.losses
        self._grading = Grading(studio.folder)
        self._stack = ExitStack()
        self._open()
        if is_blind(self._stream):
            self._tell(OPAQUE)
        self._shown: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None
        self._ended = False
        self._picture: Picture | None = None

    def _open(self) -> None:
        self._container = self._stack.enter_context(opened(self._source.path, self._source.name))
        self._stream = next(
            stream
            for stream in self._container.streams.video
            if not stream.disposition & av.stream.Disposition.attached_pic
        )
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.options = DECODER
        self._origin_s = (self._container.start_time or 0) / av.time_base
        self._decode(from_start=True)

    def _decode(self, *, from_start: bool) -> None:
        self._decoding = Decoding(self._container, self._stream, self._source.name)
        frames = self._decoding.frames()
        if self._source.is_bare:
            frames = in_time(frames, self._stream, self._container.format.name)
        self._frames = whole(frames, self._stream, self._tell, from_start=from_start)

    def _tell(self, what: str) -> None:
        self._losses.tell("unsupported", self._source.name, what)

    def at(self, moment_s: float, progress: float) -> Picture:
        try:
            source = self._source
            self._find(repeated(moment_s + _SAME_MOMENT_S, source.duration_s, source.plays))
        except av.error.FFmpegError as error:
            raise AssetInvalid(f"{self._source.name}: the film is damaged") from error
        if self._decoding.harmed:
            self._losses.tell(
                "asset_invalid", self._source.name, "some of its pictures are damaged or left out"
            )
        if self._shown is None:
            raise AssetInvalid(f"{self._source.name}: the film holds no picture")
        if self._picture is None:
            self._picture = self._made(self._shown)
        if self._motion is None:
            return self._picture
        planes, alpha = moved(
            self._picture.planes, self._picture.alpha, self._motion, progress, self._picture.planes.size
        )
        return Picture(planes, self._picture.x_px, self._picture.y_px, alpha)

    def close(self) -> None:
        self._shown = self._next = None
        self._frames.close()
        self._stack.close()

    def _find(self, moment_s: float) -> None:
        shown_s = self._time_s(self._shown)
        if self._shown is not None and shown_s is not None:
            far_ahead = moment_s > shown_s + _FAR_AHEAD_S and not (self._ended or self._source.is_bare)
            if moment_s < shown_s or far_ahead:
                self._seek(moment_s)
        elif moment_s > _FAR_AHEAD_S and not self._source.is_bare:
            self._seek(moment_s)
        while not self._ended:
            if self._next is None:
                self._go_on()
                self._next = next(self._frames, None)
                if self._next is None:
                    self._ended = True
                    return
            next_s = self._time_s(self._next)
            if self._shown is not None and next_s is not None and next_s > moment_s:
                return
            self._shown, self._next, self._picture = self._next, None, None

    def _seek(self, moment_s: float) -> None:
        """Go to a key frame at or before the moment; to the very beginning where the file has no index."""
        target = max(0.0, moment_s)
        # A picture of an animation may be a part, laid over those before it.
        whole = self._source.plays is not None or self._source.is_bare
        for earlier_s in (target,) if whole else (0.0, 2.0, 10.0, target):
            goal = max(0.0, target - earlier_s)
            self._restart(goal)
            first = next(self._frames, None)
            first_s = self._time_s(first)
            if first is not None and (first_s is None or first_s <= target or goal == 0.0):
                self._next = first
                return

    def _restart(self, goal_s: float) -> None:
        self._shown = self._next = self._picture = None
        self._ended = False
        if self._source.is_bare:
            self._frames.close()
            self._stack.close()
            self._open()
            return
        self._container.seek(int((goal_s + self._origin_s) * av.time_base), backward=True)
        self._decode(from_start=goal_s == 0.0)

    def _time_s(self, frame: av.VideoFrame | None) -> float | None:
        return None if frame is None or frame.time is None else frame.time - self._origin_s

    def _made(self, frame: av.VideoFrame) -> Picture:
        """Bring a decoded frame to the canvas: upright, square pixels, BT.709 limited range."""
        lacks = shortfall(frame)
        if lacks is not None:
            self._tell(lacks)
        turns = round(frame.rotation / 90) % 4
        shape = Fraction(self._stream.sample_aspect_ratio or 1) or Fraction(1)
        if turns % 2:
            shape = 1 / shape
        # A stream may change its size on the way; each frame is brought to its place by its own.
        upright = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
        place = placed(upright, self._fit, self._canvas, shape)
        left, top, right, bottom = place.box
        if _is_see_through(frame):
            pixels = np.rot90(self._grading.rgba(frame), turns)
            pixels = resized(
                np.ascontiguousarray(pixels[top:bottom, left:right]), (place.width, place.height)
            )
            planes, alpha = (
                from_rgb(np.ascontiguousarray(pixels[..., :3])),
                np.ascontiguousarray(pixels[..., 3]),
            )
            return Picture(planes, place.x, place.y, alpha)
        used = (right - left, bottom - top)
        grown = (
            _even(upright[0] * place.width / used[0]),
            _even(upright[1] * place.height / used[1]),
        )
        planes = of_frame(self._grading.yuv(frame, grown[::-1] if turns % 2 else grown))
        if turns:
            planes = Planes(
                *(np.ascontiguousarray(np.rot90(p, turns)) for p in (planes.y, planes.u, planes.v))
            )
        x, y = (grown[0] - place.width) // 4 * 2, (grown[1] - place.height) // 4 * 2
        return Picture(planes.part(x, y, place.width, place.height), place.x, place.y)


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)


def _is_see_through(frame: av.VideoFrame) -> bool:
    form = frame.format
    return form.name == "pal8" or any(component.is_alpha for component in form.components)


def of_frame(frame: av.VideoFrame) -> Planes:
    """Return a yuv420p frame's own memory as planes, without a copy."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        views.append(rows[:, : plane.width])
    return Planes(*views)
