"""How a tune is made: motifs that return, move with the harmony, vary, breathe and close."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engines.draft.music.form import Bar, Form
from engines.draft.music.harmony import nearest_tone
from engines.draft.music.score import Note
from engines.draft.music.styles import Style

_NOTES_IN_A_QUICK_BAR, _QUICK_BPM = 3, 84


@dataclass(frozen=True, slots=True)
class Motif:
    """A bar of tune: lengths in eighths (negative rests) and the steps of the scale between its notes."""

    rhythm: tuple[int, ...]
    steps: tuple[int, ...]

    def inverted(self) -> Motif:
        """Return the motif upside down."""
        return Motif(self.rhythm, tuple(-step for step in self.steps))


@dataclass(frozen=True, slots=True)
class _Tune:
    """The material of a section: its motif, the answer to it, and the bar that leads to the close."""

    motif: Motif
    answer: Motif
    turn: Motif


def melody(style: Style, form: Form, rng: Random, part: str, limits: tuple[int, int]) -> list[Note]:
    """Return the tune over the bars after the intro, ending on the tonic with the last chord."""
    tunes = {"verse": _tune(style, rng), "chorus": _tune(style, rng)}
    lowest, highest = limits
    eighth_s = form.bar_s / (2 * form.beats_per_bar)
    position = nearest_tone(form.final, (lowest + highest) // 2)
    notes: list[Note] = []
    for bar in form.bars:
        if bar.section == "intro":
            continue
        motif = _bar_motif(tunes["chorus" if bar.section == "chorus" else "verse"], bar, form)
        start = 0
        for place, length in enumerate(motif.rhythm):
            if length > 0:
                position = _next(form, bar, position, motif.steps[place], start=start, limits=limits)
                breath = 0.75 if bar.phrase_bar == 3 and place == len(motif.rhythm) - 1 else 0.94
                swell = 6.0 * (1.0 - abs(bar.phrase_bar - 1.5) / 1.5)
                velocity = 56 + 46 * bar.energy + swell + (5 if start == 0 else 0) + 6 * (rng.random() - 0.5)
                begin = bar.start_s + _swung(start, style.swing) * eighth_s
                notes.append(Note(part, begin, length * eighth_s * breath, position, round(velocity)))
            start += abs(length)
    if notes:
        tonic = _closest(form.key.tonic, position, lowest, highest)
        notes.append(Note(part, form.final_s, form.duration_s - form.final_s, tonic, 78))
    return notes


def _tune(style: Style, rng: Random) -> _Tune:
    first, second = _motif(style, rng), _motif(style, rng)
    return _Tune(first, Motif(first.rhythm, second.steps[: len(first.rhythm)] or first.steps), second)


def _motif(style: Style, rng: Random) -> Motif:
    """Steps move mostly by one, now and then by a third, and turn round after a leap."""
    least = _NOTES_IN_A_QUICK_BAR if style.tempo[1] > _QUICK_BPM else 2
    rhythms = [rhythm for rhythm in style.rhythms if sum(length > 0 for length in rhythm) >= least]
    rhythm = rhythms[int(rng.random() * len(rhythms))]
    steps, direction = [], 1 if rng.random() < 0.6 else -1
    for _ in range(8):
        size = 1 if rng.random() < 0.72 else 2
        steps.append(direction * size)
        if size == 2 or rng.random() < 0.35:
            direction = -direction
    return Motif(rhythm, tuple(steps))


def _bar_motif(tune: _Tune, bar: Bar, form: Form) -> Motif:
    whole = 2 * form.beats_per_bar
    if bar.section == "cadence" and bar.index == len(form.bars) - 1:
        return Motif((whole // 2, whole - whole // 2), (-1, -1))
    if bar.phrase_bar == 0:
        return tune.motif
    if bar.phrase_bar == 1:
        return tune.answer
    if bar.phrase_bar == 2:
        return tune.turn.inverted() if bar.section == "verse" else tune.motif
    return Motif((whole - 2, -2) if whole > 2 else (whole,), (-1, 0))


def _next(form: Form, bar: Bar, position: int, steps: int, *, start: int, limits: tuple[int, int]) -> int:
    """Move by steps of the scale; strong beats land on the chord; the range turns the line back."""
    key, (lowest, highest) = form.key, limits
    direction = 1 if steps > 0 else -1
    if (direction > 0 and position > highest - 5) or (direction < 0 and position < lowest + 5):
        direction = -direction
    place = position
    for _ in range(abs(steps)):
        place += direction
        while not key.contains(place):
            place += direction
    strong = start == 0 or start == 2 * (form.beats_per_bar // 2)
    if strong:
        place = nearest_tone(bar.chord, place)
    elif place % 12 == (key.tonic + 10) % 12 and (key.tonic + 11) % 12 in bar.chord.pitch_classes:
        place += 1  # over a dominant with the leading tone, the tune has it, too
    while place > highest:
        place -= 12
    while place < lowest:
        place += 12
    return place


def _swung(eighth: int, swing: float) -> float:
    return eighth + (swing if eighth % 2 else 0.0)


def _closest(pitch_class: int, position: int, lowest: int, highest: int) -> int:
    keys = [key for key in range(lowest, highest + 1) if key % 12 == pitch_class]
    return min(keys, key=lambda key: (abs(key - position), key))
