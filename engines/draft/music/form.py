"""How a piece fills its time: bars with their chords and energy, and when the last chord sounds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engines.draft.music.harmony import Chord, Key
from engines.draft.music.styles import Style

_LEAST_ENDING_S, _MOST_ENDING_S = 0.45, 3.6
_MOST_TEMPO_CHANGE = 0.07


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: when it begins, its chord, its place in a phrase of four, its section and its energy 0..1."""

    index: int
    start_s: float
    chord: Chord
    phrase_bar: int
    section: str
    energy: float


@dataclass(frozen=True, slots=True)
class Form:
    """A whole piece: key, tempo, bars, the final tonic and when it begins; it rings until `duration_s`."""

    key: Key
    tempo_bpm: float
    beats_per_bar: int
    bars: tuple[Bar, ...]
    final: Chord
    final_s: float
    duration_s: float

    @property
    def bar_s(self) -> float:
        """How long a bar is."""
        return self.beats_per_bar * 60.0 / self.tempo_bpm


def plan(style: Style, duration_s: float, tempo_bpm: float | None, intensity: float, rng: Random) -> Form:
    """Lay out a piece of exactly `duration_s`; a given tempo is kept, an own one bends by at most 7 %."""
    low, high = style.tempo
    wanted = tempo_bpm if tempo_bpm is not None else low + (high - low) * rng.random()
    key = Key(style.tonics[int(rng.random() * len(style.tonics))], style.scale)
    bar_s = style.beats_per_bar * 60.0 / wanted
    ending_s = min(_MOST_ENDING_S, max(_LEAST_ENDING_S, min(1.1 * bar_s, 0.3 * duration_s)))
    count = int((duration_s - ending_s) / bar_s + 1e-9)
    if tempo_bpm is None and duration_s > ending_s + bar_s:
        count = max(1, round((duration_s - ending_s) / bar_s))
        fitted = style.beats_per_bar * 60.0 * count / (duration_s - ending_s)
        wanted = min(max(fitted, wanted * (1 - _MOST_TEMPO_CHANGE)), wanted * (1 + _MOST_TEMPO_CHANGE))
        bar_s = style.beats_per_bar * 60.0 / wanted
        count = min(count, int((duration_s - _LEAST_ENDING_S) / bar_s + 1e-9))
    if count == 0 and tempo_bpm is None and duration_s > 1.2:
        # Too short for a bar of this mood: one quick bar leads to the last chord.
        count, bar_s = 1, duration_s - ending_s
        wanted = style.beats_per_bar * 60.0 / bar_s
    bars = tuple(_bars(style, key, count, bar_s, intensity))
    final = key.chord(0)
    return Form(key, wanted, style.beats_per_bar, bars, final, count * bar_s, duration_s)


def _bars(style: Style, key: Key, count: int, bar_s: float, intensity: float) -> list[Bar]:
    intro = 0 if count < 6 else 2 if count < 16 else 4
    closing = min(2, count)
    body = count - intro - closing
    bars = []
    for index in range(count):
        if index >= count - closing:
            section, phrase_bar = "cadence", index - (count - closing) + 4 - closing
            degree = style.cadence[index - (count - closing) + 2 - closing]
        elif index < intro:
            section, phrase_bar = "intro", index % 4
            degree = style.verse[0][phrase_bar]
        else:
            phrase, phrase_bar = divmod(index - intro, 4)
            # Verse, verse, chorus, verse, chorus, and again; a short piece has its chorus at once.
            in_chorus = phrase % 5 in (2, 4) if body >= 12 else phrase == 1
            section = "chorus" if in_chorus else "verse"
            lines = style.chorus if section == "chorus" else style.verse
            degree = lines[phrase % len(lines)][phrase_bar]
        energy = _energy(style, index / max(1, count - 1), section, intensity)
        leading = degree % 7 == 4 and style.scale in ("minor", "dorian", "phrygian")
        chord = key.chord(degree, seventh=style.sevenths and section != "cadence", leading=leading)
        bars.append(Bar(index, index * bar_s, chord, phrase_bar, section, energy))
    return bars


def _energy(style: Style, place: float, section: str, intensity: float) -> float:
    """An arc that begins low, rises to its peak at four fifths, and comes down a little for the end."""
    low, high = style.energy
    arc = place / 0.8 if place <= 0.8 else 1.0 - 0.5 * (place - 0.8) / 0.2
    level = low + (high - low) * arc
    if section == "intro":
        level *= 0.9
    elif section == "chorus":
        level += 0.1
    return min(1.0, max(0.08, level * (0.45 + 1.1 * intensity)))
