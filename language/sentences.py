"""Where sentences end: the one judge of full stops, for stories, speech and captions.

What follows a stop and which word it stands behind decides most; the rest is what `sentencex` (Wikimedia, some 300
languages) says. A full stop that ends no sentence is *soft*: nothing may be broken behind it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

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
    SMALL_WORDS,
    STARTERS,
    UNITS,
)

CLOSERS = "\"'”’»›“)]}」』）】〉》〕］｝"
ENDS = ".!?…。！？｡؟۔।॥։።‼⁇⁈⁉"
_WIDE = "。！？｡"
# French sets a space before its closing quotation mark.
_STOP = re.compile(rf"[{re.escape(ENDS)}]+(?:[ \u00a0\u202f]?[»›])?[{re.escape(CLOSERS)}]*")
_LINE_END = re.compile(r"[^\S\n]*\n\s*")
_OPENING = "\"'“‘„«‹([{「『（【¿¡—–-*_#>• \u00a0\u202f\t\n"
_NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/-]*[%°€$£]?")
# “你来吗？”她问。 「行くよ！」と叫んだ。
_SAID_THERE = re.compile("と|っ|.{1,2}[说說问問道喊叫答]")
_ROMAN = re.compile(r"[IVXLCDM]+$")
_ALSO_WORDS = frozenset(["no", "or", "ok", "on", "al", "min", "art", "arch"])
_VOWELS = frozenset("aeiouyäöüáàâãéèêëíìîïóòôõúùûýąęœæøåаеёиоуыэюяієїў")
_VOWELLESS_WORDS = frozenset(["cs", "sk", "hr", "sr", "sl", "bs", "mk", "he", "ar"])
_WORDS_OF_ONE_LETTER = frozenset("aeioyuwzаевикосуя")


@dataclass(frozen=True, slots=True)
class Stops:
    """Places in a text, each behind a mark and what closes after it: where sentences end, and soft stops."""

    ends: tuple[int, ...]
    soft: frozenset[int]


def sentences(text: str, language: str = "en") -> list[str]:
    """Return the sentences of a text in order, without the space around them, none of them empty."""
    cuts = [0, *judge(text, language).ends, len(text)]
    pieces = (text[a:b].strip() for a, b in itertools.pairwise(cuts))
    return [piece for piece in pieces if piece]


@lru_cache(maxsize=32)
def judge(text: str, language: str = "en") -> Stops:
    """Return where the sentences of a text end; `language` (BCP-47) is a hint, its small words tell more.

    A line ends a sentence, unless the next one plainly goes on.
    """
    tongue = _tongue(text, language.replace("_", "-").split("-")[0].casefold())
    library: frozenset[int] | None = None
    ends: list[int] = []
    soft: list[int] = []
    for match in _STOP.finditer(text):
        at = match.end()
        spaced = at == len(text) or text[at].isspace()
        wide = any(char in _WIDE for char in match.group())
        if not spaced and not wide:
            if match.group().startswith(".") and _inside(text, match.start(), at):
                soft.append(at)
            continue
        verdict = _verdict(text, match.start(), at, tongue, begun=ends[-1] if ends else 0)
        if verdict is None:
            if library is None:
                library = _by_library(text, tongue)
            verdict = _gap_end(text, at) in library
        (ends if verdict else soft).append(at)
    quiet = frozenset(soft)
    lines = [m.start() for m in _LINE_END.finditer(text) if _breaks(text, m, quiet)]
    return Stops(tuple(sorted({*ends, *lines})), quiet)


def _inside(text: str, start: int, end: int) -> bool:
    """Whether a stop without a space behind it is part of an abbreviation that goes on, as in `c.-à-d.`."""
    return end < len(text) and text[end] in "-‐,;:" and start > 0 and text[start - 1].isalpha()


def abbreviated(before: str) -> bool:
    """Whether a text that ends with a full stop ends with an abbreviation, an initial or a number."""
    last = _last_word(before.rstrip("."))
    key = last.casefold().replace(".", "")
    return len(key) == 1 or "." in last or key.isdigit() or key in NEVER_LAST or key in MAY_BE_LAST


def _verdict(text: str, start: int, end: int, tongue: str, *, begun: int) -> bool | None:
    """Whether the marks at `start` to `end` end a sentence; None where the rules do not know.

    `begun` is where the sentence begins that the marks stand in.
    """
    after = text[end : end + 200].lstrip(_OPENING)
    if not any(char.isalnum() for char in after[:80]):
        return True
    word = _first_word(after)
    marks = text[start:end]
    if _goes_on(word):
        # “What?” he asked. I like iPhones. iPhones like me.
        return False
    if marks[0] != "." or marks.startswith("..") or "?" in marks or "!" in marks:
        return not (len(marks.strip("…")) > 1 and (_said_by(after) or _SAID_THERE.match(after)))
    if len(marks) > 1 and _said_by(after):
        return False
    last = _last_word(text[max(0, start - 40) : start])
    if not last:
        return None
    key = re.split("['’-]", last.casefold())[-1].replace(".", "")
    head = text[max(0, start - 80) : start - len(last)].rstrip(_OPENING)
    first = word.casefold().split("'")[0].split("’")[0]
    starter = first in STARTERS.get(tongue, ANY_STARTER) and not after[len(word) :].startswith(".")
    if _NUMBER.fullmatch(last):
        counting = not text[max(begun, text.rfind("\n", 0, start) + 1) : start - len(last)].strip(_OPENING)
        if not counting and _last_word(head.rstrip(".")).casefold().replace(".", "") in BEFORE_NUMBER:
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
    dated = head[-1:].isdigit() or _ROMAN.fullmatch(_last_word(head)) is not None
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
    before = _last_word(head.rstrip("."))
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


def _last_word(before: str) -> str:
    """Return the word that a text ends with, its inner stops and hyphens with it."""
    if not before or before[-1].isspace():
        return ""
    return before.rsplit(maxsplit=1)[-1].lstrip(_OPENING)


def _said_by(after: str) -> bool:
    words = re.findall(r"[^\W\d_]+", after[:60])[:3]
    return any(word.casefold() in SAYING for word in words[:2])


def _named(head: str) -> bool:
    """Whether a street's name stands before: Main St., and not St. James."""
    return _last_word(head)[:1].isupper()


def _goes_on(word: str) -> bool:
    """Whether a word cannot begin a sentence, being written small: iPhone can."""
    return word[:1].islower() and not any(char.isupper() for char in word[1:])


def _first_word(after: str) -> str:
    match = re.match(r"[\w'’-]+", after)
    return match.group() if match else after[:1]


def _cased(small: str) -> bool:
    return all(unicodedata.name(char, "").split(" ")[0] in ("LATIN", "CYRILLIC") for char in small)


def _gap_end(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _breaks(text: str, gap: re.Match[str], soft: frozenset[int]) -> bool:
    """Whether a line's end is a sentence's end: not behind a soft stop, not before a word written small."""
    if text.count("\n", gap.start(), gap.end()) > 1:
        return True
    after = text[gap.end() :]
    return gap.start() not in soft and not (after and _goes_on(_first_word(after)))


def _tongue(text: str, asked: str) -> str:
    """Return the language asked for, unless the small words of the text are plainly another's."""
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", text[:2000])]
    scores = {name: sum(word in small for word in words) for name, small in SMALL_WORDS.items()}
    best = max(scores, key=lambda name: scores[name])
    # A language without a list scores nothing: its own words must not be taken for another's by chance.
    own = scores.get(asked, len(words) / 4)
    return best if scores[best] >= max(own + 2, own * 1.3) else asked


def _by_library(text: str, tongue: str) -> frozenset[int]:
    """Return where the library begins sentences. Its answer to what it does not know is English."""
    from sentencex import get_sentence_boundaries

    return frozenset(int(found["end_index"]) for found in get_sentence_boundaries(tongue, text))
