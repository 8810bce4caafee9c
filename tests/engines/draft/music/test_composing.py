"""Whether composed pieces obey the rules of music: scale, ranges, voice leading, cadence, form, dynamics."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.moods import MOODS
from engines.draft.music.composing import Piece, compose
from engines.draft.music.form import Bar
from engines.draft.music.harmony import Chord, voicing
from engines.draft.music.instruments import INSTRUMENTS
from engines.draft.music.styles import STYLES

_NAMES = [mood.name for mood in MOODS]


def _tune(piece: Piece, mood: str) -> list[int]:
    return [note.key for note in piece.notes if note.part == STYLES[mood].lead_by]


def _bar_at(piece: Piece, time_s: float) -> Bar | None:
    bars = [bar for bar in piece.form.bars if bar.start_s - 0.02 <= time_s]
    return bars[-1] if bars and time_s < piece.form.final_s - 0.02 else None


def test_every_mood_of_the_catalogue_has_a_style() -> None:
    assert set(STYLES) == set(_NAMES)


@settings(max_examples=60, deadline=None)
@given(
    mood=st.sampled_from(_NAMES),
    duration_s=st.floats(0.5, 90),
    tempo=st.none() | st.floats(30, 240),
    intensity=st.floats(0, 1),
    seed=st.integers(0, 2**53 - 1),
)
def test_all_notes_lie_inside_the_piece_and_the_instruments(
    mood: str, duration_s: float, tempo: float | None, intensity: float, seed: int
) -> None:
    piece = compose(mood, duration_s, tempo, intensity, seed)
    assert piece.notes
    for note in piece.notes:
        row = INSTRUMENTS[note.part]
        assert 0 <= note.start_s < duration_s
        assert note.start_s + note.duration_s <= duration_s + 0.05
        assert 1 <= note.velocity <= 127
        assert row.lowest <= note.key <= row.highest
    assert 0 <= piece.form.final_s <= duration_s - 0.3 or duration_s < 1
    if tempo is not None:
        assert piece.form.tempo_bpm == pytest.approx(tempo)


@pytest.mark.parametrize("mood", _NAMES)
def test_every_pitched_note_belongs_to_the_key_or_to_its_chord(mood: str) -> None:
    piece = compose(mood, 40.0, None, 0.7, 3)
    for note in piece.notes:
        if note.part == "drums":
            continue
        bar = _bar_at(piece, note.start_s)
        chord = bar.chord if bar else piece.form.final
        assert piece.form.key.contains(note.key) or note.key % 12 in chord.pitch_classes, note


@pytest.mark.parametrize("mood", _NAMES)
def test_a_piece_closes_on_its_tonic(mood: str) -> None:
    piece = compose(mood, 30.0, None, 0.5, 11)
    last = [
        note for note in piece.notes if note.start_s >= piece.form.final_s - 0.02 and note.part != "drums"
    ]
    assert {note.key % 12 for note in last} <= set(piece.form.final.pitch_classes)
    assert min(last, key=lambda note: note.key).key % 12 == piece.form.key.tonic
    assert _tune(piece, mood)[-1] % 12 in piece.form.final.pitch_classes
    assert piece.form.bars[-1].section == "cadence"
    assert piece.form.bars[-1].chord.degree != 0


@pytest.mark.parametrize("mood", _NAMES)
def test_the_ending_has_time_to_ring(mood: str) -> None:
    for duration_s in (5.0, 12.0, 30.0, 61.7):
        form = compose(mood, duration_s, None, 0.5, 4).form
        assert 0.45 <= duration_s - form.final_s <= 3.6 + form.bar_s


def test_voices_move_little_from_chord_to_chord() -> None:
    before: tuple[int, ...] | None = None
    moves = []
    for roots in (0, 9, 5, 7, 0, 5, 2, 7, 0):
        third = 3 if roots in (9, 2) else 4
        keys = voicing(Chord(0, (roots, (roots + third) % 12, (roots + 7) % 12)), before)
        if before:
            moves += [abs(new - old) for new, old in zip(keys, before, strict=True)]
        before = keys
    assert max(moves) <= 5
    assert sum(moves) / len(moves) < 2.5


# Where the tune shares its instrument with another part, its notes cannot be told from theirs.
_ALONE = [
    n for n in _NAMES if STYLES[n].lead_by not in (STYLES[n].figure_by, STYLES[n].bass_by, *STYLES[n].pads)
]


@pytest.mark.parametrize("mood", _ALONE)
def test_a_tune_sings_in_small_steps(mood: str) -> None:
    keys = _tune(compose(mood, 60.0, None, 0.5, 9), mood)
    steps = [abs(right - left) for left, right in pairwise(keys)]
    assert sum(steps) / len(steps) < 4.5
    assert max(steps) <= 14


@pytest.mark.parametrize("mood", _NAMES)
def test_the_motif_comes_back(mood: str) -> None:
    piece = compose(mood, 60.0, None, 0.5, 9)
    rhythms = []
    for bar in piece.form.bars:
        if bar.section == "verse" and bar.phrase_bar == 0:
            inside = [
                round((note.start_s - bar.start_s) / piece.form.bar_s * 8)
                for note in piece.notes
                if note.part == STYLES[mood].lead_by and _bar_at(piece, note.start_s) == bar
            ]
            rhythms.append(tuple(sorted(set(inside))))
    assert len(rhythms) >= 2
    assert len(set(rhythms)) <= 2


def test_energy_rises_to_a_climax_and_comes_down() -> None:
    energies = [bar.energy for bar in compose("epic", 60.0, None, 0.5, 1).form.bars]
    peak = energies.index(max(energies))
    assert 0.5 < peak / len(energies) < 0.95
    assert energies[0] < 0.6 * max(energies)
    assert energies[-1] < max(energies)


def test_intensity_brings_in_more_players() -> None:
    counts = [len(compose("dramatic", 30.0, None, intensity, 2).notes) for intensity in (0.0, 0.5, 1.0)]
    assert counts == sorted(counts)
    assert counts[2] > 1.5 * counts[0]


def test_equal_seeds_give_equal_pieces_and_others_do_not() -> None:
    assert compose("happy", 20, None, 0.5, 5) == compose("happy", 20, None, 0.5, 5)
    assert compose("happy", 20, None, 0.5, 5) != compose("happy", 20, None, 0.5, 6)
