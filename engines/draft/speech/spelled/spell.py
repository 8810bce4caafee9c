"""Which pieces of a text are not said as they are written, and how they are said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engines.draft.speech.spelled import addresses, amounts, calendar, rulers, shortened
from engines.draft.speech.spelled.tongue import Tongue, tongue

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]


@dataclass(frozen=True, slots=True)
class Change:
    """Characters `start` to `end` of a text, and what is said in their place."""

    start: int
    end: int
    said: str


def changes(text: str, language: str) -> tuple[Change, ...]:
    """Return what is said in place of what is written, in order, without overlaps; nothing for other languages."""
    words = tongue(language)
    if words is None:
        return ()
    taken = bytearray(len(text))
    found: list[Change] = []
    for pattern, say in _rules(words):
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            said = say(match)
            if said is not None:
                taken[start:end] = b"\x01" * (end - start)
                found.append(Change(start, end, said))
    return tuple(sorted(found, key=lambda change: change.start))


def spell(text: str, language: str) -> str:
    """Return a text as it is said."""
    pieces, at = [], 0
    for change in changes(text, language):
        pieces += [text[at : change.start], change.said]
        at = change.end
    return "".join([*pieces, text[at:]])


@lru_cache(maxsize=16)
def _rules(words: Tongue) -> Sequence[Rule]:
    """The rules of a language, the surest first: what one has taken, no later one sees."""
    return tuple(_all_rules(words))


def _all_rules(words: Tongue) -> Iterator[Rule]:
    yield from addresses.rules(words)
    yield from shortened.surest(words)
    yield from calendar.rules(words)
    yield from amounts.rules(words)
    yield from rulers.rules(words)
    yield from amounts.plain_numbers(words)
    yield from shortened.rules(words)
