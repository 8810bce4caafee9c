"""How each mood is played: scale, tempo, harmony, instruments and figures."""

from __future__ import annotations

from dataclasses import dataclass

from engines.draft.tables import read_table

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


STYLES: dict[str, Style] = {name: Style(**row) for name, row in read_table(__file__).items()}
