"""How sound is played faster or slower at its pitch, every moment of it in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engines.composition.pcm import RATE_HZ, Samples

_HOP = 720
"""Every 15 ms a piece of twice that length is laid over the one before."""
_SEARCH = 480
"""A piece is taken up to 10 ms before or behind its moment: so it fits periods down to 50 Hz."""
_SPAN = 2 * _HOP + 2 * _SEARCH
_QUIET = 1e-9


def at_speed(pieces: Iterable[Samples], speed: float) -> Iterator[Samples]:
    """Yield sound `speed` times as fast, of the same pitch, both channels cut at the same places.

    Waveform similarity overlap-add (Verhelst and Roelands, ICASSP 1993): a piece whose middle belongs to a
    moment of the new sound is looked for near that moment of the old one, where it goes on best from the
    piece before. FFmpeg's atempo does the same, but takes pieces by their beginnings: what is heard is up to
    60 ms early.
    """
    window = np.hanning(2 * _HOP + 1)[:-1].astype(np.float32)
    line = _Line(pieces)
    tail: Samples = np.zeros((2, _HOP), np.float32)
    goes_on: NDArray[np.float32] | None = None
    number, made = 0, []
    while not line.ended or number * _HOP * speed < line.length:
        middle = round(number * _HOP * speed)
        around = line.part(middle - _HOP - _SEARCH, _SPAN + _HOP)
        mono = around[:, :_SPAN].sum(axis=0)
        shift = _SEARCH if goes_on is None else _best(mono, goes_on)
        piece = around[:, shift : shift + 2 * _HOP] * window
        if number:
            made.append(tail + piece[:, :_HOP])
        tail = piece[:, _HOP:]
        following = around[:, shift + _HOP : shift + 3 * _HOP].sum(axis=0)
        goes_on = following if following.shape[0] == 2 * _HOP else None
        number += 1
        if len(made) * _HOP >= RATE_HZ:
            yield np.concatenate(made, axis=1)
            made = []
    made.append(tail)
    wanted = round(line.length / speed) - (number - len(made)) * _HOP
    yield np.concatenate(made, axis=1)[:, : max(0, wanted)]


def _best(mono: NDArray[np.float32], goes_on: NDArray[np.float32]) -> int:
    """Return where in the search a piece looks most like what would have followed."""
    if float(np.square(goes_on).sum()) < _QUIET:
        return _SEARCH
    spectrum = np.fft.rfft(mono, _SPAN) * np.conj(np.fft.rfft(goes_on, _SPAN))
    likeness = np.fft.irfft(spectrum, _SPAN)[: 2 * _SEARCH + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(mono, dtype=np.float64))])
    energy = energy[2 * _HOP :] - energy[: -2 * _HOP]
    scaled = likeness / np.sqrt(np.maximum(energy, _QUIET))
    best = float(scaled.max())
    # Of peaks that fit as well, as those of a steady tone do, the nearest to the moment.
    is_peak = (scaled >= np.append(scaled[1:], -np.inf)) & (scaled >= np.append(-np.inf, scaled[:-1]))
    near = np.flatnonzero(is_peak & (scaled >= best - 0.002 * abs(best)))
    away = np.abs(near - _SEARCH)
    return int(near[int(away.argmin())])


class _Line:
    """Sound that comes in pieces, as one line: silent before its beginning and behind its end."""

    def __init__(self, pieces: Iterable[Samples]) -> None:
        self._pieces = iter(pieces)
        self._held: Samples = np.zeros((2, 0), np.float32)
        self._first = 0
        self.ended = False

    @property
    def length(self) -> int:
        """How many samples came so far."""
        return self._first + int(self._held.shape[1])

    def part(self, start: int, count: int) -> Samples:
        """Return samples from `start` on; it never goes back by more than a search."""
        while not self.ended and self.length < start + count:
            piece = next(self._pieces, None)
            if piece is None:
                self.ended = True
                break
            keep = max(0, min(start, self.length) - self._first)
            self._held = np.concatenate([self._held[:, keep:], piece], axis=1)
            self._first += keep
        low, high = max(start, self._first), min(start + count, self.length)
        found: Samples = np.zeros((2, count), np.float32)
        if low < high:
            found[:, low - start : high - start] = self._held[:, low - self._first : high - self._first]
        return found
