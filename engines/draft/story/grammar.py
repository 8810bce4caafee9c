"""How English words change: articles, verbs, plurals, pronouns, and tidy sentences."""

from __future__ import annotations

import re

from engines.draft.story.lexicon import PAST_TO_BASE, PLURALS, VERBS, words_of
from language.sentences import abbreviated

_VOWEL_SOUND = re.compile(r"(?:[aeiou]|8|11\b|18\b|hour|honest|honou?r|heir|x-ray)", re.IGNORECASE)
_CONSONANT_SOUND = re.compile(
    r"(?:uni(?!n|m)|use|usu|ute|uto|euro|ewe|one\b|one-|once|ufo\b|ukulele)", re.IGNORECASE
)
_THIRD = {"be": "is", "have": "has", "do": "does", "go": "goes", "can": "can", "will": "will", "must": "must"}
_DOUBLING = words_of(
    "beat drop dig get hit hug knit let plan put row run set sit spin stop swim win skip slip hop"
)
_DOUBLING_STOP = words_of("beat row")
_ING = {
    "be": "being",
    "lie": "lying",
    "see": "seeing",
    "flee": "fleeing",
    "die": "dying",
    "tie": "tying",
    "ski": "skiing",
}


def article(phrase: str) -> str:
    """Return "a" or "an", whichever the sound of the phrase's first word wants."""
    if _CONSONANT_SOUND.match(phrase):
        return "a"
    return "an" if _VOWEL_SOUND.match(phrase) else "a"


def third_person(base: str) -> str:
    """Return what he, she or it does: walk -> walks, carry -> carries."""
    if base in _THIRD:
        return _THIRD[base]
    if re.search(r"(?:s|x|z|ch|sh|o)$", base):
        return base + "es"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ies"
    return base + "s"


def ing(base: str) -> str:
    """Return the -ing form: run -> running, bake -> baking."""
    if base in _ING:
        return _ING[base]
    if base in _DOUBLING and base not in _DOUBLING_STOP:
        return base + base[-1] + "ing"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return base + "ing"


def agree(base: str, plural: bool) -> str:
    """Return the present tense of a verb for a singular or plural third person."""
    if not plural:
        return third_person(base)
    return "are" if base == "be" else base


def _unstem(stem: str) -> str | None:
    for candidate in (
        stem,
        stem + "e",
        stem[:-1] if len(stem) > 2 and stem[-1] == stem[-2] else "",
        stem[:-1] + "y",
    ):
        if candidate in VERBS and (not candidate.endswith("y") or candidate == stem or stem.endswith("i")):
            return candidate
    return None


def base_of_third(word: str) -> str | None:
    """Return the verb behind walks, carries, goes; None where no known verb is."""
    for base in (word[:-1], word[:-2], word[:-3] + "y"):
        if base in VERBS and third_person(base) == word:
            return base
    return {"is": "be", "has": "have", "does": "do"}.get(word)


def base_of_ing(word: str) -> str | None:
    """Return the verb behind walking, running, baking; None where no known verb is."""
    if not word.endswith("ing"):
        return None
    special = {form: base for base, form in _ING.items()}
    return special.get(word) or _unstem(word[:-3])


def base_of_past(word: str) -> str | None:
    """Return the verb behind found, walked, carried; None where no known verb is."""
    if word in PAST_TO_BASE:
        return PAST_TO_BASE[word]
    return _unstem(word[:-2]) if word.endswith("ed") and len(word) > 4 else None


def is_plural_noun(word: str) -> bool:
    """Whether a noun looks plural."""
    if word in PLURALS:
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))


def singular(noun: str) -> str:
    """Return the singular of a plural noun: wolves -> wolf, foxes -> fox."""
    if noun in PLURALS:
        return PLURALS[noun]
    if re.search(r"(?:ch|sh|x|ss)es$", noun):
        return noun[:-2]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    return noun[:-1] if is_plural_noun(noun) else noun


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case and all else as it was."""
    for index, character in enumerate(text):
        if character.isalpha():
            return text[:index] + character.upper() + text[index + 1 :]
        if not (character.isspace() or character in "\"'“‘«„¿¡(—–-"):
            break
    return text


def sentence(text: str) -> str:
    """Return one tidy sentence: single spaces, a capital first, a full stop at its end, every a/an right."""
    text = re.sub(r"\s+", " ", text).strip(" ,;:-–—")
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    text = re.sub(r"([,;:])[,;:]+", r"\1", text)
    # What follows an opening sentence inside the line starts with a capital too.
    text = re.sub(
        r"(?<=[.!?]) [a-z]",
        lambda match: match.group() if abbreviated(text[: match.start()]) else match.group().upper(),
        text,
    )
    if not re.search(r"[.!?…。！？؟।।][\"'”’»)]*$", text):
        text += "."
    return capitalised(text)
