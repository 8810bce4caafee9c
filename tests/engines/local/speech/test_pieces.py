"""A text is cut where people breathe, no piece is longer than the model reads, and each word has its place in one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.local.speech.alignment import first_sounds
from engines.local.speech.clauses import clauses_of, words_in
from engines.local.speech.pieces import pieces_of
from engines.local.speech.sounds import as_read

TEXTS = st.text(st.sampled_from('aé b.,!?…—\n"«»x(3:)'), max_size=120)


def spelled(texts: Sequence[str]) -> list[str]:
    """Each letter is its own sound, and marks have none."""
    return ["".join(char for char in text if char.isalnum() or char == " ").strip() for text in texts]


def test_clauses_end_at_marks_that_are_followed_by_a_space() -> None:
    text = 'A fox, quick. "Why?" 3.5 times — example.com!\n\nNew'
    found = [(text[each.start : each.end], each.mark, each.paragraph) for each in clauses_of(text)]
    assert found == [
        ("A fox", ",", False),
        ("quick", ".", False),
        ('"Why', "?", False),
        ("3.5 times", "—", False),
        ("example.com", "!", True),
        ("New", "", False),
    ]


@given(TEXTS)
def test_no_letter_is_lost_and_none_is_said_twice(text: str) -> None:
    clauses = clauses_of(text)
    assert all(one.end <= other.start for one, other in pairwise(clauses))
    covered = {at for clause in clauses for at in range(clause.start, clause.end)}
    assert {at for at, char in enumerate(text) if char.isalnum()} <= covered
    assert all(clause.start <= a < b <= clause.end for clause in clauses for a, b in words_in(text, clause))


@settings(max_examples=60)
@given(TEXTS, st.integers(8, 40))
def test_each_piece_can_be_read_and_its_words_stand_in_it_in_order(text: str, most: int) -> None:
    pieces = pieces_of(text, spelled, most)
    chars = [char for piece in pieces for char, _ in piece.words]
    assert chars == sorted(chars)
    for piece in pieces:
        assert 1 <= len(piece.sounds) <= most
        assert all(0 <= at < len(piece.sounds) for _, at in piece.words)


def test_sentences_are_said_together_until_they_are_long_and_never_beyond_a_paragraph() -> None:
    short = pieces_of("One. Two, three! Four", spelled, 510)
    assert [piece.sounds for piece in short] == ["One. Two, three! Four"]
    assert short[0].words == ((0, 0), (5, 5), (10, 10), (17, 17))
    assert [piece.sounds for piece in pieces_of("One.\n\nTwo.", spelled, 510)] == ["One.", "Two."]
    long = pieces_of(" ".join(["some words here."] * 40), spelled, 510)
    assert len(long) == 5
    assert all(piece.pause_s > 0.3 for piece in long[:-1])


def test_a_word_without_end_is_cut() -> None:
    pieces = pieces_of("a" * 2000, spelled, 510)
    assert sum(len(piece.sounds) for piece in pieces) >= 2000
    assert max(len(piece.sounds) for piece in pieces) <= 510


def test_words_that_are_said_as_one_are_found_where_each_begins() -> None:
    clause = "ænd ɹˈʌnz əwˈA ʌvðə hˈWs"
    words = ["ænd", "ɹˈʌnz", "əwˈA", "ʌv", "ðə", "hˈWs"]
    starts = first_sounds(clause, words)
    assert [clause[start : start + 2] for start in starts] == ["æn", "ɹˈ", "əw", "ʌv", "ðə", "hˈ"]


@given(st.text("abc ˈ", max_size=20), st.lists(st.text("abcˈ", max_size=5), max_size=6))
def test_whatever_is_laid_beside_each_other_places_rise(clause: str, words: list[str]) -> None:
    starts = first_sounds(clause, words)
    assert len(starts) == len(words)
    assert starts == sorted(starts)
    assert all(0 <= start < max(len(clause), 1) for start in starts)


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        (
            "en-US",
            "ðə kwˈɪk bɹˈa^ʊn d^ʒˈʌmps ˌo^ʊvɚ lˈe^ɪzi fˈɜːd wˈɔːɾɚ",
            "ðə kwˈɪk bɹˈWn ʤˈʌmps ˌOvəɹ lˈAzi fˈɜɹd wˈɔTəɹ",
        ),
        ("en-GB", "t^ʃˈe^ə ɡˈə^ʊz bˈɔːt", "ʧˈɛː ɡˈQz bˈɔːt"),
        ("fr", "(en)wˈiːk(fr) lə- ʃˈa", "wˈiːk lə ʃˈa"),
        ("it", "pˈit^sːa mˈand^ʒa", "pˈiʦːa mˈanʤa"),
    ],
)
def test_sounds_are_written_as_the_model_learnt_them(language: str, written: str, read: str) -> None:
    assert as_read(written, language) == read
