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
        scale="lydian",
        tempo=(62, 72),
        beats_per_bar=4,
        tonics=(0, 2, 5, 9),
        verse=((0, 1, 0, 4), (0, 4, 1, 0)),
        chorus=((3, 1, 0, 4), (5, 1, 4, 0)),
        cadence=(3, 4),
        pads=("warm pad", "space voice"),
        figure_by="harp",
        figure="drops",
        bass_by="cello",
        bass="held",
        lead_by="vibraphone",
        second_lead_by="celesta",
        rhythms=_SLOW,
        beat="none",
        energy=(0.25, 0.45),
        sevenths=True,
    ),
    "calm": Style(
        scale="major",
        tempo=(70, 82),
        beats_per_bar=4,
        tonics=(0, 2, 5, 7),
        verse=((0, 5, 3, 4), (0, 2, 3, 0)),
        chorus=((3, 0, 1, 4), (5, 2, 3, 4)),
        cadence=(3, 4),
        pads=("slow strings",),
        figure_by="piano",
        figure="broken",
        bass_by="acoustic bass",
        bass="held",
        lead_by="flute",
        second_lead_by="piano",
        rhythms=_SLOW + _FLOWING[:2],
        beat="none",
        energy=(0.3, 0.5),
        sevenths=True,
    ),
    "happy": Style(
        scale="major",
        tempo=(112, 126),
        beats_per_bar=4,
        tonics=(0, 2, 7, 9),
        verse=((0, 4, 5, 3), (0, 3, 0, 4)),
        chorus=((3, 4, 0, 5), (3, 0, 4, 4)),
        cadence=(3, 4),
        pads=("strings",),
        figure_by="guitar",
        figure="strum",
        bass_by="electric bass",
        bass="walking",
        lead_by="marimba",
        second_lead_by="flute",
        rhythms=_LIVELY,
        beat="pop",
        energy=(0.55, 0.85),
    ),
    "hopeful": Style(
        scale="major",
        tempo=(92, 104),
        beats_per_bar=4,
        tonics=(0, 2, 4, 7),
        verse=((0, 4, 5, 3), (5, 3, 0, 4)),
        chorus=((3, 0, 4, 5), (3, 4, 0, 0)),
        cadence=(3, 4),
        pads=("slow strings",),
        figure_by="piano",
        figure="pulse",
        bass_by="acoustic bass",
        bass="halves",
        lead_by="piano",
        second_lead_by="strings",
        rhythms=_FLOWING,
        beat="soft",
        energy=(0.35, 0.9),
    ),
    "playful": Style(
        scale="major",
        tempo=(116, 132),
        beats_per_bar=4,
        tonics=(0, 5, 7, 10),
        verse=((0, 0, 3, 4), (0, 5, 1, 4)),
        chorus=((3, 0, 1, 4), (5, 1, 4, 0)),
        cadence=(1, 4),
        pads=("strings",),
        figure_by="pizzicato",
        figure="oompah",
        bass_by="pizzicato",
        bass="halves",
        lead_by="marimba",
        second_lead_by="clarinet",
        rhythms=_LIVELY,
        beat="light",
        energy=(0.5, 0.75),
        swing=0.12,
    ),
    "romantic": Style(
        scale="major",
        tempo=(84, 98),
        beats_per_bar=3,
        tonics=(2, 3, 7, 8),
        verse=((0, 5, 1, 4), (0, 2, 3, 4)),
        chorus=((3, 4, 2, 5), (1, 4, 0, 0)),
        cadence=(1, 4),
        pads=("slow strings",),
        figure_by="piano",
        figure="waltz",
        bass_by="acoustic bass",
        bass="held",
        lead_by="oboe",
        second_lead_by="strings",
        rhythms=_WALTZ,
        beat="none",
        energy=(0.35, 0.7),
        sevenths=True,
    ),
    "sad": Style(
        scale="minor",
        tempo=(60, 72),
        beats_per_bar=4,
        tonics=(2, 4, 7, 9),
        verse=((0, 5, 2, 6), (0, 3, 5, 4)),
        chorus=((5, 6, 0, 3), (3, 0, 5, 4)),
        cadence=(3, 4),
        pads=("slow strings",),
        figure_by="piano",
        figure="broken",
        bass_by="cello",
        bass="held",
        lead_by="cello",
        second_lead_by="oboe",
        rhythms=_SLOW + _FLOWING[2:3],
        beat="none",
        energy=(0.25, 0.6),
    ),
    "mysterious": Style(
        scale="dorian",
        tempo=(78, 90),
        beats_per_bar=4,
        tonics=(2, 4, 7, 9),
        verse=((0, 3, 0, 6), (0, 2, 3, 0)),
        chorus=((5, 3, 1, 4), (3, 6, 0, 0)),
        cadence=(3, 4),
        pads=("warm pad", "tremolo"),
        figure_by="harp",
        figure="broken",
        bass_by="cello",
        bass="held",
        lead_by="clarinet",
        second_lead_by="celesta",
        rhythms=_FLOWING + _SLOW,
        beat="shimmer",
        energy=(0.3, 0.6),
    ),
    "tense": Style(
        scale="phrygian",
        tempo=(104, 120),
        beats_per_bar=4,
        tonics=(2, 4, 5, 7),
        verse=((0, 0, 1, 0), (0, 5, 1, 0)),
        chorus=((5, 1, 3, 1), (3, 1, 5, 4)),
        cadence=(1, 6),
        pads=("tremolo",),
        figure_by="pizzicato",
        figure="ostinato",
        bass_by="cello",
        bass="pulse",
        lead_by="horns",
        second_lead_by="strings",
        rhythms=_SLOW + _PROUD[:2],
        beat="heartbeat",
        energy=(0.35, 0.9),
    ),
    "dramatic": Style(
        scale="minor",
        tempo=(80, 94),
        beats_per_bar=4,
        tonics=(0, 2, 5, 7),
        verse=((0, 5, 2, 6), (0, 3, 0, 4)),
        chorus=((5, 6, 0, 0), (3, 5, 0, 4)),
        cadence=(5, 4),
        pads=("strings", "choir"),
        figure_by="strings",
        figure="ostinato",
        bass_by="cello",
        bass="pulse",
        lead_by="horns",
        second_lead_by="strings",
        rhythms=_PROUD,
        beat="orchestral",
        energy=(0.45, 0.95),
    ),
    "epic": Style(
        scale="minor",
        tempo=(92, 106),
        beats_per_bar=4,
        tonics=(0, 2, 3, 7),
        verse=((0, 5, 2, 6), (0, 6, 5, 6)),
        chorus=((5, 2, 6, 0), (5, 6, 0, 0)),
        cadence=(5, 6),
        pads=("strings", "choir"),
        figure_by="strings",
        figure="ostinato",
        bass_by="cello",
        bass="pulse",
        lead_by="horns",
        second_lead_by="choir",
        rhythms=_PROUD,
        beat="orchestral",
        energy=(0.45, 1.0),
    ),
    "adventurous": Style(
        scale="mixolydian",
        tempo=(118, 132),
        beats_per_bar=4,
        tonics=(0, 2, 5, 7),
        verse=((0, 6, 3, 0), (0, 3, 6, 0)),
        chorus=((3, 6, 0, 0), (5, 3, 6, 0)),
        cadence=(6, 3),
        pads=("strings",),
        figure_by="strings",
        figure="gallop",
        bass_by="cello",
        bass="pulse",
        lead_by="horns",
        second_lead_by="flute",
        rhythms=_PROUD + _LIVELY[:2],
        beat="orchestral",
        energy=(0.5, 0.95),
    ),
}
