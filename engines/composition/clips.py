"""Which file each clip of a timeline shows, and from when to when it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from catalog import transitions
from engines.composition.lengths import lasting_s
from engines.composition.sources import Source, probe
from engines.contract import Input
from runtime.errors import AssetInvalid, AssetNotFound, InvalidRequest, Unsupported
from schemas.timeline import Clip, ColourSource, TextSource, Timeline

_UNSAID_S = 5.0
"""How long a still, colour or title lasts when nothing in the timeline says it."""


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A clip with its file, and how long it lasts where the clip or the file says it."""

    name: str
    track: int
    clip: Clip
    source: Source | None
    length_s: float | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip with its file, from `start_s` to `end_s` of the film."""

    name: str
    track: int
    clip: Clip
    source: Source | None
    start_s: float
    end_s: float


class Files:
    """The inputs of a film, each looked into once, however many clips show it."""

    def __init__(self, inputs: Mapping[str, Input], longest_s: float) -> None:
        self._inputs, self._longest_s = inputs, longest_s
        self._sources: dict[Path, Source] = {}
        self._lengths_s: dict[Path, float | None] = {}

    def source(self, name: str) -> Source:
        """Return what the file of a clip is.

        Raises: AssetInvalid or AssetNotFound, naming the clip.
        """
        given = self._inputs.get(f"{name}/source")
        if given is None:
            raise AssetNotFound(f"{name}/source: the file of this clip is not there")
        known = self._sources.get(given.path)
        if known is None:
            known = self._sources[given.path] = probe(given.path, name)
        return replace(known, name=name)

    def lasting_s(self, source: Source) -> float | None:
        """Return how long a file lasts, read up to what could be seen of it."""
        if source.path not in self._lengths_s:
            # Trimmed by an hour and played four times as fast, more than this could not be seen.
            self._lengths_s[source.path] = lasting_s(source, 4 * self._longest_s + 3600)
        return self._lengths_s[source.path]


def placed_clips(timeline: Timeline, files: Files) -> list[Placed]:
    """Return every clip of a timeline, track by track.

    Raises: AssetInvalid, AssetNotFound, InvalidRequest or Unsupported, naming the clip.
    """
    looked: list[_LookedAt] = []
    for number, track in enumerate(timeline.tracks):
        for place, clip in enumerate(track.clips):
            name = f"/timeline/tracks/{number}/clips/{place}"
            source = _source(name, track.kind, clip, files)
            looked.append(_LookedAt(name, number, clip, source, _length_s(clip, source, files)))
    known_end_s = max((item.clip.start_s + (item.length_s or 0.0) for item in looked), default=0.0)
    return [
        Placed(item.name, item.track, item.clip, item.source, item.clip.start_s, _end_s(item, known_end_s))
        for item in looked
    ]


def _end_s(item: _LookedAt, known_end_s: float) -> float:
    """Return when a clip ends; one whose length nothing says lasts until all others have ended, or for its own time."""
    if item.length_s:
        return item.clip.start_s + item.length_s
    if known_end_s > item.clip.start_s:
        return known_end_s
    return item.clip.start_s + _UNSAID_S


def _source(name: str, kind: str, clip: Clip, files: Files) -> Source | None:
    if clip.transition_in is not None and transitions.find(clip.transition_in.type) is None:
        nearest = transitions.nearest(clip.transition_in.type)
        raise Unsupported(f"{name}/transition_in/type: there is no such transition; the nearest is {nearest}")
    if kind == "caption":
        return None
    if isinstance(clip.source, ColourSource | TextSource):
        if kind == "audio":
            raise InvalidRequest(f"{name}/source: an audio track needs sound, not a colour or words")
        return None
    source = files.source(name)
    if kind == "video" and source.kind == "audio":
        raise AssetInvalid(f"{name}: the file holds sound only, a video track needs a picture or film")
    if kind == "audio" and not source.has_sound:
        raise AssetInvalid(f"{name}: the file holds no sound" + " that can be decoded" * bool(source.remarks))
    return source


def _length_s(clip: Clip, source: Source | None, files: Files) -> float | None:
    if clip.duration_s is not None:
        return clip.duration_s
    whole_s = files.lasting_s(source) if source is not None else None
    if whole_s is None:
        return None
    left_s = (whole_s - clip.trim_in_s) / clip.speed
    return left_s if left_s > 0.0 else None
