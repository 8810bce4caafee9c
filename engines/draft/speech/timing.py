"""When each word of a text is heard: from word events and energy to a table of times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.draft.speech.espeak import WordEvent
from engines.draft.speech.wording import Word

_TABLE_BYTES = 65_000
_FRAME_S = 0.01
_QUIET = 0.004
_EARLY_S = 0.06
_LEAST_LEFT_S = 0.05


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it is heard, in seconds from the start of the sound."""

    word: Word
    start_s: float
    end_s: float


def time_words(
    words: Sequence[Word], events: Sequence[WordEvent], samples: NDArray[np.float32], sample_rate_hz: int
) -> tuple[TimedWord, ...]:
    """Give each word its times: starts from events, those without one by their length, ends by the energy.

    Times never fall, do not overlap and stay inside the sound.
    """
    if not words:
        return ()
    duration_s = len(samples) / sample_rate_hz
    starts = _starts(words, events, duration_s)
    loud_s = _loud_times(samples, sample_rate_hz)
    timed = []
    for index, word in enumerate(words):
        start, limit = starts[index], starts[index + 1] if index + 1 < len(words) else duration_s
        # The next word may sound a little before its event: that is not this word's end.
        inside = loud_s[np.searchsorted(loud_s, start) : np.searchsorted(loud_s, limit - _EARLY_S)]
        end = float(inside[-1]) + 2 * _FRAME_S if len(inside) else limit
        if limit - end <= _EARLY_S + _FRAME_S:
            end = limit
        timed.append(TimedWord(word, start, min(max(end, start), limit)))
    return tuple(timed)


def table(
    text: str, timed: Sequence[TimedWord], duration_s: float, places: Sequence[int] | None = None
) -> str:
    """Return {"words", "duration_s"} as compact JSON of at most 64 kB: neighbours merge until it fits.

    `places[i]` is where character `i` of the text stands in the text that was given, if that is another one.
    """
    group = 1
    while True:
        merged = [
            TimedWord(Word(timed[i].word.start, last.word.end), timed[i].start_s, last.end_s)
            for i in range(0, len(timed), group)
            for last in (timed[min(i + group, len(timed)) - 1],)
        ]
        written = _written(text, merged, duration_s, places, with_text=True)
        if len(written.encode()) <= _TABLE_BYTES:
            return written
        if group >= len(timed):
            return _written(text, merged, duration_s, places, with_text=False)
        group *= 2


def _written(
    text: str,
    timed: Sequence[TimedWord],
    duration_s: float,
    places: Sequence[int] | None,
    *,
    with_text: bool,
) -> str:
    rows = []
    for entry in timed:
        shown = text[entry.word.start : entry.word.end] if with_text else ""
        rows.append(
            {
                "text": shown.encode("utf-8", "replace").decode(),
                "start_s": _floor_ms(entry.start_s),
                "end_s": _floor_ms(entry.end_s),
                "char_start": places[entry.word.start] if places else entry.word.start,
                "char_end": places[entry.word.end - 1] + 1 if places else entry.word.end,
            }
        )
    data = {"words": rows, "duration_s": round(duration_s, 6)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _floor_ms(time_s: float) -> float:
    return int(time_s * 1000.0 + 1e-6) / 1000.0


def _starts(words: Sequence[Word], events: Sequence[WordEvent], duration_s: float) -> list[float]:
    """Times where words begin: known ones are knots over the characters, the rest lie on lines between."""
    first: dict[int, float] = {}
    ends = np.array([word.end for word in words])
    for event in events:
        index = int(np.searchsorted(ends, event.char, side="right"))
        if index < len(words):
            first.setdefault(index, event.time_s)
    # A clitic is often read with its neighbour: both events then share one time, and the later word has none.
    knot_chars, knot_times = [0.0], [0.0]
    for index in sorted(first):
        place, time_s = float(words[index].start), min(first[index], duration_s - _LEAST_LEFT_S)
        if place > knot_chars[-1] and time_s > knot_times[-1]:
            knot_chars.append(place)
            knot_times.append(time_s)
    end = float(words[-1].end)
    if end > knot_chars[-1]:
        knot_chars.append(end)
        knot_times.append(duration_s)
    starts = np.interp([float(word.start) for word in words], knot_chars, knot_times)
    return [float(value) for value in starts]


def _loud_times(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float64]:
    """Starts of the 10 ms frames in which something is heard."""
    size = max(1, round(sample_rate_hz * _FRAME_S))
    count = len(samples) // size
    peaks = np.abs(samples[: count * size].reshape(count, size)).max(axis=1, initial=0.0)
    threshold = max(_QUIET, 0.03 * float(peaks.max(initial=0.0)))
    return np.asarray(np.flatnonzero(peaks > threshold) * (size / sample_rate_hz), np.float64)
