"""Which notes a chord has and how voices move from one chord to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from engines.draft.music.styles import SCALES


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: its scale degree and its pitch classes from the root up (0 = C)."""

    degree: int
    pitch_classes: tuple[int, ...]

    @property
    def root(self) -> int:
        """The pitch class of the root."""
        return self.pitch_classes[0]


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic pitch class and a scale over it."""

    tonic: int
    scale: str

    def pitch_class(self, degree: int) -> int:
        """Return the pitch class of a scale degree (0 = tonic, any integer)."""
        steps = SCALES[self.scale]
        return (self.tonic + steps[degree % 7]) % 12

    def midi(self, degree: int, base: int) -> int:
        """Return the MIDI key of a degree counted from the tonic at or above the key `base`."""
        octave, step = divmod(degree, 7)
        return base + (self.tonic - base) % 12 + 12 * octave + SCALES[self.scale][step]

    def contains(self, midi: int) -> bool:
        """Whether a MIDI key belongs to the scale."""
        return (midi - self.tonic) % 12 in SCALES[self.scale]

    def chord(self, degree: int, *, seventh: bool = False, leading: bool = False) -> Chord:
        """Return the chord on a degree; `leading` makes its third the leading tone (a dominant in minor)."""
        steps = (0, 2, 4, 6) if seventh else (0, 2, 4)
        classes = [self.pitch_class(degree + step) for step in steps]
        if leading:
            classes[1] = (self.tonic + 11) % 12
        return Chord(degree % 7, tuple(classes))


def nearest_tone(chord: Chord, midi: int) -> int:
    """Return the chord tone next to a MIDI key, the lower one of two."""
    return min(
        (key for key in range(midi - 6, midi + 7) if key % 12 in chord.pitch_classes),
        key=lambda key: (abs(key - midi), key),
    )


def voicing(
    chord: Chord, before: Sequence[int] | None, lowest: int = 52, highest: int = 74
) -> tuple[int, ...]:
    """Return the chord's notes, low to high, that lie closest to the voicing before it.

    Small steps of every voice are what makes harmony sound led: the choice minimises their sum, with a price
    on parallel motion of all voices. Range 52..74 (E3..D5) by default.
    """
    places = [
        [key for key in range(lowest, highest + 1) if key % 12 == pitch_class]
        for pitch_class in chord.pitch_classes
    ]
    best: tuple[float, tuple[int, ...]] | None = None
    for choice in product(*places):
        notes = tuple(sorted(choice))
        if notes[-1] - notes[0] > 16 or len(set(notes)) < len(notes):
            continue
        cost = _cost(notes, before)
        if best is None or (cost, notes) < best:
            best = (cost, notes)
    assert best is not None  # noqa: S101  every chord fits into 22 semitones
    return best[1]


def _cost(notes: tuple[int, ...], before: Sequence[int] | None) -> float:
    centre = abs(sum(notes) / len(notes) - 62.0)
    if not before:
        return centre
    movement = float(sum(min(abs(note - old) for old in before) for note in notes))
    if len(before) == len(notes):
        steps = [note - old for note, old in zip(notes, before, strict=True)]
        movement = float(sum(abs(step) for step in steps))
        if all(step > 0 for step in steps) or all(step < 0 for step in steps):
            movement += 3.0
    return movement + 0.2 * centre
