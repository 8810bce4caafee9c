"""What is to be made of a timeline: the canvas, the spans of its pictures, its sounds and its captions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from captions.cues import Cue
from engines.composition.sources import Source
from engines.composition.stacking import Stack
from schemas.timeline import Clip, Output


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


def even_up(length_px: int) -> int:
    """Return an even length: H.264 4:2:0 has no odd sizes."""
    return length_px + length_px % 2


def frame_rate(fps: float) -> Fraction:
    """Return the exact rate that a rounded number means: 23.976 and 29.97 are n * 1000/1001."""
    broadcast = Fraction(round(fps) * 1000, 1001)
    if not fps.is_integer() and abs(fps - broadcast) < 0.002:
        return broadcast
    return Fraction(fps).limit_denominator(1001)
