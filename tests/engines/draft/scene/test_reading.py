"""Which words of a prompt are read as things, and which are left to camera, light, mood and grammar."""

from __future__ import annotations

import pytest

from engines.draft.scene.lexicon import lexicon
from engines.draft.scene.reading import read


def seen(prompt: str) -> set[str]:
    named = {glyph: emoji for emoji, glyph in lexicon().emoji.items()}
    return {named.get(noun.glyph, noun.glyph) for noun in read(prompt).nouns}


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a fox, small in the frame, aerial view", {"🦊"}),
        ("a whale in driving rain, soft rose light, distant lightning", {"🐋"}),
        ("a robot in a workshop, tools on the walls, metal parts, a bench", {"🤖"}),
        ("over-the-shoulder shot of a girl, warm rim light, golden hour", {"👧"}),
        ("A young runner trains for the marathon", {"🏃"}),
        ("the whale saves the harbour", {"🐋"}),
        ("an old man watches the sea", {"👴"}),
        ("a coffee cup in warm lamp light", {"☕"}),
        ("a street without cars, a cat", {"🐈"}),
        ("a girl named Rose and a horse", {"👧", "🐎"}),
        ("a family in the snow", {"👨", "👩", "🧒"}),
        ("ein alter Mann und ein Hund am See", {"👴", "🐕"}),
        ("un vieux pêcheur et son chien", {"👴", "🐕"}),
    ],
)
def test_only_what_is_to_be_seen_is_read(prompt: str, wanted: set[str]) -> None:
    assert seen(prompt) == wanted


def test_a_look_at_the_end_of_a_long_phrase_leaves_its_subject() -> None:
    assert seen("an old lighthouse on a rocky island with dramatic lighting") == {":lighthouse"}


def test_colours_of_the_light_are_no_colours_of_things() -> None:
    text = read("a fox in a forest, deep blue shadows")
    assert {text.words[index] for index in text.looks} >= {"blue", "shadows"}
