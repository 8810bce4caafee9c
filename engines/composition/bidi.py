"""Which way every character of a caption is read: the embedding levels of UAX #9, line by line.

`python-bidi` knows the algorithm (the crate unicode-bidi) and gives a line back in the order in which it is
shown, but not the levels, which a caption of two lines needs: they are found for the whole caption, and each
line is put into order by itself. So every character is sent with a number in characters that the algorithm
passes over, and the levels are read from where the numbers come back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from captions.direction import joined, paragraphs

_HIGH, _LOW, _BASE = 0xE0020, 0xE0050, 48
"""Tag characters are of class BN: they take the level of the character before them, and change none (X9)."""
_LONGEST = _BASE * _BASE - 300
_OPENED = {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"} | dict.fromkeys(
    "\u202a\u202b\u202d\u202e", "\u202c"
)
_MARKS = "\u200e", "\u200f"
_SENTENCE_ENDS = frozenset(".!?…؟۔")


def levels(rows: Sequence[str]) -> list[list[int]]:
    """Return the level of each character of the rows of one caption; odd ones are read right to left."""
    found: list[list[int]] = []
    for paragraph in paragraphs(rows):
        known, at = _paragraph(joined(paragraph)), 0
        for row in paragraph:
            found.append(known[at : at + len(row)])
            at += len(row) + 1
    return found


def _paragraph(text: str) -> list[int]:
    if text.isascii() or not any(
        unicodedata.bidirectional(char) in ("R", "AL", "AN", "RLE", "RLO", "RLI", "FSI") for char in text
    ):
        return [0] * len(text)
    import bidi

    base = bidi.get_base_level(text)
    if len(text) > _LONGEST:
        return _paragraph(text[:_LONGEST]) + _paragraph(text[_LONGEST:])
    closers = sorted((_OPENED[char] for char in text if char in _OPENED), reverse=True)[:200]
    numbered = "".join(
        f"{_plain(char)}{chr(_HIGH + number // _BASE)}{chr(_LOW + number % _BASE)}"
        for number, char in enumerate((*text, *closers))
    )
    # The mark at the end keeps the last numbers beside their character: at the end of a line they would leave it.
    shown = str(bidi.get_display(numbered + _MARKS[base], base_dir="LR"[base]))
    order: list[int] = []
    odd = [False] * (len(text) + len(closers))
    for at in range(base, len(shown) - 1, 3):
        last, high, first = shown[at], shown[at + 1], shown[at + 2]
        right_to_left = _LOW <= ord(last) < _LOW + _BASE
        low = last if right_to_left else first
        number = (ord(high) - _HIGH) * _BASE + ord(low) - _LOW
        odd[number] = right_to_left
        order.append(number)
    places = [0] * len(order)
    for place, number in enumerate(order):
        places[number] = place
    return _levels(places, odd, base)[: len(text)]


def _plain(char: str) -> str:
    """A character of the same class that is none of our numbers; separators, which nobody sees, become spaces."""
    if _HIGH <= ord(char) < _LOW + _BASE:
        return "\u00ad"
    return "\u2028" if unicodedata.bidirectional(char) in ("B", "S") else char


def _levels(places: Sequence[int], odd: Sequence[bool], base: int) -> list[int]:
    """Return the lowest levels that show character n at places[n], read in the direction that odd[n] says."""
    found = [base] * len(places)
    todo = [(0, len(places), base)]
    while todo:
        first, end, level = todo.pop()
        left = min(places[first:end], default=0)
        at = first
        while at < end:
            found[at] = level
            place = left + (end - 1 - at if level % 2 else at - first)
            if odd[at] == level % 2 and places[at] == place:
                at += 1
                continue
            # Not here: it belongs to a stretch that is turned once more, and ends where it has all its places.
            low = high = places[at]
            for last in range(at, end):
                low, high = min(low, places[last]), max(high, places[last])
                if high - low == last - at and place == (high if level % 2 else low):
                    break
            todo.append((at, last + 1, level + 1))
            at = last + 1
    return found
