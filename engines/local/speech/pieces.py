"""In which pieces a text is said by the trained model, with the sounds of each and where its words begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engines.local.speech.alignment import first_sounds
from engines.local.speech.clauses import SENTENCE_MARKS, Clause, clauses_of, words_in

_AIM_SOUNDS = 160
"""Sentences are said together up to so many sounds, some 9 s: memory grows with them, and a stop waits for one."""
_PAUSES_S = {".": 0.32, "!": 0.32, "?": 0.34, "…": 0.42, ";": 0.24, ":": 0.24, ",": 0.14, "—": 0.2}
_PARAGRAPH_S = 0.6

Sounds = Callable[[Sequence[str]], list[str]]
"""Texts to their sounds, as the model reads them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model says at once: its sounds, (character of the text, sound) for each word, the pause behind it."""

    sounds: str
    words: tuple[tuple[int, int], ...]
    pause_s: float = 0.0


def pieces_of(text: str, sounds: Sounds, most: int) -> list[Piece]:
    """Return the pieces of a text, each of 1 to `most` sounds; none where nothing in it has a sound."""
    clauses = clauses_of(text)
    words = [words_in(text, clause) for clause in clauses]
    said = sounds([text[clause.start : clause.end] for clause in clauses])
    alone = iter(sounds([text[start:end] for spans in words for start, end in spans]))
    pieces: list[Piece] = []
    for clause, spans, whole in zip(clauses, words, said, strict=True):
        each = [next(alone) for _ in spans]
        if whole.strip():
            pieces += _parts(clause, spans, whole, each, most)
    return _joined(pieces, min(_AIM_SOUNDS, most))


def _parts(
    clause: Clause, spans: Sequence[tuple[int, int]], whole: str, alone: Sequence[str], most: int
) -> list[Piece]:
    """Return one clause as a piece; as several where it has more sounds than the model reads."""
    starts = list(zip((start for start, _ in spans), first_sounds(whole, alone), strict=True))
    pause_s = _PARAGRAPH_S if clause.paragraph else _PAUSES_S.get(clause.mark, 0.0)
    limit = most - 2  # its mark, and a space
    parts = []
    for begin in range(0, len(whole), limit):
        sounds = whole[begin : begin + limit]
        own = tuple((char, at - begin) for char, at in starts if begin <= at < begin + limit)
        last = begin + limit >= len(whole)
        if sounds.strip():
            parts.append(Piece(sounds + clause.mark if last else sounds, own, pause_s if last else 0.0))
    return parts


def _joined(pieces: Sequence[Piece], aim: int) -> list[Piece]:
    """Join what is short: clauses to sentences, sentences to what can be said at once, never beyond a paragraph."""
    sentences: list[Piece] = []
    for piece in pieces:
        if sentences and sentences[-1].sounds[-1] not in SENTENCE_MARKS:
            sentences[-1:] = _pair(sentences[-1], piece, aim)
        else:
            sentences.append(piece)
    joined: list[Piece] = []
    for piece in sentences:
        if joined and joined[-1].pause_s < _PARAGRAPH_S:
            joined[-1:] = _pair(joined[-1], piece, aim)
        else:
            joined.append(piece)
    return joined


def _pair(one: Piece, other: Piece, aim: int) -> list[Piece]:
    if one.pause_s >= _PARAGRAPH_S or len(one.sounds) + 1 + len(other.sounds) > aim:
        return [one, other]
    shift = len(one.sounds) + 1
    words = (*one.words, *((char, at + shift) for char, at in other.words))
    return [Piece(f"{one.sounds} {other.sounds}", words, other.pause_s)]
