"""Which instruments the draft orchestra has, where they sit, and how high and low they play."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """A part of the orchestra: General MIDI bank and program, range in MIDI keys, gain 0..127, pan 0..127."""

    name: str
    bank: int
    program: int
    lowest: int
    highest: int
    volume: int
    pan: int


INSTRUMENTS: dict[str, Instrument] = {
    row.name: row
    for row in (
        Instrument("piano", 0, 0, 33, 100, 127, 60),
        Instrument("celesta", 0, 8, 60, 103, 127, 78),
        Instrument("vibraphone", 0, 11, 53, 89, 112, 48),
        Instrument("marimba", 0, 12, 45, 96, 127, 76),
        Instrument("guitar", 0, 24, 40, 84, 127, 50),
        Instrument("acoustic bass", 0, 32, 28, 55, 79, 64),
        Instrument("electric bass", 0, 33, 28, 55, 79, 64),
        Instrument("cello", 0, 42, 36, 76, 118, 80),
        Instrument("tremolo", 0, 44, 40, 91, 80, 56),
        Instrument("pizzicato", 0, 45, 36, 96, 113, 52),
        Instrument("harp", 0, 46, 31, 100, 127, 44),
        Instrument("timpani", 0, 47, 38, 57, 114, 70),
        Instrument("strings", 0, 48, 31, 96, 84, 56),
        Instrument("slow strings", 0, 49, 31, 96, 70, 58),
        Instrument("choir", 0, 52, 43, 84, 97, 64),
        Instrument("horns", 0, 60, 41, 77, 86, 46),
        Instrument("oboe", 0, 68, 58, 91, 97, 60),
        Instrument("clarinet", 0, 71, 50, 91, 127, 70),
        Instrument("flute", 0, 73, 60, 96, 106, 54),
        Instrument("warm pad", 0, 89, 36, 96, 104, 64),
        Instrument("space voice", 0, 91, 40, 96, 76, 64),
        Instrument("drums", 128, 0, 0, 127, 100, 64),
    )
}

KICK, STICK, SNARE, CLOSED_HAT, OPEN_HAT, CRASH, SHAKER, TAMBOURINE = 36, 37, 38, 42, 46, 49, 70, 54
LOW_TOM, MID_TOM, HIGH_TOM, TRIANGLE = 41, 45, 48, 81
DRUM_KEYS = frozenset(
    {
        KICK,
        STICK,
        SNARE,
        CLOSED_HAT,
        OPEN_HAT,
        CRASH,
        SHAKER,
        TAMBOURINE,
        LOW_TOM,
        MID_TOM,
        HIGH_TOM,
        TRIANGLE,
    }
)
BUNDLED_PRESETS = frozenset((row.bank, row.program) for row in INSTRUMENTS.values())
