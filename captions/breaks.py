"""Where spoken text may be broken into captions and lines, and where it reads best.

Breaking after a sentence beats breaking after a clause, which beats breaking anywhere else; between two
captions a pause of the voice helps. Lines are balanced, the lower one rather the longer. Scripts written
without spaces break between characters, but never before closing punctuation (kinsoku, JIS X 4051). Behind
an abbreviation, an initial, an ordinal or a number nothing breaks that can break elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from captions.pieces import CLAUSE_ENDS, CLOSERS, SENTENCE_ENDS, columns, pieces_of
from language.sentences import judge

_NUMBER = re.compile(r"[^\w\s]*\d+(?:[.,:]\d+)*")
_BREAK_COST = {2: 0.0, 1: 0.3, 0: 1.5, -1: 12.0}
_BOUND_COLUMNS = 100
"""A line breaks behind "Dr." only where any other break makes one too long."""


@dataclass(frozen=True, slots=True)
class CueText:
    """The text of one caption and when it is spoken, from the start of its line."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece that is never broken.

    `spaced` says that a space stands before it, `strength` how good a break behind it is: 2 after a sentence, 1 after
    a clause, else 0, and -1 where what follows belongs to it.
    """

    text: str
    spaced: bool
    width: int
    strength: int
    start_s: float = 0.0
    end_s: float = 0.0


def split(
    text: str,
    words: Sequence[tuple[str, float, float, int, int]],
    duration_s: float,
    width: int,
    language: str | None = "en",
) -> tuple[CueText, ...]:
    """Return the captions of one spoken line: each fits two lines of `width` columns."""
    clock = _Clock(text, words, duration_s)
    breaks = _Breaks(text, language)
    atoms = [
        _Atom(
            text[a:b],
            spaced,
            columns(text[a:b]),
            breaks.strength(a, b),
            clock.at(a),
            clock.at(b, ending=True),
        )
        for a, b, spaced in pieces_of(text, max(width, 2))
    ]
    if not atoms:
        return ()
    return tuple(
        CueText(_wrap(atoms[a:b], width), atoms[a].start_s, max(atoms[b - 1].end_s, atoms[a].start_s))
        for a, b in _best_spans(atoms, width)
    )


def wrap(text: str, width: int, language: str = "en") -> str | None:
    """Return the text on one or two balanced lines of `width` columns, or None when it needs more."""
    breaks = _Breaks(text, language)
    atoms = [
        _Atom(text[a:b], spaced, columns(text[a:b]), breaks.strength(a, b))
        for a, b, spaced in pieces_of(text, width)
    ]
    return _wrap(atoms, width) if atoms and _fits(atoms, width) else None


class _Breaks:
    """How good a break is behind each piece of a text."""

    def __init__(self, text: str, language: str | None) -> None:
        self._text = text
        self._soft = judge(text, language).soft if language is not None else None

    def strength(self, start: int, end: int) -> int:
        """Return the strength of a break between the piece `start` to `end` and what follows it."""
        piece = self._text[start:end]
        bare = piece.rstrip("".join(CLOSERS))
        if not bare:
            return 0
        last = bare[-1]
        if last in SENTENCE_ENDS:
            soft = self._soft or frozenset()
            if all(at not in soft for at in range(start + len(bare), end + 1)):
                return 2
            return -1 if last == "." else 1  # “Where to?” she asked
        if last in CLAUSE_ENDS:
            return 1
        bound = self._soft is not None and _NUMBER.fullmatch(bare)
        return -1 if bound and self._text[end : end + 1].isspace() else 0


class _Clock:
    """When the voice reaches a character: by its words where they are known, else evenly."""

    def __init__(
        self, text: str, words: Sequence[tuple[str, float, float, int, int]], duration_s: float
    ) -> None:
        marks = [(0, 0.0)]
        for _, start_s, end_s, char_start, char_end in words:
            for at, when in ((char_start, start_s), (char_end, end_s)):
                if at > marks[-1][0] or (at == marks[-1][0] and when > marks[-1][1]):
                    marks.append((at, max(when, marks[-1][1])))
        if marks[-1][0] < len(text):
            marks.append((len(text), max(duration_s, marks[-1][1])))
        self._chars = [at for at, _ in marks]
        self._times = [when for _, when in marks]

    def at(self, char: int, *, ending: bool = False) -> float:
        """Return the time of a character's start, or with `ending` of the end of the one before it."""
        after = bisect_right(self._chars, char if not ending else char - 1)
        if not ending and after and self._chars[after - 1] == char:
            return self._times[after - 1]
        if after >= len(self._chars):
            return self._times[-1]
        left, right = max(after - 1, 0), after
        span = self._chars[right] - self._chars[left]
        part = (char - self._chars[left]) / span if span else 0.0
        return self._times[left] + part * (self._times[right] - self._times[left])


def _bound_break_cost(atoms: Sequence[_Atom], width: int) -> float:
    """A caption whose only line break that fits is behind an abbreviation is as bad as one that ends there."""
    if all(atom.strength >= 0 for atom in atoms[:-1]):
        return 0.0
    cut = _line_break(atoms, width)
    return _BREAK_COST[-1] if cut is not None and atoms[cut - 1].strength < 0 else 0.0


def _best_spans(atoms: Sequence[_Atom], width: int) -> list[tuple[int, int]]:
    """Return the cheapest way to cut the atoms into captions, by dynamic programming over the cuts."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(atoms) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            if not _fits(atoms[start:end], width) and start != end - 1:
                break
            cost = _cue_cost(atoms, start, end) + _bound_break_cost(atoms[start:end], width)
            options.append((best[start][0] + cost, start))
        best.append(min(options))
    spans, end = [], len(atoms)
    while end:
        start = best[end][1]
        spans.append((start, end))
        end = start
    return spans[::-1]


def _cue_cost(atoms: Sequence[_Atom], start: int, end: int) -> float:
    duration_s = atoms[end - 1].end_s - atoms[start].start_s
    cost = 1.0 + max(0.0, 1.2 - duration_s) * 1.5 + max(0.0, duration_s - 7.0) * 2.0
    for number in range(start, end - 1):
        pause_s = atoms[number + 1].start_s - atoms[number].end_s
        cost += 0.25 * (atoms[number].strength == 2) + max(0.0, pause_s - 0.8)
    if end < len(atoms):
        pause_s = atoms[end].start_s - atoms[end - 1].end_s
        cost += _BREAK_COST[atoms[end - 1].strength] - 0.3 * (pause_s >= 0.25)
    return cost


def _fits(atoms: Sequence[_Atom], width: int) -> bool:
    lines, used = 1, 0
    for number, atom in enumerate(atoms):
        grown = used + atom.width + (atom.spaced if number and used else 0)
        if grown > width and used:
            lines, grown = lines + 1, atom.width
        if lines > 2 or grown > width:
            return False
        used = grown
    return True


def _wrap(atoms: Sequence[_Atom], width: int) -> str:
    cut = _line_break(atoms, width)
    return _joined(atoms) if cut is None else f"{_joined(atoms[:cut])}\n{_joined(atoms[cut:])}"


def _line_break(atoms: Sequence[_Atom], width: int) -> int | None:
    """Return before which piece the second line begins, or None where one line is enough."""
    if len(atoms) == 1 or columns(_joined(atoms)) <= width:
        return None
    options = []
    for cut in range(1, len(atoms)):
        upper, lower = columns(_joined(atoms[:cut])), columns(_joined(atoms[cut:]))
        over = max(0, upper - width) + max(0, lower - width)
        uneven = abs(upper - lower) + (upper > lower)
        strength = atoms[cut - 1].strength
        options.append((over, uneven - (6 * strength if strength >= 0 else -_BOUND_COLUMNS), cut))
    return min(options)[2]


def _joined(atoms: Sequence[_Atom]) -> str:
    return "".join((" " if atom.spaced and number else "") + atom.text for number, atom in enumerate(atoms))
