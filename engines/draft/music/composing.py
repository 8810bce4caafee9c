"""How a whole piece comes about: form, tune, harmony and beat from a mood, a duration and a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engines.draft.music.accompaniment import accompany
from engines.draft.music.form import Form, plan
from engines.draft.music.instruments import INSTRUMENTS
from engines.draft.music.melody import melody
from engines.draft.music.percussion import percussion
from engines.draft.music.score import Note
from engines.draft.music.styles import STYLES

_HUMAN_S = 0.008
_LEAD_RANGE = 19


@dataclass(frozen=True, slots=True)
class Piece:
    """A composed piece: its form and its notes in order of time."""

    form: Form
    notes: tuple[Note, ...]


def compose(mood: str, duration_s: float, tempo_bpm: float | None, intensity: float, seed: int) -> Piece:
    """Compose for a mood of `catalog.moods` a piece of exactly `duration_s`; equal arguments, equal notes."""
    style = STYLES[mood]
    rng = Random(seed)
    form = plan(style, duration_s, tempo_bpm, intensity, rng)
    notes = accompany(style, form)
    low, high = _lead_range(style.lead_by)
    notes += melody(style, form, rng, style.lead_by, (low, high))
    notes += _doubling(style.second_lead_by, [note for note in notes if note.part == style.lead_by], form)
    notes += percussion(style, form, rng)
    return Piece(form, tuple(sorted((_human(note, form, rng) for note in notes), key=_order)))


def _lead_range(part: str) -> tuple[int, int]:
    """A tune sits in the singing part of its instrument, above the pads where the instrument can."""
    row = INSTRUMENTS[part]
    low = max(row.lowest, min(67, row.highest - _LEAD_RANGE))
    return low, min(row.highest, low + _LEAD_RANGE)


def _doubling(part: str, tune: list[Note], form: Form) -> list[Note]:
    """The second lead joins in choruses, an octave away where its range asks for it."""
    row = INSTRUMENTS[part]
    spans = [
        (bar.start_s - 0.01, bar.start_s + form.bar_s - 0.01) for bar in form.bars if bar.section == "chorus"
    ]
    doubled = []
    for note in tune:
        if note.part == part or not any(start <= note.start_s < end for start, end in spans):
            continue
        key = note.key
        while key < row.lowest:
            key += 12
        while key > row.highest:
            key -= 12
        doubled.append(Note(part, note.start_s, note.duration_s, key, max(1, note.velocity - 14)))
    return doubled


def _human(note: Note, form: Form, rng: Random) -> Note:
    """Move a note by a few milliseconds and keep it inside the piece."""
    start = min(max(0.0, note.start_s + _HUMAN_S * (rng.random() - 0.5)), form.duration_s - 0.05)
    length = max(0.04, min(note.duration_s, form.duration_s - start))
    return Note(note.part, start, length, note.key, max(1, min(127, note.velocity)))


def _order(note: Note) -> tuple[float, str, int]:
    return note.start_s, note.part, note.key
