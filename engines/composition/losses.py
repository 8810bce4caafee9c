"""How a stream is decoded past what cannot be, as players do, and how it is told what was lost."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import av
import av.error

from engines.composition.decoding import seeing
from engines.composition.entries import Entry, Misfit
from engines.media.gaps import Gaps
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.container import InputContainer

_ROW_MAX = 1000
"""So many packets in a row that cannot be decoded end a clip: a broadcast is entered between key frames, and tags
hold pictures, but not more than that."""
_FEW, _SOME = 3, 30
"""Fewer may be lost of a whole file, and on the way, however large they are; beyond, more bytes must be good."""
_READS_MAX = 100
"""Where reading fails so often in a row, the file ends."""


_TAGGED, _TAG_HEAD = ("mp3", "aac"), 10
"""Bare streams, and the header of a tag (ID3v2.4, section 3.1)."""


class Losses:
    """What of the clips of a film was not to be had; said once each, in words for the result."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def tell(self, code: str, name: str, what: str) -> None:
        """Remember what is missing of a clip, under one of the closed codes."""
        self._said[f"{code}: {name}: {what}"] = None

    def notes(self) -> tuple[str, ...]:
        """Return everything that was told, in an order that no thread decides."""
        return tuple(sorted(self._said))


class Decoding:
    """One stream of an open file, decoded from where the file stands.

    Packets that cannot be decoded are left out and counted in `lost`; what a container or decoder says is
    damaged counts in `marred`. `reached_bytes` is where in the file the last good packet ended. Behind an `entry` a bare
    stream counts from 0 again.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: av.AudioStream | av.VideoStream,
        name: str,
        entry: Entry | None = None,
    ) -> None:
        self._container, self._stream, self._name = container, stream, name
        self._entry = entry
        self._seeing = seeing(stream)
        self.lost = self.marred = self._row = 0
        self._good_bytes = self._lost_bytes = 0
        self.reached_bytes = self._tag_ends = 0

    @property
    def container_format(self) -> str:
        """Say what FFmpeg calls the format of the file."""
        return self._container.format.name

    @property
    def harmed(self) -> bool:
        """Say whether anything was missing so far."""
        return self.lost + self.marred > 0

    def frames(self) -> Generator[Any, None, None]:
        """Yield the frames in the order in which they are heard or seen.

        Raises: AssetInvalid, naming the clip, when more is lost than a player would bear; Misfit, before the first
        frame, when the file is not entered where it should be.
        """
        for packet in self._packets():
            try:
                made = self._decoded(packet)
            except av.error.EOFError:
                break
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError as error:
                if not self._is_tag(packet):
                    self._lose(packet, error)
                continue
            self.marred += packet is not None and packet.is_corrupt
            if not made:
                continue
            self._row = 0
            if packet is not None and packet.pos is not None:
                if packet.pos < self._tag_ends:
                    continue  # what looks like sound in a picture
                self._good_bytes += packet.size
                self.reached_bytes = packet.pos + packet.size
            elif packet is not None:
                self._good_bytes += packet.size
            for frame in made:
                if frame.is_corrupt:
                    self.marred += 1
                yield frame
        if self.lost and (not self._good_bytes or (self.lost >= _FEW and self._mostly_lost())):
            raise self._damaged()

    def _decoded(self, packet: Any) -> Any:
        if self._seeing is not None:
            return self._seeing.decode(packet if packet is not None and packet.size else None)
        return packet.decode() if packet is not None else self._stream.codec_context.decode(None)

    def _packets(self) -> Generator[Any, None, None]:
        """Yield packets, at the end an empty one; where reading fails, what follows is tried."""
        failed, entry = 0, self._entry
        first_pts: int | None = None
        while failed <= _READS_MAX:
            try:
                for packet in self._container.demux(self._stream):
                    if entry is not None and packet.pts is not None:
                        if first_pts is None:
                            first_pts = packet.pts
                            if packet.pos != entry.position_bytes:
                                raise Misfit
                        packet.pts += entry.pts - first_pts
                    yield packet
                    failed = 0
                return
            except av.error.EOFError:
                break
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:
                failed += 1
        self.marred += 1
        yield None

    def _is_tag(self, packet: Any) -> bool:
        """Say whether a packet is of an ID3 tag, which stands between joined files; it may hold a large picture."""
        if packet is None or packet.pos is None or self._container.format.name not in _TAGGED:
            return False
        data = bytes(packet)
        at = data.find(b"ID3")
        if at >= 0 and len(data) >= at + _TAG_HEAD and data[at + 3] < 5 and max(data[at + 6 : at + 10]) < 128:
            size = sum(
                part << shift for part, shift in zip(data[at + 6 : at + 10], (21, 14, 7, 0), strict=True)
            )
            self._tag_ends = max(self._tag_ends, packet.pos + at + _TAG_HEAD + size)
        return bool(packet.pos < self._tag_ends)

    def _lose(self, packet: Any, error: Exception) -> None:
        self.lost += 1
        self._row += 1
        if self._good_bytes and packet is not None:
            self._lost_bytes += packet.size
        if self._row > _ROW_MAX or (self.lost >= _SOME and self._mostly_lost()):
            raise self._damaged() from error

    def _mostly_lost(self) -> bool:
        return self._lost_bytes > self._good_bytes

    def _damaged(self) -> AssetInvalid:
        what = "sound" if isinstance(self._stream, av.AudioStream) else "film"
        return AssetInvalid(f"{self._name}: the {what} is damaged: most of it cannot be decoded")


def in_time(
    frames: Generator[Any, None, None], stream: av.VideoStream, container_format: str
) -> Generator[Any, None, None]:
    """Give the pictures of a stream the times that they are seen at: without times one after the other, and with
    times that start anew after those before.
    """
    step = 1 / (stream.average_rate or stream.guessed_rate or 25)
    gaps, last_s = Gaps(container_format), None
    for number, frame in enumerate(frames):
        if frame.time is None:
            frame.pts, frame.time_base = number, step
        elif last_s is not None:
            placed_s = gaps.placed(frame.time, last_s + float(step))
            frame.pts += round((placed_s - frame.time) / frame.time_base)
        last_s = frame.time
        yield frame
