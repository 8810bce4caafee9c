"""What of a brief can be seen: how its subject looks, and which things stand beside it."""

from __future__ import annotations

import re
from functools import lru_cache

from engines.draft.scene.reading import read
from engines.draft.story import grammar
from engines.draft.story.idea import Idea, Subject
from engines.draft.story.lexicon import NAMES_HE, NAMES_SHE, NUMBERS

_PRONOUNS = {"I": "a person", "we": "a group of friends", "you": "a person", "he": "a man", "she": "a woman"}
_CUT = re.compile(r"\s+(?:that|which|who|whose|for|because|so)\s+", re.IGNORECASE)
_VAGUE = frozenset({"friend", "friends", "someone", "person", "people", "everyone"})
_OPENERS = frozenset({"a", "an", "one", "his", "her", "their", "its", "my", "our", "your", "the"}) | NUMBERS


def looks_of(subject: Subject) -> str:
    """Return the subject as a picture names it: a given name with what it is, a product by its kind."""
    full = _PRONOUNS.get(subject.full, subject.full)
    first = full.split()[0].lower().strip(",")
    name, comma, kind = full.partition(", ")
    if comma and kind:
        return _CUT.split(kind)[0]
    if first in NAMES_SHE and len(full.split()) == 1:
        return f"a girl named {full}"
    if first in NAMES_HE and len(full.split()) == 1:
        return f"a boy named {full}"
    return _CUT.split(name)[0]


def companions(idea: Idea) -> list[str]:
    """Return the other things of the brief that can be seen, as noun phrases in its own order."""
    if idea.subject is None:
        return []
    return list(_beside(idea.brief, looks_of(idea.subject)))


@lru_cache(maxsize=64)
def _beside(brief: str, subject: str) -> tuple[str, ...]:
    text = read(brief)
    own = {noun.glyph for noun in read(subject).nouns}
    found: list[str] = []
    shown: set[str] = set()
    for noun in text.nouns:
        if noun.glyph in own | shown or text.words[noun.start + noun.length - 1] in _VAGUE:
            continue
        shown.add(noun.glyph)
        opener = next(
            (at for at in range(noun.start - 1, max(-1, noun.start - 4), -1) if text.words[at] in _OPENERS),
            None,
        )
        start = noun.start if opener is None else opener + 1
        phrase = " ".join(text.words[start : noun.start + noun.length])
        before = text.words[opener] if opener is not None else ""
        if before in NUMBERS:
            phrase = f"{before} {phrase}"
        elif before and not grammar.is_plural_noun(phrase.split()[-1]):
            phrase = f"{grammar.article(phrase)} {phrase}"
        if phrase not in found:
            found.append(phrase)
    return tuple(found[:3])
