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
    wanted_s: Sequence[float], spoken_s: Sequence[float], *, duration_s: float, overlap_s: float, fps: float
) -> Pacing:
    """Give each scene its share of the film and never less than its narration needs.

    `wanted_s` are the scenes' own lengths (their proportions count), `spoken_s` their narrations (0 = silent). When
    the words do not fit even tightly into `duration_s` plus 4 %, `speech_speed` says how much faster they must be.
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
        needed = [_needed_s(s, lead_s + tail_s, overlap_frames / fps) for s in spoken_s]
        room_s = duration_s * stretch + overlaps_s
        if sum(needed) <= room_s:
            total_s = max(duration_s + overlaps_s, sum(needed))
            return Pacing(_whole_frames(_share(wanted_s, needed, total_s), fps), overlap_frames, 1.0)
    return _too_much_to_say(wanted_s, spoken_s, duration_s + overlaps_s, overlap_frames, fps)


def _too_much_to_say(
    wanted_s: Sequence[float], spoken_s: Sequence[float], room_s: float, overlap_frames: int, fps: float
) -> Pacing:
    """Speed the words up until they fit, and where nothing helps let the film be longer."""
    silence_s = sum(_needed_s(0.0, 0.0, 0.0) for s in spoken_s if s <= 0)
    margin_s = sum(TIGHT_LEAD_S + TIGHT_TAIL_S + overlap_frames / fps for s in spoken_s if s > 0)
    speakable_s = max(room_s - silence_s - margin_s, 0.1)
    speed = min(max(sum(spoken_s) / speakable_s * 1.03, 1.0), MOST_SPEECH_SPEED)
    needed = [_needed_s(s / speed, TIGHT_LEAD_S + TIGHT_TAIL_S, overlap_frames / fps) for s in spoken_s]
    total_s = max(room_s, sum(needed))
    return Pacing(_whole_frames(_share(wanted_s, needed, total_s), fps), overlap_frames, speed)


def _needed_s(spoken_s: float, silence_s: float, overlap_s: float) -> float:
    """A narration must not be heard while the next scene already comes in over the overlap's second half."""
    return spoken_s + silence_s + overlap_s / 2 if spoken_s > 0 else SILENT_SCENE_S / 2


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
