"""What the words around a full stop say of it: that it ends a sentence, that it ends none, or nothing."""

from __future__ import annotations

import re
import unicodedata

from language.abbreviations import (
    ANY_STARTER,
    BEFORE_NUMBER,
    CLOCK_ZONES,
    CLOSES_LISTS,
    LABELS,
    MAY_BE_LAST,
    MONTHS,
    NEVER_LAST,
    ORDINAL_LANGUAGES,
    OWN,
    SAYING,
    STARTERS,
    UNITS,
)

_OPENING = "\"'“‘„«‹([{「『（【¿¡—–-*_#>• \u00a0\u202f\t\n"
_NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/-]*[%°€$£]?")
# “你来吗？”她问。 「行くよ！」と叫んだ。
_SAID_THERE = re.compile("と|っ|.{1,2}[说說问問道喊叫答]")
_ROMAN = re.compile(r"[IVXLCDM]+$")
_ALSO_WORDS = frozenset(["no", "or", "ok", "on", "al", "min", "art", "arch"])
_VOWELS = frozenset("aeiouyäöüáàâãéèêëíìîïóòôõúùûýąęœæøåаеёиоуыэюяієїў")
_VOWELLESS_WORDS = frozenset(["cs", "sk", "hr", "sr", "sl", "bs", "mk", "he", "ar"])
_WORDS_OF_ONE_LETTER = frozenset("aeioyuwzаевикосуя")


def ends_sentence(text: str, start: int, end: int, tongue: str, *, begun: int) -> bool | None:
    """Whether the marks at `start` to `end` end a sentence; None where the rules do not know.

    `begun` is where the sentence begins that the marks stand in.
    """
    after = text[end : end + 200].lstrip(_OPENING)
    if not any(char.isalnum() for char in after[:80]):
        return True
    word = first_word(after)
    marks = text[start:end]
    if goes_on(word):
        # “What?” he asked. I like iPhones. iPhones like me.
        return False
    if marks[0] != "." or marks.startswith("..") or "?" in marks or "!" in marks:
        return not (len(marks.strip("…")) > 1 and (_said_by(after) or _SAID_THERE.match(after)))
    if len(marks) > 1 and _said_by(after):
        return False
    last = last_word(text[max(0, start - 40) : start])
    if not last:
        return None
    key = re.split("['’-]", last.casefold())[-1].replace(".", "")
    head = text[max(0, start - 80) : start - len(last)].rstrip(_OPENING)
    first = word.casefold().split("'")[0].split("’")[0]
    starter = first in STARTERS.get(tongue, ANY_STARTER) and not after[len(word) :].startswith(".")
    if _NUMBER.fullmatch(last):
        counting = not text[max(begun, text.rfind("\n", 0, start) + 1) : start - len(last)].strip(_OPENING)
        if not counting and last_word(head.rstrip(".")).casefold().replace(".", "") in BEFORE_NUMBER:
            return True  # Bd. 2. Dort
        return _after_number(last, word, tongue, starter=starter, counting=counting)
    if key in OWN.get(tongue, ()) or (
        word[0].isdigit()
        and (
            key in BEFORE_NUMBER
            or key in NEVER_LAST
            or key in MONTHS
            or key.endswith(("str", "nr"))
            or (key == "h" and tongue == "fr")
        )
    ):
        return False
    if head[-1:].isdigit() and key in UNITS:
        return starter or tongue != "de"  # 5 km. The ..., 2 Std. Pause
    dated = head[-1:].isdigit() or _ROMAN.fullmatch(last_word(head)) is not None
    if last in ("r", "г", "гг") and dated and len(text[begun:start].split()) > 3:
        return True  # ... w 1945 r. Zginęły, but W 1945 r. Niemcy
    if len(key) == 1 and len(last) == 1:
        return _after_letter(last, head, word, tongue, starter)
    if _ROMAN.fullmatch(last) and key not in NEVER_LAST:
        return starter if tongue in ORDINAL_LANGUAGES else True
    known = _after_abbreviation(last, key, head, word, tongue, starter)
    if known is None and (len(marks) > 1 or (len(last) > 3 and after[1:2] == ".")):
        return True  # (He was late.) Nobody minded. She sang. J. Cash listened.
    return known


def _after_abbreviation(last: str, key: str, head: str, word: str, tongue: str, starter: bool) -> bool | None:
    if key in CLOSES_LISTS and key not in ("др", "пр"):
        return True
    if key in ("pm", "am"):
        return word.casefold() not in CLOCK_ZONES | MONTHS
    if key in ("st", "sr", "ft", "dr") and _named(head) and tongue == "en":
        return starter  # Main St. The ..., King Sr. He ...
    if key in _ALSO_WORDS:
        return starter if key in ("al", "min", "art", "arch") else True
    if key in NEVER_LAST:
        return False
    if key in MAY_BE_LAST:
        return starter
    if "." in last and all(len(part) <= 3 for part in last.split(".")):
        return starter  # U.N., Ph.D., whatever they are
    small = last.casefold()
    vowelless = len(small) > 1 and small.isalpha() and not _VOWELS & set(small)
    acronym = sum(char.isupper() for char in last) > 1
    if vowelless and _cased(small) and not acronym and tongue not in _VOWELLESS_WORDS:
        return starter
    return None


def _after_number(last: str, word: str, tongue: str, *, starter: bool, counting: bool) -> bool:
    if word.casefold() in MONTHS or counting:
        return False  # 5. Nov; 1. Boil the water.
    if tongue in ORDINAL_LANGUAGES and last.isdigit() and len(last) <= 3:
        # Only German writes its nouns with capitals: der 2. Weltkrieg.
        return not word[0].isdigit() and (starter or tongue != "de")
    return True


def _after_letter(last: str, head: str, word: str, tongue: str, starter: bool) -> bool:
    """One letter: an initial, half an abbreviation (z. B.), a unit (5 m.), a label (Plan B.), or the word I."""
    before = last_word(head.rstrip("."))
    chained = head.endswith(".") and len(before) == 1
    if chained and before + last in ("pm", "am"):
        return word.casefold() not in CLOCK_ZONES
    if last.islower():
        if before.isdigit() or _ROMAN.fullmatch(before) or chained or last in "гr":
            return starter  # 5 m. The ..., 1799 г. Он ..., и т. д. Потом
        return (
            last in _WORDS_OF_ONE_LETTER
            and starter
            and not chained
            and tongue not in ("de", "nl", "ru", "es")
        )
    if before.casefold() in LABELS:
        return True
    if last == "I" and tongue == "en" and before.islower():
        return True
    if chained:
        # The last letter of U. S. or a. C. may end a sentence; one of J. R. R. Tolkien does not.
        return starter and (before.islower() or tongue != "en" or before in "US")
    if tongue == "fr" and last == "M":
        return False
    return starter and before.islower() and last not in "DS"


def last_word(before: str) -> str:
    """Return the word that a text ends with, its inner stops and hyphens with it."""
    if not before or before[-1].isspace():
        return ""
    return before.rsplit(maxsplit=1)[-1].lstrip(_OPENING)


def _said_by(after: str) -> bool:
    words = re.findall(r"[^\W\d_]+", after[:60])[:3]
    return any(word.casefold() in SAYING for word in words[:2])


def _named(head: str) -> bool:
    """Whether a street's name stands before: Main St., and not St. James."""
    return last_word(head)[:1].isupper()


def goes_on(word: str) -> bool:
    """Whether a word cannot begin a sentence, being written small: iPhone can."""
    return word[:1].islower() and not any(char.isupper() for char in word[1:])


def first_word(after: str) -> str:
    """Return the word that a text begins with, or its first character."""
    match = re.match(r"[\w'’-]+", after)
    return match.group() if match else after[:1]


def _cased(small: str) -> bool:
    return all(unicodedata.name(char, "").split(" ")[0] in ("LATIN", "CYRILLIC") for char in small)
