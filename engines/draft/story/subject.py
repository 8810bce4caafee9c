"""How English speaks of a subject: met for the first time, spoken of again, and by its pronoun."""

from __future__ import annotations

import re

from engines.draft.story import grammar
from engines.draft.story.idea import Subject
from engines.draft.story.lexicon import (
    ADJECTIVES,
    CREATURES,
    DETERMINERS,
    GROUPS,
    HE,
    NAMES_HE,
    NAMES_SHE,
    NUMBERS,
    PARTICIPLES,
    PEOPLE,
    SHE,
    words_of,
)

_FORMS = {
    "he": ("he", "him", "his", "himself", False),
    "she": ("she", "her", "her", "herself", False),
    "it": ("it", "it", "its", "itself", False),
    "they": ("they", "them", "their", "themselves", True),
}
_FIRST_PERSONS = {
    "i": Subject("I", "I", "I", False, "I", "me", "my", "myself", True, 1),
    "we": Subject("we", "we", "we", True, "we", "us", "our", "ourselves", True, 1),
    "you": Subject("you", "you", "you", False, "you", "you", "your", "yourself", True, 2),
    "he": Subject("he", "he", "man", False, "he", "him", "his", "himself", False),
    "she": Subject("she", "she", "woman", False, "she", "her", "her", "herself", False),
    "it": Subject("it", "it", "it", False, "it", "it", "its", "itself", False),
    "they": Subject("they", "they", "people", True),
}
_ADJECTIVE_ENDING = re.compile(r"(?:ful|less|ous|ish|able|ible|est|-old|-eyed|-sized|ive)$")
_POSSESSIVES = words_of("my your his her its our their this that these those every")


def make_subject(core: list[str], modifiers: list[str], clause: str) -> Subject | None:
    """Return the subject that the words of a noun phrase make; None where no word is left."""
    words = [word.strip('"“”«»„,;:()[]') for word in core]
    words = [word for word in words if word]
    if len(words) > 1 and words[-1].lower() in ("alone", "together"):
        words.pop()
    if not words:
        return None
    first = words[0].lower()
    if len(words) == 1 and first in _FIRST_PERSONS:
        return _FIRST_PERSONS[first]
    if "and" in [word.lower() for word in words]:
        return _pair(words, modifiers, clause)
    nouns = _nouns_of(words)
    head = nouns[-1].lower()
    named = _given_name(modifiers)
    proper = first not in DETERMINERS | NUMBERS and _is_name(words, head, clause)
    plural = not proper and (
        (first in NUMBERS and first != "one") or _plural_head(head, first) or grammar.is_plural_noun(first)
    )
    single = grammar.singular(head) if plural else head
    pronoun = "they" if plural else _pronoun(named.lower() if named else single, single, clause)
    they, them, their, themself, speaks_plural = _FORMS[pronoun]
    full = " ".join(words) if proper else _with_determiner(words, plural)
    if modifiers:
        full = f"{full} {' '.join(modifiers)}".rstrip(",;: ")
    short = named or (" ".join(nouns) if proper else _definite(words, nouns))
    return Subject(
        full=full, short=short, head=single, plural=plural, they=they, them=them, their=their,
        themself=themself,
        speaks_plural=speaks_plural, animate=proper or bool(named) or _alive(single) or _has_character(words),
    )  # fmt: skip


def _pair(words: list[str], modifiers: list[str], clause: str) -> Subject:
    split = [word.lower() for word in words].index("and")
    left = make_subject(words[:split], [], "")
    right = make_subject(words[split + 1 :], modifiers, "")
    if left is None or right is None:
        kept = left or right or make_subject(["someone"], [], clause)
        assert kept is not None  # noqa: S101  # "someone" is a noun phrase
        return kept
    they, them, their, themself, _ = _FORMS["they"]
    return Subject(
        full=f"{left.full} and {right.full}", short=f"{left.short} and {right.short}", head=left.head,
        plural=True,
        they=they, them=them, their=their, themself=themself, animate=left.animate or right.animate,
    )  # fmt: skip


def _nouns_of(words: list[str]) -> list[str]:
    """Return the words without determiners, numbers and adjectives; at least the last word."""
    start = 0
    while start < len(words) - 1:
        word = words[start].lower()
        adjective = word in ADJECTIVES or word in PARTICIPLES or _ADJECTIVE_ENDING.search(word)
        if not (word in DETERMINERS | NUMBERS or adjective or word.endswith(("'s", "’s"))):
            break
        start += 1
    return words[start:][-3:]


def _given_name(modifiers: list[str]) -> str | None:
    for index, word in enumerate(modifiers[:-1]):
        if word.lower() in ("named", "called") and modifiers[index + 1][:1].isupper():
            return modifiers[index + 1].strip(",.;:\"'")
    return None


def _is_name(words: list[str], head: str, clause: str) -> bool:
    capitals = [word for word in words if word[:1].isupper()]
    if head in NAMES_HE | NAMES_SHE:
        return True
    if len(words) > 1:
        return len(capitals) == len(words)
    # One capital at the start of a sentence says nothing, unless the word is unknown and a verb follows it.
    return (
        bool(capitals) and len(clause.split()) > 1 and not _alive(head) and not grammar.is_plural_noun(head)
    )


def _plural_head(head: str, first: str) -> bool:
    if first in ("a", "an", "one", "this", "every", "each"):
        return False
    if head in ("fish", "sheep", "deer"):
        return False
    return grammar.is_plural_noun(head) or head in GROUPS - frozenset(
        ("couple", "family", "crew", "team", "band", "tribe")
    )


def _pronoun(name: str, noun: str, clause: str) -> str:
    for word in (name, noun):
        if word in HE | NAMES_HE:
            return "he"
        if word in SHE | NAMES_SHE:
            return "she"
    said = f" {clause.lower()} "
    if noun in PEOPLE or name != noun or noun in CREATURES:
        if re.search(r"\b(?:his|he|him)\b", said):
            return "he"
        if re.search(r"\b(?:her|she)\b", said):
            return "she"
    return "they" if noun in PEOPLE or (name != noun and noun not in CREATURES) else "it"


def _alive(noun: str) -> bool:
    return noun in HE or noun in SHE or noun in PEOPLE or noun in CREATURES or noun in GROUPS


def _has_character(words: list[str]) -> bool:
    """Whether the words give a thing a character of its own: a brave little tugboat acts."""
    return any(word.lower() in _CHARACTER for word in words[:-1])


def _with_determiner(words: list[str], plural: bool) -> str:
    first = words[0].lower()
    rest = " ".join(words[1:])
    if first in DETERMINERS or first in NUMBERS or first.endswith(("'s", "’s")):
        if first in ("a", "an") and rest:
            return f"{grammar.article(rest)} {rest}"
        return f"{first} {rest}".strip()
    phrase = " ".join([_lowered(words[0]), *words[1:]])
    return phrase if plural or _mass(words[-1]) else f"{grammar.article(phrase)} {phrase}"


def _lowered(word: str) -> str:
    return word if word.isupper() and len(word) > 1 else word[:1].lower() + word[1:]


def _mass(word: str) -> bool:
    plain = word.lower()
    return plain in _MASS | _KIN or (len(plain) > 5 and plain.endswith(("ness", "ity")))


_CHARACTER = words_of(
    "lonely brave shy curious clever happy grumpy cheerful nervous fearless reluctant humble proud lazy bold "
    "tired sleepy kind angry sad clumsy wise stubborn friendly jealous naughty"
)
_KIN = words_of(
    "mom mum dad mommy mummy daddy grandma grandpa santa god someone somebody everyone everybody nobody"
)
_MASS = words_of(
    "love water rain snow fire music time life death hope fear light silence nature peace war joy grief "
    "freedom coffee tea bread ice sand wind winter summer spring autumn traffic darkness art science "
    "chocolate wine"
)


def _definite(words: list[str], nouns: list[str]) -> str:
    first = words[0].lower()
    named = [_lowered(nouns[0]) if nouns[0] is words[0] else nouns[0], *nouns[1:]]
    phrase = " ".join(named)
    if nouns == words and _mass(words[-1]):
        return phrase
    owned = any(word.endswith(("'s", "’s")) for word in words)
    if first in _POSSESSIVES and not owned:
        return f"{first} {phrase}" if nouns != words else phrase
    owner = next((word for word in words if word.endswith(("'s", "’s"))), None)
    if owner:
        lead = " ".join(words[: words.index(owner) + 1])
        return f"{_lowered(lead)} {phrase}"
    return f"the {phrase}"
