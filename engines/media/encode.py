"""How pictures become an MP4: one x264 encoder with one thread, fed in place, the same bytes every time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from engines.media.colour import chroma_half, rgb_to_yuv
from runtime.errors import EngineFailed, Unsupported

if TYPE_CHECKING:
    import av
    from av.video.plane import VideoPlane

Plane = NDArray[np.uint8]

_BT709 = 1
_RANGE_TV = 1
_MAX_SIDE_PX = 8192


@dataclass(frozen=True, slots=True)
class Planes:
    """Writable I420 planes of the next frame, bt709 in tv range: y at full, u and v at half size.

    They are the encoder's own memory: fill all of them, then call `VideoWriter.push`.
    """

    y: Plane
    u: Plane
    v: Plane


class VideoWriter:
    """A silent MP4 (H.264, yuv420p, bt709, index first) that is written frame by frame.

    Equal frames give equal bytes: x264 runs on one thread without CPU-dependent shortcuts, and no clock,
    version or path is stored. Odd sizes are padded to even. Used as a context manager; when the block is left
    by an exception, the half-written file is removed.

    Raises:
        Unsupported: a side is not within 2..8192 px.
        EngineFailed: the encoder or the disk refused.
    """

    def __init__(
        self,
        path: Path,
        width_px: int,
        height_px: int,
        fps: int | Fraction,
        *,
        comment: str = "",
        preset: str = "veryfast",
        crf: float = 20.0,
    ) -> None:
        if not (2 <= width_px <= _MAX_SIDE_PX and 2 <= height_px <= _MAX_SIDE_PX):
            raise Unsupported(f"A video of {width_px}x{height_px} px cannot be encoded.")
        self.path = path
        self.width_px = width_px + width_px % 2
        self.height_px = height_px + height_px % 2
        self.fps = Fraction(fps)
        self.frames_written = 0
        self._comment = comment
        self._preset = preset
        self._crf = crf
        self._gop_frames = max(1, round(2 * self.fps))
        self._pending: av.VideoFrame | None = None

    def __enter__(self) -> Self:
        import av

        try:
            self._container = av.open(
                f"file:{self.path}",
                "w",
                format="mp4",
                options={"movflags": "+faststart", "fflags": "+bitexact"},
            )
            if self._comment:
                self._container.metadata["comment"] = self._comment
            stream = self._container.add_stream("libx264", rate=self.fps)
            stream.width, stream.height, stream.pix_fmt = self.width_px, self.height_px, "yuv420p"
            codec = stream.codec_context
            codec.thread_count = 1  # x264's output depends on the number of threads
            codec.gop_size = self._gop_frames
            codec.color_primaries = codec.color_trc = codec.colorspace = _BT709
            codec.color_range = _RANGE_TV
            codec.options = {
                "preset": self._preset,
                "crf": f"{self._crf:g}",
                "x264-params": "cpu-independent=1:open-gop=0:force-cfr=1",
                "flags": "+bitexact+cgop",
            }
            self._container.start_encoding()
        except (av.FFmpegError, OSError) as error:
            raise EngineFailed(f"The video encoder cannot start: {error.strerror}.") from error
        self._stream = stream
        return self

    def planes(self) -> Planes:
        """Return the planes of the next frame, to be filled completely and then pushed."""
        import av

        frame = av.VideoFrame(self.width_px, self.height_px, "yuv420p")
        frame.pts = self.frames_written
        frame.time_base = 1 / self.fps
        frame.colorspace = frame.color_primaries = frame.color_trc = _BT709
        frame.color_range = _RANGE_TV
        self._pending = frame
        y, u, v = (_view(plane) for plane in frame.planes)
        return Planes(y, u, v)

    def push(self) -> None:
        """Encode the frame whose planes were filled last."""
        if self._pending is None:
            raise EngineFailed("A frame was pushed before its planes were asked for.")
        frame, self._pending = self._pending, None
        self._mux(frame)
        self.frames_written += 1

    def write_rgb(self, rgb: NDArray[np.uint8]) -> None:
        """Encode one sRGB picture, uint8 (height, width, 3), of the size given at the start."""
        height, width = rgb.shape[:2]
        if (height + height % 2, width + width % 2) != (self.height_px, self.width_px):
            raise EngineFailed(f"A frame of {width}x{height} px does not fit the video.")
        if height % 2 or width % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        yuv = rgb_to_yuv(rgb)
        planes = self.planes()
        planes.y[:] = yuv[..., 0]
        chroma_half(yuv[..., 1], planes.u)
        chroma_half(yuv[..., 2], planes.v)
        self.push()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        import av

        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (av.FFmpegError, OSError) as error:
            raise EngineFailed(f"The video could not be written: {error.strerror}.") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finished = False
        try:
            if kind is None:
                if self.frames_written == 0:
                    raise EngineFailed("A video needs at least one frame, and no frame was written.")
                self._mux(None)
                finished = True
        finally:
            self._close(keep=finished)

    def _close(self, *, keep: bool) -> None:
        import av

        try:
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            self.path.unlink(missing_ok=True)
            if keep:
                raise EngineFailed(f"The video could not be finished: {error.strerror}.") from error
        if not keep:
            self.path.unlink(missing_ok=True)


def _view(plane: VideoPlane) -> Plane:
    """Return the visible part of a plane, in place; rows are padded to the encoder's alignment."""
    memory: Plane = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # it has the buffer protocol
    return memory.reshape(-1, plane.line_size)[: plane.height, : plane.width]
