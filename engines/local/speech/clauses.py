"""Where a text may be cut: clauses with the marks that end them, and words with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 200
"""Characters of a clause without a mark inside: longer ones are cut between words, longer words anywhere."""
_MARKS = ".!?,;:…—"
_END = re.compile(r"(?:[.!?,;:…]+[\"'”’»)\]]*(?=\s|$)|—)")
SENTENCE_MARKS = ".!?…"


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters `start` to `end` of a text, without the mark that ends it; "" where none does.

    `paragraph` says that an empty line follows.
    """

    start: int
    end: int
    mark: str
    paragraph: bool = False


def clauses_of(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a text that hold anything but marks and spaces."""
    found: list[Clause] = []
    at = 0
    ends = [(match.start(), match.end()) for match in _END.finditer(text)]
    for start, end in [*ends, (len(text), len(text))]:
        mark = next((char for char in reversed(text[start:end]) if char in _MARKS), "")
        paragraph = re.match(r"[^\S\n]*\n\s*\n", text[end:]) is not None
        pieces = list(_pieces(text, at, start))
        found += [
            Clause(a, b, mark if last else "", paragraph and last)
            for number, (a, b) in enumerate(pieces, 1)
            for last in (number == len(pieces),)
        ]
        at = end
    return tuple(found)


def words_in(text: str, clause: Clause) -> tuple[tuple[int, int], ...]:
    """Return where the words of a clause stand in its text."""
    return tuple(match.span() for match in re.compile(r"\S+").finditer(text, clause.start, clause.end))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the text between two marks in pieces that are not too long; one without a letter is left out."""
    while start < end:
        stop = end
        if end - start > _LONGEST:
            space = max(text.rfind(" ", start, start + _LONGEST), text.rfind("\n", start, start + _LONGEST))
            stop = space if space > start else start + _LONGEST
        piece = text[start:stop]
        if any(not char.isspace() and char not in "\"'“”‘’«»()[]-–" for char in piece):
            left = start + len(piece) - len(piece.lstrip())
            yield left, left + len(piece.strip())
        start = stop
