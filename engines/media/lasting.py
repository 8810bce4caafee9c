"""How long streams last, told by their packets, which are read and not decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engines.media.gaps import Gaps

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_PACKET_MAX_S = 1.0
"""No packet of sound is longer; one that says so lies."""
_READS_MAX = 100
"""Where reading fails so often, the file ends."""


def packets_s(
    container: InputContainer, streams: Sequence[av.AudioStream | av.VideoStream], most_s: float
) -> float | None:
    """Return where the last of these streams ends, in seconds from the file's start; None when they are empty.

    Reading stops beyond `most_s`. Pictures last as their times say. Sound is heard packet after packet, and
    gaps in it are silent.
    """
    import av
    import av.error

    origin_s = (container.start_time or 0) / av.time_base
    ends = {
        stream.index: _End(stream, container.format.name, origin_s) for stream in streams if stream.time_base
    }
    failed, more = 0, True
    while more and failed <= _READS_MAX:
        more = False
        try:
            for packet in container.demux(list(streams)):
                end = ends.get(packet.stream_index)
                if end is not None and end.take(packet.pts, packet.duration) > most_s:
                    break
        except av.error.EOFError:
            break
        except av.error.FFmpegError:
            # As players do, what follows is read.
            failed, more = failed + 1, True
    return max((end.seconds for end in ends.values() if end.any), default=None)


class _End:
    """Where a stream ends so far, in seconds; there may be millions of packets."""

    def __init__(
        self, stream: av.AudioStream | av.VideoStream, container_format: str, origin_s: float
    ) -> None:
        self._tick_s = float(stream.time_base or 0)
        self._is_sound = stream.type == "audio"
        self._gaps, self._origin_s = Gaps(container_format), origin_s
        self.any, self.seconds = False, 0.0

    def take(self, pts: int | None, duration: int | None) -> float:
        """Take a packet in; return where the stream ends now."""
        length_s = (duration or 0) * self._tick_s
        said_s = None if pts is None else pts * self._tick_s - self._origin_s
        if self._is_sound and length_s:
            if not self.any:
                self.seconds = max(0.0, said_s or 0.0)
            elif said_s is not None:
                self.seconds += self._gaps.before(said_s, self.seconds, lost=False)
            self.seconds += min(length_s, _PACKET_MAX_S)
            self.any = True
        elif said_s is not None:
            placed_s = self._gaps.placed(said_s, self.seconds) if self.any else said_s
            self.seconds = max(self.seconds, placed_s + length_s)
            self.any = True
        elif length_s:
            # A bare stream of pictures has no times.
            self.seconds += length_s
            self.any = True
        return self.seconds


def is_joined(container: InputContainer, stream: av.AudioStream | av.VideoStream) -> bool:
    """Say whether the times of a stream start anew on the way, as those of joined broadcasts do."""
    import av.error

    gaps, last_s = Gaps(container.format.name), None
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                said_s = float(packet.pts * packet.time_base)
                last_s = said_s if last_s is None else gaps.placed(said_s, last_s)
                if gaps.joined:
                    return True
    except av.error.FFmpegError:
        pass
    return gaps.joined


def indexed_s(container: InputContainer) -> float | None:
    """Return where the last stream of an MP4 ends by its table of samples, which nothing is read for; None without one."""
    ends = [0.0]
    for stream in container.streams:
        entries = stream.index_entries
        if len(entries) > 1 and stream.time_base:
            steps = entries[-1].timestamp - entries[0].timestamp
            ends.append(float(steps * stream.time_base) * len(entries) / (len(entries) - 1))
    return max(ends) or None
