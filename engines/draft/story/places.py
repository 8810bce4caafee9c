"""Which kinds of place the rules know, and which of them some words speak of."""

from __future__ import annotations

from engines.draft.story.lines.homes import HOMES
from engines.draft.story.lines.nature import NATURE
from engines.draft.story.lines.place import Place

PLACES: dict[str, Place] = NATURE | HOMES


def scenery_of(words: list[str], fallback: str = "hills") -> str:
    """Return the kind of place that the words speak of most, the earlier word deciding a tie."""
    scores: dict[str, int] = {}
    for word in words:
        for name, place in PLACES.items():
            if word in place.words or (word.endswith("s") and word[:-1] in place.words):
                scores[name] = scores.get(name, 0) + 1
    return max(scores, key=lambda name: scores[name]) if scores else fallback
