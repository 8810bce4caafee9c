"""What a composed piece is: notes with times, keys, velocities and the part that plays them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a part (an instrument's name): seconds from the start, MIDI key, velocity 1..127."""

    part: str
    start_s: float
    duration_s: float
    key: int
    velocity: int
