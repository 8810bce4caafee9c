"""When everything of a timeline is seen and heard, in frames, samples and files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from captions.breaks import wrap
from captions.cues import Cue, SpokenLine, cues
from catalog import transitions
from engines.composition.lengths import lasting_s
from engines.composition.lettering import Lettering
from engines.composition.sources import Source, probe
from engines.composition.stacking import Caption, Stack, stack
from engines.contract import Input
from runtime.errors import AssetInvalid, AssetNotFound, InvalidRequest, Unsupported
from schemas.budget import CompositionBudget
from schemas.timeline import Clip, ColourSource, Output, TextSource, Timeline

_BUDGET = CompositionBudget()
_UNSAID_S = 5.0
"""How long a still, colour or title lasts when nothing in the timeline says it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A clip of a video track: shown in frames first..last-1, coming in during the first `entry_frames`.

    `follows` says that the clip before it on its track ends where this one begins or later: what the
    transition starts from.
    """

    name: str
    clip: Clip
    source: Source | None
    first: int
    last: int
    transition: str
    entry_frames: int
    follows: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip as it is heard, from `start_s` for `duration_s` of the film."""

    source: Source
    clip: Clip
    track: int
    start_s: float
    duration_s: float
    fade_in_s: float
    fade_out_s: float


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """What is to be made: an even canvas, `frames` at `fps`, video tracks lowest first, sounds, captions.

    `cues` are the captions as their clips say, `captions` where they stand in the picture.
    """

    width_px: int
    height_px: int
    fps: Fraction
    frames: int
    background: str
    layers: tuple[tuple[Span, ...], ...]
    sounds: tuple[Sound, ...]
    cues: tuple[Cue, ...]
    captions: Stack
    titles: tuple[str, ...]
    output: Output
    tracks: int

    @property
    def duration_s(self) -> float:
        """The exact length of the video."""
        return float(self.frames / self.fps)


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A clip with its file, and how long it lasts where the clip or the file says it."""

    name: str
    track: int
    clip: Clip
    source: Source | None
    length_s: float | None


@dataclass(frozen=True, slots=True)
class _Placed:
    name: str
    track: int
    clip: Clip
    source: Source | None
    start_s: float
    end_s: float


class _Files:
    """The inputs of a film, each looked into once, however many clips show it."""

    def __init__(self, inputs: Mapping[str, Input], longest_s: float) -> None:
        self._inputs, self._longest_s = inputs, longest_s
        self._sources: dict[Path, Source] = {}
        self._lengths_s: dict[Path, float | None] = {}

    def source(self, name: str) -> Source:
        given = self._inputs.get(f"{name}/source")
        if given is None:
            raise AssetNotFound(f"{name}/source: the file of this clip is not there")
        known = self._sources.get(given.path)
        if known is None:
            known = self._sources[given.path] = probe(given.path, name)
        return replace(known, name=name)

    def lasting_s(self, source: Source) -> float | None:
        if source.path not in self._lengths_s:
            # Trimmed by an hour and played four times as fast, more than this could not be seen.
            self._lengths_s[source.path] = lasting_s(source, 4 * self._longest_s + 3600)
        return self._lengths_s[source.path]


def plan(
    timeline: Timeline,
    inputs: Mapping[str, Input],
    lettering: Lettering,
    longest_s: float = _BUDGET.film_s,
) -> RenderPlan:
    """Look into every input and place every clip; the length of a source is read up to where no film is so long.

    Raises: AssetInvalid, AssetNotFound, InvalidRequest or Unsupported, naming the clip.
    """
    canvas = timeline.canvas
    fps = frame_rate(canvas.fps)
    burned = timeline.output.captions in ("burned", "both")
    placed = _placed(timeline, _Files(inputs, longest_s))
    end_s = max((item.end_s for item in placed), default=0.0)
    if end_s <= 0.0:
        raise InvalidRequest("/timeline/tracks: there is no clip, so there is no film")
    frames = max(1, round(end_s * fps))
    pictures = [number for number, track in enumerate(timeline.tracks) if track.kind == "video"]
    layers = tuple(
        _spans([item for item in placed if item.track == number], fps, frames) for number in pictures
    )
    titles = tuple(
        item.clip.source.text
        for item in placed
        if item.track in pictures and isinstance(item.clip.source, TextSource)
    )
    captions = _captions(timeline, placed, float(frames / fps), lettering.line_columns)
    return RenderPlan(
        width_px=even_up(canvas.width_px),
        height_px=even_up(canvas.height_px),
        fps=fps,
        frames=frames,
        background=canvas.background,
        layers=layers,
        sounds=_sounds(timeline, placed),
        cues=tuple(caption.cue for caption in captions),
        captions=stack(captions, fps, lettering) if burned else Stack(),
        titles=titles,
        output=timeline.output,
        tracks=len(timeline.tracks),
    )


def even_up(length_px: int) -> int:
    """Return an even length: H.264 4:2:0 has no odd sizes."""
    return length_px + length_px % 2


def frame_rate(fps: float) -> Fraction:
    """Return the exact rate that a rounded number means: 23.976 and 29.97 are n * 1000/1001."""
    broadcast = Fraction(round(fps) * 1000, 1001)
    if not fps.is_integer() and abs(fps - broadcast) < 0.002:
        return broadcast
    return Fraction(fps).limit_denominator(1001)


def _placed(timeline: Timeline, files: _Files) -> list[_Placed]:
    looked: list[_LookedAt] = []
    for number, track in enumerate(timeline.tracks):
        for place, clip in enumerate(track.clips):
            name = f"/timeline/tracks/{number}/clips/{place}"
            source = _source(name, track.kind, clip, files)
            looked.append(_LookedAt(name, number, clip, source, _length_s(clip, source, files)))
    known_end_s = max((item.clip.start_s + (item.length_s or 0.0) for item in looked), default=0.0)
    return [
        _Placed(item.name, item.track, item.clip, item.source, item.clip.start_s, _end_s(item, known_end_s))
        for item in looked
    ]


def _end_s(item: _LookedAt, known_end_s: float) -> float:
    """Return when a clip ends; one whose length nothing says lasts until all others have ended, or for its own time."""
    if item.length_s:
        return item.clip.start_s + item.length_s
    if known_end_s > item.clip.start_s:
        return known_end_s
    return item.clip.start_s + _UNSAID_S


def _source(name: str, kind: str, clip: Clip, files: _Files) -> Source | None:
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


def _length_s(clip: Clip, source: Source | None, files: _Files) -> float | None:
    if clip.duration_s is not None:
        return clip.duration_s
    whole_s = files.lasting_s(source) if source is not None else None
    if whole_s is None:
        return None
    left_s = (whole_s - clip.trim_in_s) / clip.speed
    return left_s if left_s > 0.0 else None


def _spans(items: list[_Placed], fps: Fraction, frames: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    for item in sorted(items, key=lambda item: item.start_s):
        first = round(item.start_s * fps)
        last = min(max(round(item.end_s * fps), first + 1), frames)
        if first >= frames:
            continue
        entry, name = 0, "cut"
        if item.clip.transition_in is not None:
            row = transitions.find(item.clip.transition_in.type)
            name = row.name if row else "cut"
            entry = 0 if name == "cut" else min(round(item.clip.transition_in.duration_s * fps), last - first)
        follows = bool(spans) and spans[-1].last >= first
        spans.append(Span(item.name, item.clip, item.source, first, last, name, entry, follows))
    return tuple(spans)


def _sounds(timeline: Timeline, placed: list[_Placed]) -> tuple[Sound, ...]:
    sounds: list[Sound] = []
    for number, track in enumerate(timeline.tracks):
        items = sorted((item for item in placed if item.track == number), key=lambda item: item.start_s)
        for place, item in enumerate(items):
            if item.clip.duck is not None and not 0 <= item.clip.duck.by < len(timeline.tracks):
                raise InvalidRequest(f"{item.name}/duck/by: there is no track {item.clip.duck.by}")
            if item.source is None or not item.source.has_sound:
                continue
            fade_in_s, fade_out_s = item.clip.fade_in_s, item.clip.fade_out_s
            if track.kind == "video":
                # The sound of a film crosses over as its picture does.
                if item.clip.transition_in is not None:
                    fade_in_s = max(fade_in_s, item.clip.transition_in.duration_s)
                follower = items[place + 1] if place + 1 < len(items) else None
                if follower is not None and follower.start_s < item.end_s:
                    fade_out_s = max(fade_out_s, item.end_s - follower.start_s)
            length_s = item.end_s - item.start_s
            sounds.append(
                Sound(
                    item.source, item.clip, number, item.start_s, length_s,
                    min(fade_in_s, length_s), min(fade_out_s, length_s),
                )
            )  # fmt: skip
    return tuple(sounds)


def _captions(timeline: Timeline, placed: list[_Placed], film_s: float, columns: int) -> list[Caption]:
    """Return the captions: a clip that fits two lines as it is, a longer one broken over its own time."""
    found: list[Caption] = []
    # One that does not say how long it lasts goes when the next of its track comes.
    begun = [sorted(clip.start_s for clip in track.clips) for track in timeline.tracks]
    for item in placed:
        if timeline.tracks[item.track].kind != "caption":
            continue
        text = item.clip.source.text if isinstance(item.clip.source, TextSource) else item.clip.source
        if not isinstance(text, str):
            raise InvalidRequest(f"{item.name}/source: a caption is words")
        start_s, end_s = item.start_s, min(item.end_s, film_s)
        after = bisect_right(begun[item.track], start_s)
        if item.clip.duration_s is None and after < len(begun[item.track]):
            end_s = min(end_s, begun[item.track][after])
        length_s = end_s - start_s
        if length_s < 0.001 or not text.strip():
            continue
        rows = [row.strip() for row in text.strip().split("\n")]
        if len(rows) == 2 and all(rows) and all(wrap(row, 42) == row for row in rows):
            said: tuple[Cue, ...] = (Cue(0.0, length_s, "\n".join(rows)),)
        elif (wrapped := wrap(text, 42)) is not None:
            said = (Cue(0.0, length_s, wrapped),)
        else:
            # In time of its own: beside others it would take theirs, as speech does that is read more slowly.
            said = cues([SpokenLine(0.0, text, (), length_s)], width_chars=max(columns, 24), end_s=length_s)
        found += [Caption(replace(cue, start_s=start_s + cue.start_s), item.track, item.name) for cue in said]
    return sorted(found, key=lambda caption: caption.cue.start_s)
