"""Which words mean a place, a time, a weather, a season, a mood, a shot or a colour, in seven languages."""

from __future__ import annotations

import re

from engines.draft.tables import read_table

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)


def tokens(text: str) -> list[str]:
    """Return the words of a text, case folded, in order; at most 1,000 of them."""
    return [match.group().replace("’", "'") for match in _WORD.finditer(text[:20_000].casefold())][:1000]


def _table(rows: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): name for name, phrases in rows.items() for phrase in phrases.split(", ")}


_TABLE = read_table(__file__)
PLACES = _table(_TABLE["places"])

TIMES = _table(_TABLE["times"])

WEATHERS = _table(_TABLE["weathers"])

SEASONS = _table(_TABLE["seasons"])

MOODS = _table(_TABLE["moods"])

SHOTS = _table(_TABLE["shots"])

COLOURS = _table(_TABLE["colours"])

COUNTS: dict[str, int] = _TABLE["counts"]

STOPWORDS: dict[str, str] = _TABLE["stopwords"]


SMALL_WORDS = frozenset(word for line in STOPWORDS.values() for word in line.split())


def spans(words: list[str], table: dict[tuple[str, ...], str]) -> list[tuple[int, int, str]]:
    """Return (start, length, name) of each phrase of the table that the words contain, in order."""
    longest = max(map(len, table))
    found = []
    for start in range(len(words)):
        for length in range(min(longest, len(words) - start), 0, -1):
            name = table.get(tuple(words[start : start + length]))
            if name is not None:
                found.append((start, length, name))
                break
    return found


def language_of(words: list[str]) -> str:
    """Return the language whose small words stand most often in the text, "en" when none does."""
    best, most = "en", 0
    for language, line in STOPWORDS.items():
        known = frozenset(line.split())
        score = sum(word in known for word in words[:200])
        if score > most:
            best, most = language, score
    return best


SETTINGS = frozenset(
    phrase[0]
    for table in (PLACES, TIMES, WEATHERS, SEASONS, MOODS, SHOTS, COLOURS)
    for phrase in table
    if len(phrase) == 1
)
"""Single words that set a scene: no thing is shown for them unless our own synonyms say so."""
