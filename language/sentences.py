"""Where sentences end: the one judge of full stops, for stories, speech and captions.

What follows a stop and which word it stands behind decides most; the rest is what `sentencex` (Wikimedia, some 300
languages) says. A full stop that ends no sentence is *soft*: nothing may be broken behind it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from language.abbreviations import MAY_BE_LAST, NEVER_LAST, SMALL_WORDS
from language.verdicts import ends_sentence, first_word, goes_on, last_word

CLOSERS = "\"'”’»›“)]}」』）】〉》〕］｝"
ENDS = ".!?…。！？｡؟۔।॥։።‼⁇⁈⁉"
_WIDE = "。！？｡"
# French sets a space before its closing quotation mark.
_STOP = re.compile(rf"[{re.escape(ENDS)}]+(?:[ \u00a0\u202f]?[»›])?[{re.escape(CLOSERS)}]*")
_LINE_END = re.compile(r"[^\S\n]*\n\s*")


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
        verdict = ends_sentence(text, match.start(), at, tongue, begun=ends[-1] if ends else 0)
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
    last = last_word(before.rstrip("."))
    key = last.casefold().replace(".", "")
    return len(key) == 1 or "." in last or key.isdigit() or key in NEVER_LAST or key in MAY_BE_LAST


def _gap_end(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _breaks(text: str, gap: re.Match[str], soft: frozenset[int]) -> bool:
    """Whether a line's end is a sentence's end: not behind a soft stop, not before a word written small."""
    if text.count("\n", gap.start(), gap.end()) > 1:
        return True
    after = text[gap.end() :]
    return gap.start() not in soft and not (after and goes_on(first_word(after)))


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
