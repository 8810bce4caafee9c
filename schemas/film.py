"""What a film is asked to be: its brief or scenes, its shape, its look, voice and music."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction as Ratio
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.base import Fraction, JsonObject, Message, Name
from schemas.choices import Captions
from schemas.fields import Fps, Label, Many, Maybe, no_more_than
from schemas.references import AssetAddress
from schemas.rules import Ruled

AspectRatio = Literal["16:9", "9:16", "1:1", "4:5", "21:9"]
Resolution = Literal["360p", "480p", "540p", "720p", "1080p", "1440p", "2160p"]

FILM_DEFAULT_S = 30.0
FILM_MIN_S = 5.0
FILM_MAX_S = 300.0
SCENE_DEFAULT_S = 5.0
_TOLERANCE_S = 0.001  # sums of decimal fractions are not exact in binary


class Scene(Message):
    """One shot of a film: what is seen, what is said, how long, and how the camera moves."""

    picture: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    narration: Annotated[str, StringConstraints(max_length=20_000)] = ""
    duration_s: Maybe[Annotated[float, Field(gt=0.0, le=FILM_MAX_S)]] = None
    motion: Maybe[Label] = None


class Music(Message):
    """The music under a film."""

    mood: Maybe[Label] = None
    tempo: Maybe[Annotated[float, Field(ge=30.0, le=240.0)]] = None
    intensity: Fraction = 0.5


class Character(Message):
    """Somebody who looks the same in every scene."""

    id: Name
    description: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    images: Annotated[Many[AssetAddress], Field(max_length=16), no_more_than(16)] = ()


class Film(Ruled):
    """A film from a brief or from given scenes; what it leaves open, the planner chooses."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["brief"]}, {"required": ["scenes"]}]}
    )

    brief: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=10_000)]] = None
    scenes: Maybe[Annotated[Many[Scene], Field(min_length=1, max_length=100), no_more_than(100)]] = None
    duration_s: Maybe[Annotated[float, Field(ge=FILM_MIN_S, le=FILM_MAX_S)]] = None
    aspect_ratio: AspectRatio = "16:9"
    resolution: Resolution = "720p"
    fps: Fps = 24.0
    language: Label = "en"
    style: Maybe[Label] = None
    voice: Maybe[Label] = None
    music: Music | None = Music()
    captions: Annotated[
        Captions,
        Field(
            description="`sidecar`: as SRT and WebVTT beside a clean picture; `burned` into the picture; `both`: every"
            " line is seen twice where a player loads the files; `none`."
        ),
    ] = "sidecar"
    characters: Annotated[Many[Character], Field(max_length=100), no_more_than(100)] = ()
    transition: Maybe[Label] = None

    @property
    def length_s(self) -> float:
        """How long the film is to be, in seconds: as asked, else the sum of its scenes, else 30."""
        if self.duration_s is not None:
            return self.duration_s
        return math.fsum(self.scene_durations_s()) if self.scenes else FILM_DEFAULT_S

    def scene_durations_s(self) -> tuple[float, ...]:
        """How long each given scene is, in seconds; empty without scenes.

        Scenes without a length share what the film's length leaves them, or are 5 s each.
        """
        return scene_durations_s([scene.duration_s for scene in self.scenes or ()], self.duration_s)

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        yield from _brief_or_scenes(data)
        yield from _lengths(data)


def frame_size(resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels, both even: the shorter side is what the resolution says.

    Examples: ("720p", "16:9") is (1280, 720), ("720p", "9:16") is (720, 1280), ("360p", "4:5") is (360, 450).
    """
    across, down = (int(part) for part in aspect_ratio.split(":"))
    short = int(resolution.removesuffix("p"))
    long = 2 * math.floor(Ratio(short * max(across, down), 2 * min(across, down)) + Ratio(1, 2))
    return (long, short) if across >= down else (short, long)


def scene_durations_s(given: list[float | None], total_s: float | None) -> tuple[float, ...]:
    """Fill in the lengths of scenes that have none, in seconds."""
    missing = given.count(None)
    share = SCENE_DEFAULT_S
    if total_s is not None and missing:
        share = (total_s - math.fsum(length for length in given if length is not None)) / missing
    return tuple(share if length is None else length for length in given)


def _brief_or_scenes(data: JsonObject) -> Iterator[tuple[str, str]]:
    if "brief" in data and "scenes" in data:
        yield "scenes", "give a brief or scenes, not both"
    if "brief" not in data and "scenes" not in data:
        yield "brief", "a film needs a brief or scenes"


def _lengths(data: JsonObject) -> Iterator[tuple[str, str]]:
    scenes = data.get("scenes")
    if (
        not isinstance(scenes, list | tuple)
        or not scenes
        or not all(isinstance(scene, dict) for scene in scenes)
    ):
        return
    given = [scene.get("duration_s") for scene in scenes]
    if not all(length is None or _is_length(length) for length in given):
        return
    total = data.get("duration_s")
    if total is not None and not _is_length(total):
        return
    lengths = scene_durations_s(given, total)
    length_s = math.fsum(lengths)
    if total is not None and abs(length_s - total) > _TOLERANCE_S:
        yield "duration_s", f"with scenes, duration_s is their sum, {length_s:g}: leave it out or give that"
    elif min(lengths) <= 0:
        yield "duration_s", "the scenes with a duration_s of their own leave nothing for the others"
    elif total is None and not FILM_MIN_S <= length_s <= FILM_MAX_S:
        yield (
            "scenes",
            f"the scenes last {length_s:g} s together: a film lasts {FILM_MIN_S:g} to {FILM_MAX_S:g} s",
        )


def _is_length(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= FILM_MAX_S
