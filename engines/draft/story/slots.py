"""How a line with slots becomes an English sentence about the subject of a brief."""

from __future__ import annotations

import re

from engines.draft.story import grammar
from engines.draft.story.grammar import base_of_third, is_plural_noun
from engines.draft.story.idea import Idea, Subject
from engines.draft.story.lexicon import CONJUNCTIONS, PREPOSITIONS, words_of
from engines.draft.story.places import PLACES
from engines.draft.story.subject import make_subject

_DONE_TO_THINGS = words_of(
    "discover find befriend meet build plant save rescue see open catch repair fix create invent "
    "protect adopt grow guard "
    "raise free hatch heal uncover choose keep carry follow encounter"
)
_OPENERS = words_of("a an the his her their its my our your one")
_MID_WORDS = words_of(
    "how why what when where who happy merry thank congratulations top tips facts explaining"
)
_PRONOUNS = frozenset(("I", "we", "you", "he", "she", "it", "they"))
_VERB = re.compile(r"\[([a-z]+)\]|<([a-z]+)>")
_SLOT = re.compile(r"\{(\w+)\}")


def slots_of(idea: Idea) -> dict[str, str]:
    """Return what each slot says for this idea; a slot that the brief cannot fill is missing."""
    where = idea.place or PLACES[idea.scenery].where
    slots = {"where": where, "topic": _mid_sentence(idea.clause or idea.brief)}
    subject = idea.subject
    if subject:
        slots |= {"s": subject.full, "the": subject.short, "they": subject.they, "them": subject.them,
                  "their": subject.their, "self": subject.themself}  # fmt: skip
        slots["clause_s"] = grammar.capitalised(idea.clause or subject.full)
        if idea.kind in ("view", "promo") and idea.place and idea.place not in subject.full:
            slots["s"] = f"{subject.full} {idea.place}"
        if idea.kind == "view" and idea.action:
            slots["s"] = f"{subject.full} {grammar.ing(idea.action.base)} {idea.action.rest}".strip()
        if idea.action:
            verb = conjugate(idea.action.base, subject)
            slots["act"] = f"{verb} {idea.action.rest}".strip()
            slots["act1"] = f"{verb} {idea.action.short_rest}".strip()
            known = _object(idea.action.base, idea.action.short_rest)
            if known:
                slots["obj"] = known
    if idea.goal:
        slots["goal"] = idea.goal
    return slots


def _mid_sentence(text: str) -> str:
    first = text.split(" ", 1)[0]
    plain = first.lower() in _OPENERS or first.lower() in _MID_WORDS
    return first.lower() + text[len(first) :] if plain else text


def _object(base: str, rest: str) -> str | None:
    """Return what the action is done to, as something already spoken of: "a garden on Mars" gives "the
    garden"."""
    words = rest.split()
    if base not in _DONE_TO_THINGS or len(words) < 2 or words[0].lower() not in _OPENERS:
        return None
    end = next(
        (
            at
            for at, word in enumerate(words)
            if at and word.lower().strip(",;") in PREPOSITIONS | CONJUNCTIONS
        ),
        None,
    )
    phrase = [word.rstrip(",;") for word in words[:end]]
    if len(phrase) < 2 or any(base_of_third(word) and not is_plural_noun(word) for word in phrase[1:]):
        return None
    met = make_subject(phrase, [], "")
    return met.short if met else None


def render(line: str, slots: dict[str, str], subject: Subject | None) -> str | None:
    """Return the line as a sentence, or None where the brief cannot fill one of its slots."""
    if any(name not in slots for name in _SLOT.findall(line)):
        return None
    if subject is None:
        if _VERB.search(line):
            return None
        said = line
    else:
        speaks = subject.full in _PRONOUNS
        if speaks and ("{s}" in line or "there [be]" in line):
            return None
        if speaks:
            line = re.sub(r"\{the\}(?! \[)", "{them}", line)
        said = _VERB.sub(lambda match: _verb(match, subject), line)
    said = _SLOT.sub(lambda match: slots[match.group(1)], said)
    return grammar.sentence(said)


def conjugate(base: str, subject: Subject) -> str:
    """Return the present tense of a verb for the subject."""
    if subject.person != 3:
        return {"be": "am" if subject.head == "I" else "are"}.get(base, base)
    return grammar.agree(base, subject.plural)


def _verb(match: re.Match[str], subject: Subject) -> str:
    if match.group(1):
        return conjugate(match.group(1), subject)
    if subject.person != 3:
        return conjugate(match.group(2), subject)
    return grammar.agree(match.group(2), subject.speaks_plural)


def tagged(block: str, tone: str) -> tuple[list[str], list[str]]:
    """Return the lines of a block that any tone may say, and those that only this tone says."""
    anyone: list[str] = []
    own: list[str] = []
    for raw in block.strip().splitlines():
        tags, bar, line = raw.strip().partition("| ")
        if not bar:
            anyone.append(raw.strip())
        elif tone in tags.split():
            own.append(line)
    return anyone, own
