"""How long a file really is: what its packets have counts, not what its header says."""

from __future__ import annotations

from engines.composition.sources import Source, is_cover, opened
from engines.media.lasting import packets_s
from engines.media.probe import heard_stream

_LONGER_S = 0.1
"""So much more may be in a file than is heard of it: priming samples, and the rest of its last packet."""
_SHORTER_S, _SHORTER_PART = 0.5, 0.02
"""So much less may be told by packets: not every format says how long the last picture stands."""


def lasting_s(source: Source, most_s: float) -> float | None:
    """Return a film's or sound's length in seconds, one pass of an animation; None for a still, and where nothing
    tells it.

    Packets are read without being decoded, up to `most_s`.

    Raises: AssetInvalid, naming the clip, when the file is damaged.
    """
    if source.kind == "still" or source.plays is not None:
        return source.duration_s
    declared_s = source.duration_s
    with opened(source.path, source.name) as container:
        sound = heard_stream(container)
        pictures = [stream for stream in container.streams.video if not is_cover(stream)]
        found_s = packets_s(container, [*pictures[:1], *([sound] if sound else [])], most_s)
    if found_s is None or found_s <= 0.0:
        return declared_s
    if declared_s is None:
        return found_s
    shorter_s = _LONGER_S if source.is_guessed else max(_SHORTER_S, _SHORTER_PART * declared_s)
    return declared_s if -shorter_s <= found_s - declared_s <= _LONGER_S else found_s
