"""How frames become H.264: closed chunks on a few threads, the same bytes whatever their number."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.codec.context import Flags

from engines.composition.footage import of_frame
from engines.composition.memory import converted
from engines.composition.planes import Planes
from runtime.errors import Cancelled, EngineFailed

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

_QUALITY = {"draft": ("superfast", "24"), "standard": ("veryfast", "20"), "high": ("medium", "18")}
_LARGE_PIXELS = 4096 * 2304
_BT709, _LIMITED = 1, 1


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """All that decides the bytes besides the pictures."""

    width_px: int
    height_px: int
    fps: Fraction
    quality: str

    @property
    def gop_frames(self) -> int:
        """Two seconds between key frames."""
        return max(1, round(self.fps * 2))

    @property
    def chunk_frames(self) -> int:
        """Frames that one thread encodes at a time: whole groups of pictures, so no key frame is added."""
        return 2 * self.gop_frames

    def apply(self, context: VideoCodecContext) -> None:
        """Set up an encoder; two encoders set up alike have the same parameter sets."""
        preset, crf = _QUALITY[self.quality]
        context.width, context.height, context.pix_fmt = self.width_px, self.height_px, "yuv420p"
        context.framerate, context.time_base = self.fps, 1 / self.fps
        context.gop_size = self.gop_frames
        # x264's output depends on its number of threads, so there is one.
        context.thread_count = 1
        context.flags |= Flags.global_header | Flags.bitexact
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED
        x264 = ["cpu-independent=1", "open-gop=0"]
        if self.width_px * self.height_px > _LARGE_PIXELS:
            x264.append("rc-lookahead=10")  # a 64 megapixel frame takes 100 MB in the queue
        context.options = {"preset": preset, "crf": crf, "profile": "high", "x264-params": ":".join(x264)}


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded frame: where its bytes lie in its chunk's file, and its times in frames of the film."""

    offset: int
    size: int
    pts: int
    dts: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive coded frames in a file."""

    path: Path
    frames: tuple[Coded, ...]
    extradata: bytes


Paint = Callable[[int, Planes], None]
Painters = Callable[[], tuple[Paint, Callable[[], None]]]


def encode(
    encoding: EncoderSettings,
    frames: int,
    painters: Painters,
    workdir: Path,
    advance: Callable[[int], None],
    stop: threading.Event,
) -> list[Chunk]:
    """Paint and encode all frames; return the chunks in order.

    `painters()` gives each thread its own paint(frame, planes) and close(). `advance(done)` is called on the
    calling thread; what it raises sets `stop`, which ends all threads, and passes through.
    """
    starts = range(0, frames, encoding.chunk_frames)
    count = max(1, min(os.cpu_count() or 1, 4, len(starts)))
    if encoding.width_px * encoding.height_px > _LARGE_PIXELS:
        count = min(count, 2)
    queues = [deque(starts[len(starts) * n // count : len(starts) * (n + 1) // count]) for n in range(count)]
    work = _Work(encoding, frames, workdir, queues, stop)
    threads = [
        threading.Thread(target=work.run, args=(n, painters), name=f"compose-{n}") for n in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            work.moved.wait(0.2)
            work.moved.clear()
            advance(work.done)
    except BaseException as error:  # noqa: BLE001 - it is raised again when all threads have ended
        stop.set()
        _join(threads)
        # What a painter could not do comes first: that the rest was stopped follows from it.
        raise work.failure or error from None
    _join(threads)
    if work.failure is not None:
        raise work.failure
    return _in_step([work.chunks[start] for start in starts], starts)


def _join(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def _in_step(chunks: list[Chunk], starts: Sequence[int]) -> list[Chunk]:
    """Give all chunks the same delay between decoding and showing.

    A chunk of one or two frames needs none and would get none; the step between it and the chunk before it would
    look like a pause of the film, and make its mean rate wrong.
    """
    delay = max(start - chunk.frames[0].dts for chunk, start in zip(chunks, starts, strict=True))
    return [
        replace(
            chunk, frames=tuple(replace(frame, dts=start + n - delay) for n, frame in enumerate(chunk.frames))
        )
        for chunk, start in zip(chunks, starts, strict=True)
    ]


class _Work:
    """What the threads share."""

    def __init__(
        self,
        encoding: EncoderSettings,
        frames: int,
        workdir: Path,
        queues: list[deque[int]],
        stop: threading.Event,
    ) -> None:
        self.encoding, self.frames, self.workdir, self.queues = encoding, frames, workdir, queues
        self.chunks: dict[int, Chunk] = {}
        self.failure: BaseException | None = None
        self.stop = stop
        self.done = 0
        self.moved = threading.Event()
        self._lock = threading.Lock()

    def run(self, number: int, painters: Painters) -> None:
        paint, close = painters()
        try:
            while (start := self._take(number)) is not None and not self.stop.is_set():
                chunk = self._chunk(start, paint)
                if chunk is not None:
                    self.chunks[start] = chunk
        except Cancelled:
            self.stop.set()
        except Exception as error:  # noqa: BLE001 - crosses a thread; the caller's thread raises it
            self._fail(converted(error, "a frame"))
        finally:
            close()
            self.moved.set()

    def _take(self, number: int) -> int | None:
        """Take the next chunk of this thread's part of the film, or the last of the fullest other part."""
        with self._lock:
            if self.queues[number]:
                return self.queues[number].popleft()
            fullest = max(self.queues, key=len)
            return fullest.pop() if fullest else None

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self.failure = self.failure or error
            self.stop.set()

    def _chunk(self, start: int, paint: Paint) -> Chunk | None:
        context = av.CodecContext.create("libx264", "w")
        self.encoding.apply(context)
        path = self.workdir / f"chunk-{start:07d}.h264"
        coded: list[Coded] = []
        with path.open("wb") as file:
            for number in range(start, min(start + self.encoding.chunk_frames, self.frames)):
                if self.stop.is_set():
                    return None
                frame = av.VideoFrame(self.encoding.width_px, self.encoding.height_px, "yuv420p")
                paint(number, of_frame(frame))
                frame.pts, frame.time_base = number - start, 1 / self.encoding.fps
                for packet in context.encode(frame):
                    coded.append(_kept(packet, start, file.tell()))
                    file.write(bytes(packet))
                with self._lock:
                    self.done += 1
                self.moved.set()
            for packet in context.encode(None):
                coded.append(_kept(packet, start, file.tell()))
                file.write(bytes(packet))
        return Chunk(path, tuple(coded), bytes(context.extradata or b""))


def _kept(packet: av.Packet[Any], start: int, offset: int) -> Coded:
    pts, dts = packet.pts, packet.dts
    if pts is None or dts is None:
        raise EngineFailed("the encoder gave a frame without a time")
    return Coded(offset, packet.size, pts + start, dts + start, packet.is_keyframe)
