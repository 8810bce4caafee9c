"""Which captions a film shows and when: spoken lines become cues that can be read in time.

Rules, after the BBC subtitle guidelines and the Netflix timed text style guide: at most two balanced lines,
at most 17 characters a second, 0.8 to 7 seconds each, one at a time, and between two cues either no gap or
one that can be seen. When the speech is faster than reading, cues take the silence around them and start up
to half a second early or late; what is still too fast keeps its words and stays that near to its voice.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from captions.breaks import CueText, split
from captions.direction import marked

MIN_S = 0.8
MAX_S = 7.0
MAX_CHARS_PER_S = 17.0
MIN_GAP_S = 2 / 24
"""A shorter gap is seen as a flicker (two frames of film)."""
WIDTH_CHARS = MappingProxyType({"16:9": 42, "21:9": 42, "1:1": 36, "4:5": 32, "9:16": 30})
"""The line length at which burned captions stay large, by aspect ratio."""
_LEAD_MS = 500
"""How far a cue may leave its voice, before or after, when it needs time to be read."""

_MARKUP = (
    (re.compile("<[^>]*>"), str.maketrans("<>", "‹›")),
    (re.compile(r"\{[^}]*\}"), str.maketrans("{}", "｛｝")),
)
_BREAK = re.compile(r"\\(?=[Nnh])")

Word = tuple[str, float, float, int, int]
"""text, start_s and end_s from the start of its line, and its place in the text: char_start, char_end."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """What a voice says from `start_s` of the film for `duration_s`; word times begin there too.

    `language` (BCP-47) helps to tell a sentence's end from an abbreviation; with None every full stop ends one.
    """

    start_s: float
    text: str
    words: tuple[Word, ...] = ()
    duration_s: float = 0.0
    language: str | None = "en"


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its text holds at most one line break."""

    start_s: float
    duration_s: float
    text: str

    @property
    def end_s(self) -> float:
        """When it goes."""
        return round(self.start_s + self.duration_s, 3)


@dataclass(slots=True)
class _Slot:
    """A cue while its times are being found, in milliseconds."""

    text: str
    start: int
    end: int

    @property
    def wanted(self) -> int:
        reading = math.ceil(len(self.text) / MAX_CHARS_PER_S * 1000)
        return min(max(reading, round(MIN_S * 1000)), round(MAX_S * 1000))


def cues(
    lines: Sequence[SpokenLine],
    *,
    width_chars: int = 42,
    end_s: float | None = None,
) -> tuple[Cue, ...]:
    """Return the captions of a film in the order of time, with times in whole milliseconds.

    `width_chars` is the length of a line (full-width characters count two); `end_s` the end of the film, by
    default a little after the last word. Scripts without spaces break between characters.
    """
    slots: list[_Slot] = []
    for line in sorted(lines, key=lambda line: line.start_s):
        pieces = split(line.text, line.words, line.duration_s, width_chars, line.language)
        slots.extend(_slot(line, piece) for piece in pieces)
    if not slots:
        return ()
    last = max(slot.end for slot in slots)
    film_end = round(end_s * 1000) if end_s is not None else last + round(MAX_S * 1000)
    slots.sort(key=lambda slot: slot.start)
    _place(slots, film_end)
    _close_gaps(slots, math.ceil(MIN_GAP_S * 1000))
    return tuple(Cue(slot.start / 1000, (slot.end - slot.start) / 1000, slot.text) for slot in slots)


def srt(captions: Sequence[Cue]) -> str:
    """Return the captions as SubRip text, which has no escape: what players take for markup is written look-alike."""
    blocks = (
        f"{number}\n{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}\n{_plain(marked(cue.text))}\n"
        for number, cue in enumerate(captions, 1)
    )
    return "\n".join(blocks)


def vtt(captions: Sequence[Cue]) -> str:
    """Return the captions as WebVTT text (W3C WebVTT, section 4: `&`, `<` and `>` are escaped)."""
    blocks = (
        f"{number}\n{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{_escape(marked(cue.text))}\n"
        for number, cue in enumerate(captions, 1)
    )
    return "\n".join(("WEBVTT\n", *blocks))


def _slot(line: SpokenLine, piece: CueText) -> _Slot:
    start = round((line.start_s + piece.start_s) * 1000)
    end = round((line.start_s + piece.end_s) * 1000)
    return _Slot(piece.text, max(start, 0), min(max(end, start), start + round(MAX_S * 1000)))


def _place(slots: list[_Slot], film_end: int) -> None:
    """Put the slots one after another inside the film, as near to their voices as reading allows.

    Backward, find how late each may start so that all after it can be read; forward, start each at its voice,
    or earlier where that leaves too little, or later where the one before still needs its time.
    A film too short for the shortest cues gives every cue an equal share.
    """
    least, most = round(MIN_S * 1000), round(MAX_S * 1000)
    if film_end < least * len(slots):
        for number, slot in enumerate(slots):
            slot.start = film_end * number // len(slots)
            slot.end = film_end * (number + 1) // len(slots)
        return
    latest: list[int] = []
    limit = film_end
    for slot in reversed(slots):
        limit = max(min(slot.start + _LEAD_MS, limit - slot.wanted), slot.start - _LEAD_MS)
        latest.append(limit)
    starts: list[int] = []
    for number, (slot, late) in enumerate(zip(slots, reversed(latest), strict=True)):
        start = max(min(slot.start, late), 0)
        if number:
            before = starts[-1]
            start = max(start, min(before + slots[number - 1].wanted, slot.start + _LEAD_MS), before + least)
        starts.append(min(start, film_end - least * (len(slots) - number)))
    for slot, start, after in zip(slots, starts, [*starts[1:], film_end], strict=True):
        slot.end = min(after, max(slot.end, start + slot.wanted), start + most)
        slot.start = start


def _close_gaps(slots: list[_Slot], least_gap: int) -> None:
    """Join cues with a gap too short to be seen, or widen it where joining would make a cue too long."""
    for slot, follower in itertools.pairwise(slots):
        gap = follower.start - slot.end
        if 0 < gap < least_gap:
            if follower.start - slot.start <= MAX_S * 1000:
                slot.end = follower.start
            else:
                slot.end = follower.start - least_gap


def _time(seconds: float, mark: str) -> str:
    total_ms = round(seconds * 1000)
    minutes, ms = divmod(total_ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{ms // 1000:02d}{mark}{ms % 1000:03d}"


def _plain(text: str) -> str:
    """Take their meaning from `-->`, from `<b>`, `{name}` and `{\\an8}`, and from `\\N`.

    FFmpeg and the players on it drop whatever stands in `<...>` and hide `{...}`; most others obey `<b>` and
    `{\\an8}`. A backslash before N, n or h is a break or a space there, and is kept apart by a word joiner.
    """
    text = text.replace("-->", "->")
    for pair, alike in _MARKUP:
        if pair.search(text):
            text = text.translate(alike)
    return _BREAK.sub("\\\\\u2060", text)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
