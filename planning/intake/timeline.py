"""Whether a timeline can be composed: it shows or plays something, its parts fit, and all can be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from planning.intake.pieces import pieces
from schemas.capabilities import Capability
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.pointers import Place, pointer

CLIP_FIELDS_NOT_RENDERED = (
    "blend",
    "position",
    "width",
    "height",
    "rotation",
    "colour_key",
    "chroma",
    "effects",
)
"""Fields of a clip that the contract names and the composer does not draw."""

OUTPUT_NOT_WRITTEN: Mapping[str, frozenset[str]] = {
    "container": frozenset(("webm", "mov", "gif", "hls")),
    "video_codec": frozenset(("h265", "vp9", "av1", "prores", "gif")),
    "audio_codec": frozenset(("opus", "mp3", "flac", "pcm")),
}
"""Files that the contract names and the composer does not write."""

_ROUNDED_ONE = 1.000_001  # sums of decimal fractions are not exact in binary


def timeline_problems(request: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what cannot be composed in the timelines of a request."""
    for piece in pieces(request):
        timeline = piece.params.get("timeline")
        if piece.capability is Capability.COMPOSITION and isinstance(timeline, dict):
            yield from _timeline(timeline, (*piece.params_at, "timeline"))


def _timeline(timeline: Mapping[str, Any], at: Place) -> Iterator[Problem]:
    tracks = timeline.get("tracks")
    if isinstance(tracks, list) and tracks and all(isinstance(track, dict) for track in tracks):
        if not any(track.get("clips") for track in tracks if track.get("kind") in ("video", "audio")):
            yield _problem((*at, "tracks"), "a composition needs a video or audio clip")
        for index, track in enumerate(tracks):
            yield from _track(track, (*at, "tracks", index), len(tracks))
    output = timeline.get("output")
    for field, missing in OUTPUT_NOT_WRITTEN.items():
        wanted = output.get(field) if isinstance(output, dict) else None
        if isinstance(wanted, str) and wanted in missing:
            yield _problem((*at, "output", field), f"{wanted} cannot be written yet", ErrorCode.UNSUPPORTED)


def _track(track: Mapping[str, Any], at: Place, tracks: int) -> Iterator[Problem]:
    clips = track.get("clips")
    for index, clip in enumerate(clips if isinstance(clips, list) else ()):
        if isinstance(clip, dict):
            yield from _clip(clip, track.get("kind"), (*at, "clips", index), tracks)


def _clip(clip: Mapping[str, Any], kind: Any, at: Place, tracks: int) -> Iterator[Problem]:
    for field in CLIP_FIELDS_NOT_RENDERED:
        if field in clip:
            yield _problem((*at, field), f"{field} cannot be drawn yet", ErrorCode.UNSUPPORTED)
    source = clip.get("source")
    made_here = next(
        (field for field in ("colour", "text") if isinstance(source, dict) and field in source), None
    )
    if made_here and kind == "audio":
        yield _problem((*at, "source"), f"a {made_here} cannot be heard: give an asset")
    if made_here and "duration_s" not in clip:
        yield _problem(
            (*at, "duration_s"), f"a {made_here} has no length of its own: say how long it is shown"
        )
    duck = clip.get("duck")
    by = duck.get("by") if isinstance(duck, dict) else None
    if isinstance(by, int | float) and not isinstance(by, bool) and not 0 <= by < tracks:
        yield _problem(
            (*at, "duck", "by"), f"there is no track {by}: tracks are counted from 0 to {tracks - 1}"
        )
    motion = clip.get("motion")
    for end in ("from", "to"):
        crop = motion.get(end) if isinstance(motion, dict) else None
        yield from _crop(crop, (*at, "motion", end))


def _crop(crop: Any, at: Place) -> Iterator[Problem]:
    if not isinstance(crop, dict):
        return
    for start, size in (("x", "width"), ("y", "height")):
        edge, extent = crop.get(start), crop.get(size)
        if _is_fraction(edge) and _is_fraction(extent) and edge + extent > _ROUNDED_ONE:
            yield _problem((*at, size), f"{start} + {size} may be at most 1")


def _is_fraction(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _problem(at: Place, message: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> Problem:
    return Problem(code=code, path=pointer(at), message=message)
