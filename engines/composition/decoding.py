"""Which decoder sees a film's transparency, and how woven fields become whole frames."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import av.error
from av.filter import Graph

from engines.composition.sources import DECODER

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

_SEEING = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these leave out the transparency that WebM carries beside each picture."""
_SAYS_NOTHING = frozenset(
    {"ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "mjpeg", "qtrle", "jpeg2000", "cfhd"}
)
"""Codecs whose frames do not say that they are two fields; their container may."""
_BY_PASSES = frozenset({"png", "apng", "gif"})
"""Codecs that call a picture interlaced when its rows come in several passes: it is whole all the same."""
OPAQUE = "the film's transparency cannot be read, so it is opaque"
DEINTERLACED = "interlaced film was deinterlaced"
_TICK_S = Fraction(1, 1000)
_TOP_FIRST, _BOTTOM_FIRST = (2, 5), (3, 4)
"""AVFieldOrder: TT and BT are shown with the upper field first, BB and TB with the lower."""


def whole(
    frames: Iterable[av.VideoFrame], stream: av.VideoStream, tell: Callable[[str], None], *, from_start: bool
) -> Generator[av.VideoFrame, None, None]:
    """Give decoded frames as they are shown: of two woven fields the first is kept and made whole.

    Fields are told apart by the frames before and after. After a seek the one before is missing, so that the first
    such frame is left out: what a frame looks like must not depend on where reading began. `tell` hears that there
    were fields.
    """
    parting: _Parting | None = None
    before: av.VideoFrame | None = None
    fields = _fields(stream)
    passes = stream.codec_context.name in _BY_PASSES
    for frame in frames:
        if passes or (parting is None and not frame.interlaced_frame and fields is None):
            yield frame
        else:
            if parting is None or not parting.fits(frame):
                tell(DEINTERLACED)
                if parting is not None:
                    yield from parting.rest()
                parting = _Parting(frame, fields)
                if before is not None and parting.fits(before):
                    parting.follow(before)
                elif before is None and not from_start:
                    parting.leave_out_one()
            yield from parting.take(frame)
        before = frame
    if parting is not None:
        yield from parting.rest()


def is_blind(stream: av.VideoStream) -> bool:
    """Say whether a film can be seen through, and no decoder here sees it."""
    return stream.metadata.get("alpha_mode") == "1" and stream.codec_context.name not in _SEEING


def seeing(stream: av.AudioStream | av.VideoStream) -> VideoCodecContext | None:
    """Return a decoder that sees a film's transparency, where FFmpeg's own does not; None where that one will do."""
    name = _SEEING.get(stream.codec_context.name) if stream.metadata.get("alpha_mode") == "1" else None
    if name is None:
        return None
    decoder: VideoCodecContext = av.CodecContext.create(name, "r")  # type: ignore[assignment]
    decoder.extradata = stream.codec_context.extradata
    decoder.thread_count = 1
    decoder.options = DECODER
    return decoder


def _fields(stream: av.VideoStream) -> str | None:
    """Return which field the container says comes first, where the frames themselves do not know."""
    context = stream.codec_context
    if context.name not in _SAYS_NOTHING:
        return None
    order = int(context.field_order)
    return "tff" if order in _TOP_FIRST else "bff" if order in _BOTTOM_FIRST else None


class _Parting:
    """FFmpeg's bwdif: a frame for a frame, and those of one field untouched."""

    def __init__(self, frame: av.VideoFrame, fields: str | None) -> None:
        self._shape = _shape(frame)
        self._left_out = 0
        width, height, name = self._shape
        tick_s = frame.time_base or _TICK_S
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add("buffer", f"video_size={width}x{height}:pix_fmt={name}:time_base={tick_s}")
        how = f"parity={fields}:deint=all" if fields else "parity=auto:deint=interlaced"
        bwdif = self._graph.add("bwdif", f"mode=send_frame:{how}")
        self._graph.link_nodes(source, bwdif, self._graph.add("buffersink")).configure()

    def fits(self, frame: av.VideoFrame) -> bool:
        """Say whether a frame is of the size and format that this was made for."""
        return _shape(frame) == self._shape

    def follow(self, frame: av.VideoFrame) -> None:
        """Take in a frame that was given already."""
        self.leave_out_one()
        self._graph.vpush(frame)

    def leave_out_one(self) -> None:
        """Give one frame fewer."""
        self._left_out += 1

    def take(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Take a frame in; give what is ready: mostly the one before."""
        self._graph.vpush(frame)
        return self._ready()

    def rest(self) -> Iterator[av.VideoFrame]:
        """Give the last ones."""
        self._graph.vpush(None)
        return self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while True:
            try:
                frame = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if self._left_out:
                self._left_out -= 1
            else:
                yield frame


def _shape(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
