"""How long each scene is: long enough for its narration, together as long as the film should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAD_S = 0.35  # silence before a scene's first word
TAIL_S = 0.55  # silence after its last
TIGHT_LEAD_S, TIGHT_TAIL_S = 0.15, 0.2
SILENT_SCENE_S = 1.5
STRETCH = 1.04  # a film may be this much longer than asked, when its words need it
MOST_SPEECH_SPEED = 2.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """Scene lengths in frames, neighbours overlapping by `overlap_frames`, and how fast the words must be said."""

    frames: tuple[int, ...]
    overlap_frames: int
    speech_speed: float

    @property
    def total_frames(self) -> int:
        """The film's length in frames."""
        return sum(self.frames) - self.overlap_frames * (len(self.frames) - 1)

    def start_frame(self, scene: int) -> int:
        """The frame at which a scene comes in."""
        return sum(self.frames[:scene]) - self.overlap_frames * scene


def pace(
    wanted_s: Sequence[float],
    spoken_s: Sequence[float],
    *,
    duration_s: float,
    overlap_s: float,
    fps: float,
    final: bool = False,
) -> Pacing:
    """Give each scene its share of the film and never less than its narration needs.

    `wanted_s` are the scenes' own lengths (their proportions count), `spoken_s` their narrations (0 = silent). When
    the words do not fit even tightly into `duration_s` plus 4 %, `speech_speed` says how much faster they must be;
    when nobody could follow them at that speed, or the words are `final`, they stay as they are and the film is longer.
    """
    count = len(wanted_s)
    overlap_frames = round(overlap_s * fps) if count > 1 else 0
    shortest = min(wanted_s, default=duration_s)
    overlap_frames = min(overlap_frames, max(0, int(shortest * fps / 3)))
    overlaps_s = overlap_frames * (count - 1) / fps
    for lead_s, tail_s, stretch in (
        (LEAD_S, TAIL_S, 1.0),
        (TIGHT_LEAD_S, TIGHT_TAIL_S, 1.0),
        (TIGHT_LEAD_S, TIGHT_TAIL_S, STRETCH),
    ):
        needed = _needed(wanted_s, spoken_s, duration_s, lead_s + tail_s, overlap_frames / fps)
        room_s = duration_s * stretch + overlaps_s
        if sum(needed) <= room_s:
            total_s = max(duration_s + overlaps_s, sum(needed))
            return Pacing(_whole_frames(_share(wanted_s, needed, total_s), fps), overlap_frames, 1.0)
    tight_s = TIGHT_LEAD_S + TIGHT_TAIL_S
    speed = (
        1.0 if final else _speed(wanted_s, spoken_s, duration_s, tight_s, overlap_frames / fps, overlaps_s)
    )
    said_s = [s / speed for s in spoken_s]
    # Where the film is longer anyway, there is time to breathe, and to read.
    silence_s = tight_s if final or speed > 1.0 else LEAD_S + TAIL_S
    needed = _needed(wanted_s, said_s, duration_s, silence_s, overlap_frames / fps)
    total_s = max(duration_s + overlaps_s, sum(needed))
    return Pacing(_whole_frames(_share(wanted_s, needed, total_s), fps), overlap_frames, speed)


def _speed(
    wanted_s: Sequence[float],
    spoken_s: Sequence[float],
    duration_s: float,
    silence_s: float,
    overlap_s: float,
    overlaps_s: float,
) -> float:
    """Return how much faster the words must be said to fit; 1 where that is too fast to follow."""
    wordless_s = sum(_needed(wanted_s, [min(s, 1e-9) for s in spoken_s], duration_s, silence_s, overlap_s))
    speakable_s = max(duration_s + overlaps_s - wordless_s, 0.1)
    speed = max(sum(spoken_s) / speakable_s * 1.03, 1.0)
    return speed if speed <= MOST_SPEECH_SPEED else 1.0


def _needed(
    wanted_s: Sequence[float],
    spoken_s: Sequence[float],
    duration_s: float,
    silence_s: float,
    overlap_s: float,
) -> list[float]:
    """Return the least each scene may last: a silent one a moment, or less where less was wanted.

    A narration must not be heard while the next scene already comes in over the overlap's second half.
    """
    scale = duration_s / (sum(wanted_s) or 1.0)
    return [
        spoken + silence_s + overlap_s / 2 if spoken > 0 else min(SILENT_SCENE_S / 2, wanted * scale)
        for wanted, spoken in zip(wanted_s, spoken_s, strict=True)
    ]


def _share(wanted: Sequence[float], needed: Sequence[float], total: float) -> list[float]:
    """Split `total` in the proportions of `wanted`, raising whoever gets less than it needs."""
    shares = list(needed)
    free = set(range(len(wanted)))
    left = total
    while free:
        weight = sum(wanted[i] for i in free) or 1.0
        short = {i for i in free if wanted[i] * left / weight < needed[i]}
        if not short:
            for i in free:
                shares[i] = wanted[i] * left / weight
            break
        left -= sum(needed[i] for i in short)
        free -= short
    return shares


def _whole_frames(lengths_s: Sequence[float], fps: float) -> tuple[int, ...]:
    """Round a running sum, so that the errors of the scenes do not add up."""
    frames, at_s, at_frame = [], 0.0, 0
    for length_s in lengths_s:
        at_s += length_s
        end = max(round(at_s * fps), at_frame + 1)
        frames.append(end - at_frame)
        at_frame = end
    return tuple(frames)
