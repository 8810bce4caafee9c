"""Which words a text has, where they stand in it, and what a voice is given to read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LONGEST_UNSPACED = 4
# Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, bopomofo, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A visible word: characters `start` to `end` of the text; punctuation stays with its word."""

    start: int
    end: int


def readable(text: str) -> str:
    """Return the text for a voice: as long as the given one, what has no sound replaced by spaces.

    Control and format characters, pictures (emoji), private and unassigned characters are not read.
    """
    return "".join(char if _is_read(char) else " " for char in text)


def has_speech(text: str) -> bool:
    """Whether there is anything to say: a letter, a digit, or a symbol with a name (%, €, +)."""
    return any(_is_spoken(char) for char in text)


def words_of(text: str, heard_at: frozenset[int] = frozenset()) -> tuple[Word, ...]:
    """Return the words of a text in order; together they hold every visible character.

    `heard_at` are places where a voice begins a word: scripts without spaces are cut there.
    """
    pieces: list[Word] = []
    for match in re.finditer(r"\S+", text):
        pieces.extend(_cut(text, match.start(), match.end(), heard_at))
    words: list[Word] = []
    waiting: int | None = None
    for piece in pieces:
        if has_speech(text[piece.start : piece.end]):
            words.append(Word(piece.start if waiting is None else waiting, piece.end))
            waiting = None
        elif words:
            words[-1] = Word(words[-1].start, piece.end)
        elif waiting is None:
            waiting = piece.start
    if waiting is not None:
        words.append(Word(waiting, pieces[-1].end))
    return tuple(words)


def _is_read(char: str) -> bool:
    category = unicodedata.category(char)
    if char in "\n\t\u200c\u200d":
        return True
    return category[0] in "LMNPZ" or category in ("Sc", "Sm") or char in "^°`´¨"


def _is_spoken(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LN" or category in ("Sc", "Sm") or char in "%&@#°"


def _cut(text: str, start: int, end: int, heard_at: frozenset[int]) -> list[Word]:
    """Cut a run of characters where the script has no spaces and the voice begins anew, else after 4."""
    if not _UNSPACED.search(text, start, end):
        return [Word(start, end)]
    cuts = [start]
    for index in range(start + 1, end):
        joined = unicodedata.category(text[index])[0] == "M" or not has_speech(text[index])
        unspaced = bool(_UNSPACED.match(text[index])) or bool(_UNSPACED.match(text[index - 1]))
        if unspaced and not joined and (index in heard_at or index - cuts[-1] >= _LONGEST_UNSPACED):
            cuts.append(index)
    return [Word(left, right) for left, right in zip(cuts, [*cuts[1:], end], strict=True)]
