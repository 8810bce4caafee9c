"""Which way the rows of a caption are read, and what its files say of it.

A caption is one paragraph of UAX #9 however its rows were broken: the direction of its first letter is that of
every row (rules P2 and P3). Players judge each row by itself, so a row that they would get wrong has a mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_MARKS = "\u200e", "\u200f"
"""LRM and RLM: letters without a glyph, read from the left and from the right."""
_SENTENCE_ENDS = frozenset(".!?…؟۔")
_ROW = "\u2028"
"""Ends a line and no paragraph."""


def paragraphs(rows: Sequence[str]) -> list[list[str]]:
    """Return the rows in groups of one direction each: all of them, with one exception.

    A row after the end of a sentence that has letters of the other direction only is a second language's.
    """
    made: list[list[str]] = []
    for row in rows:
        if made and not _speaks_for_itself(made[-1], row):
            made[-1].append(row)
        else:
            made.append([row])
    return made


def joined(rows: Sequence[str]) -> str:
    """Return the rows as one paragraph, one character between two of them."""
    return _ROW.join(rows)


def marked(text: str) -> str:
    """Return a caption's text for a file: rows that a player would read the other way begin with LRM or RLM."""
    if text.isascii() or "\n" not in text:
        return text
    rows = []
    for paragraph in paragraphs(text.split("\n")):
        base = _direction(joined(paragraph))
        for number, row in enumerate(paragraph):
            wrong = number > 0 and base is not None and _direction(row) not in (None, base)
            rows.append(f"{_MARKS[base]}{row}" if wrong and base is not None and _shows(row, base) else row)
    return "\n".join(rows)


def _speaks_for_itself(before: Sequence[str], row: str) -> bool:
    base = _direction(joined(before))
    ends = before[-1].rstrip("\"'”’»)] ")[-1:] in _SENTENCE_ENDS
    return ends and base is not None and {_side(char) for char in row} - {None} == {1 - base}


def _shows(row: str, base: int) -> bool:
    """Whether the direction moves anything: letters of one kind with none but letters at their ends stay."""
    return any(_side(char) == base for char in row) or None in (_side(row[0]), _side(row[-1]))


def _direction(text: str) -> int | None:
    """The direction of the first letter: 0 from the left, 1 from the right."""
    return next((side for char in text if (side := _side(char)) is not None), None)


def _side(char: str) -> int | None:
    return {"L": 0, "R": 1, "AL": 1}.get(unicodedata.bidirectional(char))
