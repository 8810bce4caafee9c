"""How much one composition may cost: limits with defaults that real work does not meet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompositionBudget:
    """What a timeline may ask for at most.

    - `gigapixels`: canvas pixels x frames x video tracks that are seen. 2 h of 2160p at 24 fps are 1,433.
    - `film_s`: how long the film is.
    - `sound_s`: seconds of sound that have to be decoded, of all clips together; 24 tracks of 2 h are 172,800.
    - `clips`: clips of all tracks together.
    - `input_bytes`: all input files together.
    - `memory_bytes`: what the process of the composer may hold in memory while it composes.
    """

    gigapixels: float = 3_000.0
    film_s: float = 14_400.0
    sound_s: float = 172_800.0
    clips: int = 20_000
    input_bytes: int = 64 * 2**30
    memory_bytes: int = 6 * 2**30
