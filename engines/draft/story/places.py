"""Which kinds of place the rules know, and which of them some words speak of."""

from __future__ import annotations

from engines.draft.scene.film_talk import speaks
from engines.draft.scene.words import PLACES as PAINTED_PLACES
from engines.draft.scene.words import language_of, spans, tokens
from engines.draft.story.lexicon import words_of
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


def also_in(brief: str, scenery: str) -> list[str]:
    """Return the further places that a brief names outright, at most two."""
    words = brief.lower().replace(",", " ").replace(".", " ").split()
    return [name for name in _NAMED if name != scenery and _NAMED[name] & set(words)][:2]


_NAMED: dict[str, frozenset[str]] = {
    "village": frozenset({"village", "town"}), "city": frozenset({"city", "streets"}), "forest": frozenset({"forest", "woods"}),
    "mountain": frozenset({"mountain", "mountains"}), "sea": frozenset({"sea", "ocean", "harbour", "harbor", "beach"}),
    "desert": frozenset({"desert"}), "river": frozenset({"river", "lake"}), "farm": frozenset({"garden", "meadow"}),
    "room": frozenset({"kitchen", "bread", "bake", "cook"}),
}  # fmt: skip


def scenery_abroad(brief: str) -> str:
    """Return the kind of place that a brief in any language the painter reads speaks of, else ""."""
    words = tokens(brief)
    language = language_of(words)
    for start, length, name in spans(words, PAINTED_PLACES):
        if length > 1 or speaks(words[start], language):
            return _PAINTED.get(name, "")
    return next((kind for word in words for kind, hints in _HINTS.items() if word in hints), "")


_PAINTED = {
    "harbour": "sea", "sea": "sea", "beach": "sea", "cliff": "sea", "island": "sea", "underwater": "underwater", "arctic": "snow",
    "mountains": "mountain", "jungle": "forest", "forest": "forest", "desert": "desert", "street": "city", "city": "city",
    "village": "village", "river": "river", "lake": "river", "garden": "farm", "field": "farm", "greenhouse": "farm", "room": "room",
    "planet": "space", "space": "space", "sky": "sky",
}  # fmt: skip
_HINTS = {
    "sea": words_of("fischer seemann matrose schiff boot wal flaschenpost leuchtturm leuchtturmwärter pêcheur marin bateau navire baleine "
        "phare pescador marinero barco ballena faro pescatore nave balena farol baleia visser schip walvis"),
    "room": words_of("bäcker brot boulanger pain panadero fornaio oma opa großmutter katze"),
    "village": words_of("bauer dorfplatz paysan"),
    "space": words_of("astronaut astronautin astronaute astronauta rakete fusée cohete"),
}  # fmt: skip
