"""Whether moods are found by name and by the words of a prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.moods import MOODS, find_mood, mood_of_prompt, nearest_mood


def test_the_promised_moods_are_there() -> None:
    promised = "ambient dramatic happy sad calm epic mysterious hopeful playful tense romantic adventurous"
    assert {mood.name for mood in MOODS} >= set(promised.split())


def test_no_word_means_two_moods() -> None:
    words = [word for mood in MOODS for word in (mood.name, *mood.words)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "mood"), [("epci", "epic"), ("cheerful", "happy"), ("melancholic", "sad"), ("zzzz", "calm")]
)
def test_an_unknown_mood_has_a_nearest_name(name: str, mood: str) -> None:
    assert find_mood(name) is None
    assert nearest_mood(name) == mood


@pytest.mark.parametrize(
    ("prompt", "mood"),
    [
        ("A heroic battle theme, grand and EPIC", "epic"),
        ("gentle lullaby for a sleeping child", "calm"),
        ("suspense, a chase through fog", "tense"),
        ("love at first sight", "romantic"),
    ],
)
def test_words_of_a_prompt_choose_the_mood(prompt: str, mood: str) -> None:
    found = mood_of_prompt(prompt)
    assert found is not None
    assert found.name == mood


def test_a_prompt_without_a_known_word_chooses_nothing() -> None:
    assert mood_of_prompt("qwerty 123 😀") is None


@given(st.text(max_size=40))
def test_there_is_always_a_nearest_mood(name: str) -> None:
    assert find_mood(nearest_mood(name)) is not None
