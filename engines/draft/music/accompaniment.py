"""How harmony is played: pads that hold, figures that move, a bass that carries."""

from __future__ import annotations

from engines.draft.music.form import Bar, Form
from engines.draft.music.harmony import Chord, voicing
from engines.draft.music.instruments import INSTRUMENTS
from engines.draft.music.score import Note
from engines.draft.music.styles import Style

# (eighth, length in eighths, chord voices) by figure; voices count from the lowest, 3 is an octave up.
_ALL = (0, 1, 2)
_FIGURES: dict[str, tuple[tuple[float, float, tuple[int, ...]], ...]] = {
    "drops": ((0, 8, (0,)), (3, 5, (2,)), (6, 4, (3,))),
    "broken": tuple((eighth, 2, (voice,)) for eighth, voice in enumerate((0, 1, 2, 3, 2, 1, 2, 1))),
    "strum": tuple((eighth, 0.9, _ALL if eighth != 3 else (1, 2)) for eighth in (0, 2, 3, 5, 6, 7)),
    "pulse": tuple((eighth, 0.95, _ALL if eighth % 4 == 0 else (1, 2)) for eighth in range(8)),
    "oompah": ((2, 0.7, _ALL), (6, 0.7, _ALL)),
    "waltz": ((2, 1.6, _ALL), (4, 1.6, _ALL)),
    "ostinato": tuple((eighth, 0.8, ((0, 2, 1, 2)[eighth % 4],)) for eighth in range(8)),
    "gallop": tuple(
        (beat + late, 0.45, (voice,)) for beat in (0, 2, 4, 6) for late, voice in ((0, 0), (1, 2), (1.5, 1))
    ),
}  # fmt: skip
_BASSES: dict[str, tuple[tuple[float, float, int], ...]] = {
    # (eighth, length, degree above the root in chord voices)
    "held": ((0, 8, 0),),
    "halves": ((0, 3.6, 0), (4, 3.6, 2)),
    "walking": ((0, 1.8, 0), (2, 0.9, 0), (3, 0.9, 2), (4, 1.8, 2), (6, 1.8, 1)),
    "pulse": ((0, 1.8, 0), (2, 0.8, 0), (3, 0.8, 0), (4, 1.8, 0), (6, 0.8, 0), (7, 0.8, 0)),
}
_FIGURE_FROM, _BASS_FROM, _OCTAVES_FROM = 0.18, 0.2, 0.8


def accompany(style: Style, form: Form) -> list[Note]:
    """Return the notes of pads, figure and bass for every bar and the final chord."""
    notes: list[Note] = []
    eighth_s = form.bar_s / (2 * form.beats_per_bar)
    before: tuple[int, ...] | None = None
    for bar in form.bars:
        chord_keys = voicing(bar.chord, before)
        before = chord_keys
        notes.extend(_pads(style, bar.start_s, form.bar_s * 1.02, chord_keys, bar.energy))
        if bar.energy > _FIGURE_FROM and not (bar.section == "intro" and bar.index < 1):
            notes.extend(_figure(style, form, bar, chord_keys, eighth_s))
        if bar.energy > _BASS_FROM and not (bar.section == "intro" and bar.index < 2):
            notes.extend(_bass(style, form, bar, eighth_s))
    notes.extend(_ending(style, form, voicing(form.final, before)))
    return notes


def _pads(style: Style, start_s: float, length_s: float, keys: tuple[int, ...], energy: float) -> list[Note]:
    velocity = round(34 + 58 * energy)
    notes: list[Note] = []
    for place, part in enumerate(style.pads):
        if place and energy < 0.5:
            continue
        shown = [*keys, keys[0] + 12] if energy > _OCTAVES_FROM else keys
        row = INSTRUMENTS[part]
        notes.extend(
            Note(part, start_s, length_s, _within(key, row.lowest, row.highest), velocity) for key in shown
        )
    return notes


def _figure(style: Style, form: Form, bar: Bar, keys: tuple[int, ...], eighth_s: float) -> list[Note]:
    row = INSTRUMENTS[style.figure_by]
    voices = (*keys[:3], keys[0] + 12)
    notes = []
    for eighth, length, chosen in _FIGURES[style.figure]:
        if eighth >= 2 * form.beats_per_bar or (bar.energy < 0.3 and eighth % 2 == 1):
            continue
        accent = 8 if eighth == 0 else 3 if eighth % 2 == 0 else 0
        swung = eighth + (style.swing if eighth % 2 == 1 else 0.0)
        for order, voice in enumerate(chosen):
            begin = bar.start_s + swung * eighth_s + (0.012 * order if style.figure == "strum" else 0.0)
            key = _within(voices[voice], row.lowest, row.highest)
            length_s = min(length, 2 * form.beats_per_bar - eighth) * eighth_s
            notes.append(Note(row.name, begin, length_s, key, round(38 + 46 * bar.energy + accent)))
    return notes


def _bass(style: Style, form: Form, bar: Bar, eighth_s: float) -> list[Note]:
    row = INSTRUMENTS[style.bass_by]
    root = _bass_key(bar.chord, row.lowest, 0)
    notes = []
    for eighth, length, voice in _BASSES[style.bass]:
        if eighth >= 2 * form.beats_per_bar:
            continue
        key = root if voice == 0 else _bass_key(bar.chord, root, voice)
        length_s = min(length, 2 * form.beats_per_bar - eighth) * eighth_s
        accent = 8 if eighth == 0 else 0
        notes.append(
            Note(
                row.name, bar.start_s + eighth_s * eighth, length_s, key, round(50 + 44 * bar.energy + accent)
            )
        )
    return notes


def _bass_key(chord: Chord, lowest: int, voice: int) -> int:
    base = max(lowest, 33)
    return base + (chord.pitch_classes[voice] - base) % 12


def _ending(style: Style, form: Form, keys: tuple[int, ...]) -> list[Note]:
    """The last tonic: held by the pads, rolled upward by the figure, grounded by the bass."""
    ring_s = form.duration_s - form.final_s
    energy = form.bars[-1].energy if form.bars else 0.5
    notes = _pads(style, form.final_s, ring_s, keys, max(0.4, energy))
    row, bass = INSTRUMENTS[style.figure_by], INSTRUMENTS[style.bass_by]
    step_s = min(0.09, ring_s / 12)
    rolled = (*keys, *(key + 12 for key in keys[:1]))
    for place, key in enumerate(rolled):
        start = form.final_s + place * step_s
        shown = _within(key, row.lowest, row.highest)
        notes.append(Note(row.name, start, ring_s - place * step_s, shown, round(58 + 30 * energy)))
    notes.append(
        Note(bass.name, form.final_s, ring_s, _bass_key(form.final, bass.lowest, 0), round(62 + 36 * energy))
    )
    return notes


def _within(key: int, lowest: int, highest: int) -> int:
    while key < lowest:
        key += 12
    while key > highest:
        key -= 12
    return key
