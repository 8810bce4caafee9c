"""Whether a timeline costs more than a composition may, as far as its own numbers tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.intake.pieces import pieces
from schemas.budget import CompositionBudget
from schemas.capabilities import Capability
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.pointers import Place, pointer

_DEFAULT_FPS = 24.0
_BELIEVED = 1e9
"""Larger numbers are refused as such; here they would only spoil the sums."""


@dataclass(slots=True)
class _Stated:
    """What the clips of a timeline say of themselves; a length that is left out is not known yet."""

    film_s: float = 0.0
    last_at: Place = ()
    clips: int = 0
    sound_s: float = 0.0
    seen_s: list[float] = field(default_factory=list)


def budget_problems(request: Mapping[str, Any], budget: CompositionBudget) -> Iterator[Problem]:
    """Say which timelines of a request are too much work; lengths that they do not state count as nothing."""
    for piece in pieces(request):
        timeline = piece.params.get("timeline")
        if piece.capability is Capability.COMPOSITION and isinstance(timeline, dict):
            yield from _timeline(timeline, (*piece.params_at, "timeline"), budget)


def _timeline(timeline: Mapping[str, Any], at: Place, budget: CompositionBudget) -> Iterator[Problem]:
    stated = _stated(timeline.get("tracks"), (*at, "tracks"))
    if stated.clips > budget.clips:
        yield _beyond(
            (*at, "tracks"),
            f"a composition has at most {budget.clips} clips, and this one has {stated.clips}",
        )
    if stated.film_s > budget.film_s:
        yield _beyond(
            stated.last_at,
            f"a composition lasts at most {budget.film_s:g} s, and this clip ends at {stated.film_s:g} s",
        )
    if stated.sound_s > budget.sound_s:
        yield _beyond(
            (*at, "tracks"),
            f"a composition has at most {budget.sound_s:g} s of sound, all clips together, "
            f"and this one has {stated.sound_s:g} s",
        )
    canvas = timeline.get("canvas")
    if not isinstance(canvas, dict):
        return
    width, height = _number(canvas.get("width_px"), 0.0), _number(canvas.get("height_px"), 0.0)
    fps = _number(canvas.get("fps"), _DEFAULT_FPS)
    shown_s = max(stated.film_s, sum(min(seen_s, stated.film_s) for seen_s in stated.seen_s))
    gigapixels = width * height * fps * shown_s / 1e9
    if gigapixels > budget.gigapixels:
        yield _beyond(
            (*at, "canvas"),
            f"a composition has at most {budget.gigapixels:g} gigapixels (pixels x frames x video tracks), "
            f"and {shown_s:g} s of {width:g}x{height:g} px at {fps:g} fps are {gigapixels:.0f}",
        )


def _stated(tracks: Any, at: Place) -> _Stated:
    stated = _Stated()
    for number, track in enumerate(tracks if isinstance(tracks, list) else ()):
        clips = track.get("clips") if isinstance(track, dict) else None
        seen_s = 0.0
        for place, clip in enumerate(clips if isinstance(clips, list) else ()):
            if not isinstance(clip, dict):
                continue
            length_s = _number(clip.get("duration_s"), 0.0)
            end_s = _number(clip.get("start_s"), 0.0) + length_s
            stated.clips += 1
            if end_s > stated.film_s:
                field_name = "duration_s" if "duration_s" in clip else "start_s"
                stated.film_s, stated.last_at = end_s, (*at, number, "clips", place, field_name)
            if track.get("kind") == "audio":
                stated.sound_s += length_s * max(1.0, _number(clip.get("speed"), 1.0))
            elif track.get("kind") == "video":
                seen_s += length_s
        stated.seen_s.append(seen_s)
    return stated


def _number(value: Any, otherwise: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _BELIEVED:
        return float(value)
    return otherwise


def _beyond(at: Place, message: str) -> Problem:
    return Problem(code=ErrorCode.UNSUPPORTED, path=pointer(at), message=message)
