"""Where a phrase says that something happens."""

from __future__ import annotations

import re

from engines.draft.story import grammar
from engines.draft.story.lexicon import CONJUNCTIONS, PLACE_PREPOSITIONS, PREPOSITIONS, RELATIVES, words_of
from engines.draft.story.places import PLACES

PLACE_WORDS = frozenset().union(*(place.words for place in PLACES.values())) | words_of(
    "top bottom middle edge end center centre night-sky shelter roof balcony corner building zoo prison "
    "base station lab country land north south east west pole tower hall yard backyard neighborhood "
    "neighbourhood suburb district shop"
)
_STANDING = {
    "into": "in",
    "onto": "on",
    "through": "in",
    "across": "in",
    "down": "on",
    "up": "on",
    "past": "near",
}
"""Where somebody is who moves into, through or up something."""


def place_in(phrase: str) -> str | None:
    """Return the place that a phrase speaks of, with its preposition, or None."""
    return place_of(phrase.split())


def bare_word(word: str) -> str:
    """Return a word in lower case, without the marks around it."""
    return re.sub(r"^[^\w]+|[^\w]+$", "", word).lower()


def place_of(words: list[str]) -> str | None:
    """Return the first phrase of place among the words, with its preposition: "on a remote island"."""
    plain = [bare_word(word) for word in words]
    for index, word in enumerate(plain):
        if word not in PLACE_PREPOSITIONS or index + 1 >= len(plain):
            continue
        if word in ("to", "from", "toward", "towards", "about"):
            continue
        stop = index + 1
        while stop < len(plain) and not _stops(plain, words, index, stop):
            stop += 1
        phrase = plain[index + 1 : stop]
        proper = any(piece[0].isupper() for piece in words[index + 1 : stop] if piece[:1].isalpha())
        known = any(
            item in PLACE_WORDS or (item.endswith("s") and item[:-1] in PLACE_WORDS) for item in phrase[-2:]
        )
        if phrase and (known or (proper and word in ("in", "on", "at", "near", "over", "across", "through"))):
            preposition = _STANDING.get(word, word)
            return " ".join([preposition, *words[index + 1 : stop]]).rstrip(".,;:!? ")
    return None


def _stops(plain: list[str], words: list[str], start: int, index: int) -> bool:
    word = plain[index]
    if index > start + 1 and words[index - 1].endswith((",", ";", ":")):
        return True
    if word in ("of",):
        return False
    if word in PREPOSITIONS or word in CONJUNCTIONS or word in RELATIVES:
        return True
    return index > start + 2 and (bool(grammar.base_of_third(word)) and word not in PLACE_WORDS)
