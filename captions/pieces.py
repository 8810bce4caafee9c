"""Which pieces of a text may begin a line, how wide they are, and what a reader sees as one character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

SENTENCE_ENDS = frozenset(".!?…。！？｡؟۔।॥։።")
CLAUSE_ENDS = frozenset(",;:—–、，；：､،؛፣")
CLOSERS = frozenset("\"'”’»›)]}」』）】〉》〕］｝")
_OPENERS = frozenset("“‘«‹([{「『（【〈《〔［｛¿¡")
_CONTROLS = frozenset(("Cc", "Zl", "Zp"))
_NOT_FIRST = (
    SENTENCE_ENDS
    | CLAUSE_ENDS
    | CLOSERS
    | frozenset("々ー～゛゜ヽヾゝゞぁぃぅぇぉっゃゅょァィゥェォッャュョ・%％")
)


def columns(text: str) -> int:
    """Return how many columns a text takes: two for a wide character (UAX #11), one for others."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pieces_of(text: str, width: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, has a space before it) of every piece that may begin a line."""
    at, spaced = 0, False
    while at < len(text):
        if _blank(text[at]):
            at, spaced = at + 1, True
            continue
        end = at
        while end < len(text) and not _blank(text[end]):
            end += 1
        for a, b in _word_pieces(text, at, end, width):
            if text[a:b].strip():  # nothing but no-break spaces is nothing to read
                yield a, b, spaced
                spaced = False
        at = end


def _word_pieces(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    """Break a word between ideographs, and anywhere between clusters when it is longer than a line."""
    too_long = columns(text[start:end]) > width
    begin, used = start, 0
    for a, b in clusters(text, start, end):
        size = columns(text[a:b])
        between = a > begin and (
            (_ideographic(text[a]) or _ideographic(text[a - 1]))
            and text[a] not in _NOT_FIRST
            and text[a - 1] not in _OPENERS
        )
        if between or (too_long and a > begin and used + size > max(width // 2, 1)):
            yield begin, a
            begin, used = a, 0
        used += size
    yield begin, end


def clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what a reader sees as one character (a part of UAX #29: marks, joiners, flags, skin tones, jamo)."""
    begin = start
    for at in range(start + 1, end):
        char, before = text[at], text[at - 1]
        joined = (
            unicodedata.category(char)[0] == "M"
            or char in "\u200d\u200c"
            or before == "\u200d"
            or 0x1F3FB <= ord(char) <= 0x1F3FF
            or 0xE0020 <= ord(char) <= 0xE007F
            or (_flag(char) and _flag(before) and (at - begin) % 2 == 1)
            or ("\u1160" <= char <= "\u11ff" and "\u1100" <= before <= "\u11ff")
        )
        if not joined or not _CONTROLS.isdisjoint(map(unicodedata.category, (before, char))):
            yield begin, at
            begin = at
    if begin < end:
        yield begin, end


def _flag(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _blank(char: str) -> bool:
    # No-break spaces hold their words together; controls have no glyph and only separate.
    return (char.isspace() and char not in "\u00a0\u202f") or unicodedata.category(char) == "Cc"


def _ideographic(char: str) -> bool:
    # Korean is written with spaces although its letters are wide.
    return unicodedata.east_asian_width(char) in "WF" and not unicodedata.name(char, "").startswith("HANGUL")
