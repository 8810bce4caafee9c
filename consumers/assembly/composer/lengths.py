"""How long a file really is: what its packets have counts, not what its header says."""

from __future__ import annotations

from fractions import Fraction

import av

from consumers.assembly.composer.sources import Source, is_cover, opened

_SAME_S, _SAME_PART = 0.5, 0.02
"""So far header and packets may differ: edit lists, priming samples and estimates do that."""
_PACKET_MAX_S = 1.0
"""No packet of sound is longer; one that says so lies."""


def lasting_s(source: Source, most_s: float) -> float | None:
    """Return a film's or sound's length in seconds; None for a still, and where nothing tells it.

    Packets are read without being decoded, up to `most_s`.

    Raises: AssetInvalid, naming the clip, when the file is damaged.
    """
    if source.kind == "still":
        return None
    declared_s, found_s = source.duration_s, _of_packets(source, most_s)
    if found_s is None or found_s <= 0.0:
        return declared_s
    if declared_s is not None and abs(declared_s - found_s) <= max(_SAME_S, _SAME_PART * declared_s):
        return declared_s
    return found_s


def _of_packets(source: Source, most_s: float) -> float | None:
    with opened(source.path, source.name) as container:
        streams = [
            *(stream for stream in container.streams.video if not is_cover(stream)),
            *container.streams.audio[:1],
        ]
        origin_s = (container.start_time or 0) / av.time_base
        ends = {
            stream.index: _End(stream.time_base, isinstance(stream, av.AudioStream), origin_s, most_s)
            for stream in streams
            if stream.time_base
        }
        for packet in container.demux(streams):
            end = ends.get(packet.stream_index)
            if end is not None and end.beyond(packet.pts, packet.duration):
                break
        found = [end.seconds for end in ends.values() if end.ticks is not None]
        return max(found, default=None)


class _End:
    """Where a stream ends, in ticks of its own clock: there may be millions of packets."""

    def __init__(self, tick_s: Fraction, is_sound: bool, origin_s: float, most_s: float) -> None:
        self._tick_s, self._is_sound = float(tick_s), is_sound
        self._origin = round(origin_s / self._tick_s)
        self._most = most_s / self._tick_s
        self._longest = round(_PACKET_MAX_S / self._tick_s)
        self.ticks: int | None = None

    @property
    def seconds(self) -> float:
        return (self.ticks or 0) * self._tick_s

    def beyond(self, pts: int | None, duration: int | None) -> bool:
        """Take a packet in; say whether the stream is longer than anybody wants to know."""
        length = duration or 0
        if self._is_sound and length:
            # Sound is heard packet after packet, whatever times they have.
            if self.ticks is None:
                self.ticks = max(0, pts - self._origin) if pts is not None else 0
            self.ticks += min(length, self._longest)
        elif pts is not None:
            self.ticks = max(self.ticks or 0, pts - self._origin + length)
        return (self.ticks or 0) > self._most
