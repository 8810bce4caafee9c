"""How each mood is played: scale, tempo, harmony, instruments and figures."""

from __future__ import annotations

from dataclasses import dataclass

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}


@dataclass(frozen=True, slots=True)
class Style:
    """One mood's music.

    Progressions are four scale degrees (0 = tonic), one a bar; `cadence` leads to the last tonic. `figure`
    names the accompaniment, `beat` the percussion, `rhythms` the melody's bars as lengths in eighths (rests
    are negative). Energies are 0..1.
    """

    scale: str
    tempo: tuple[int, int]
    beats_per_bar: int
    tonics: tuple[int, ...]
    verse: tuple[tuple[int, ...], ...]
    chorus: tuple[tuple[int, ...], ...]
    cadence: tuple[int, ...]
    pads: tuple[str, ...]
    figure_by: str
    figure: str
    bass_by: str
    bass: str
    lead_by: str
    second_lead_by: str
    rhythms: tuple[tuple[int, ...], ...]
    beat: str
    energy: tuple[float, float]
    sevenths: bool = False
    swing: float = 0.0


_FLOWING = ((2, 2, 4), (4, 2, 2), (3, 1, 4), (2, 2, 2, 2), (4, 4))
_SLOW = ((8,), (4, 4), (6, 2), (-2, 6), (4, 2, 2))
_LIVELY = ((2, 1, 1, 2, 2), (3, 3, 2), (1, 1, 2, 2, 2), (2, 2, 1, 1, 2), (4, 2, 2))
_WALTZ = ((4, 2), (2, 2, 2), (6,), (3, 1, 2))
_PROUD = ((3, 1, 4), (4, 3, 1), (2, 2, 4), (6, 1, 1), (3, 3, 2))

STYLES: dict[str, Style] = {
    "ambient": Style(
        "lydian", (62, 72), 4, (0, 2, 5, 9), ((0, 1, 0, 4), (0, 4, 1, 0)), ((3, 1, 0, 4), (5, 1, 4, 0)),
        (3, 4),
        ("warm pad", "space voice"), "harp", "drops", "cello", "held", "vibraphone", "celesta", _SLOW,
        "none",
        (0.25, 0.45), sevenths=True,
    ),
    "calm": Style(
        "major", (70, 82), 4, (0, 2, 5, 7), ((0, 5, 3, 4), (0, 2, 3, 0)), ((3, 0, 1, 4), (5, 2, 3, 4)), (3,
        4),
        ("slow strings",), "piano", "broken", "acoustic bass", "held", "flute", "piano",
        _SLOW + _FLOWING[:2], "none",
        (0.3, 0.5), sevenths=True,
    ),
    "happy": Style(
        "major", (112, 126), 4, (0, 2, 7, 9), ((0, 4, 5, 3), (0, 3, 0, 4)), ((3, 4, 0, 5), (3, 0, 4, 4)),
        (3, 4),
        ("strings",), "guitar", "strum", "electric bass", "walking", "marimba", "flute", _LIVELY, "pop",
        (0.55, 0.85),
    ),
    "hopeful": Style(
        "major", (92, 104), 4, (0, 2, 4, 7), ((0, 4, 5, 3), (5, 3, 0, 4)), ((3, 0, 4, 5), (3, 4, 0, 0)),
        (3, 4),
        ("slow strings",), "piano", "pulse", "acoustic bass", "halves", "piano", "strings", _FLOWING,
        "soft",
        (0.35, 0.9),
    ),
    "playful": Style(
        "major", (116, 132), 4, (0, 5, 7, 10), ((0, 0, 3, 4), (0, 5, 1, 4)), ((3, 0, 1, 4), (5, 1, 4, 0)),
        (1, 4),
        ("strings",), "pizzicato", "oompah", "pizzicato", "halves", "marimba", "clarinet", _LIVELY,
        "light",
        (0.5, 0.75), swing=0.12,
    ),
    "romantic": Style(
        "major", (84, 98), 3, (2, 3, 7, 8), ((0, 5, 1, 4), (0, 2, 3, 4)), ((3, 4, 2, 5), (1, 4, 0, 0)), (1,
        4),
        ("slow strings",), "piano", "waltz", "acoustic bass", "held", "oboe", "strings", _WALTZ, "none",
        (0.35, 0.7), sevenths=True,
    ),
    "sad": Style(
        "minor", (60, 72), 4, (2, 4, 7, 9), ((0, 5, 2, 6), (0, 3, 5, 4)), ((5, 6, 0, 3), (3, 0, 5, 4)), (3,
        4),
        ("slow strings",), "piano", "broken", "cello", "held", "cello", "oboe", _SLOW + _FLOWING[2:3],
        "none",
        (0.25, 0.6),
    ),
    "mysterious": Style(
        "dorian", (78, 90), 4, (2, 4, 7, 9), ((0, 3, 0, 6), (0, 2, 3, 0)), ((5, 3, 1, 4), (3, 6, 0, 0)),
        (3, 4),
        ("warm pad", "tremolo"), "harp", "broken", "cello", "held", "clarinet", "celesta",
        _FLOWING + _SLOW, "shimmer",
        (0.3, 0.6),
    ),
    "tense": Style(
        "phrygian", (104, 120), 4, (2, 4, 5, 7), ((0, 0, 1, 0), (0, 5, 1, 0)), ((5, 1, 3, 1), (3, 1, 5,
        4)), (1, 6),
        ("tremolo",), "pizzicato", "ostinato", "cello", "pulse", "horns", "strings", _SLOW, "heartbeat",
        (0.35, 0.9),
    ),
    "dramatic": Style(
        "minor", (80, 94), 4, (0, 2, 5, 7), ((0, 5, 2, 6), (0, 3, 0, 4)), ((5, 6, 0, 0), (3, 5, 0, 4)), (5,
        4),
        ("strings", "choir"), "strings", "ostinato", "cello", "pulse", "horns", "strings", _PROUD,
        "orchestral",
        (0.45, 0.95),
    ),
    "epic": Style(
        "minor", (92, 106), 4, (0, 2, 3, 7), ((0, 5, 2, 6), (0, 6, 5, 6)), ((5, 2, 6, 0), (5, 6, 0, 0)),
        (5, 6),
        ("strings", "choir"), "strings", "ostinato", "cello", "pulse", "horns", "choir", _PROUD,
        "orchestral",
        (0.45, 1.0),
    ),
    "adventurous": Style(
        "mixolydian", (118, 132), 4, (0, 2, 5, 7), ((0, 6, 3, 0), (0, 3, 6, 0)), ((3, 6, 0, 0), (5, 3, 6,
        0)), (6, 3),
        ("strings",), "strings", "gallop", "cello", "pulse", "horns", "flute", _PROUD + _LIVELY[:2],
        "orchestral",
        (0.5, 0.95),
    ),
}  # fmt: skip
