"""How a clip is turned down under a voice: where the voice is heard, and by how much at each moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.composition.pcm import RATE_HZ, Samples

STEP = 480
"""Ducking looks at the voice every 10 ms."""
_ATTACK_S, _RELEASE_S, _HOLD_S = 0.03, 0.4, 0.25
_VOICE_BELOW_PEAK_DB, _VOICE_FLOOR_DB = 30.0, -55.0


def powers(block: Samples) -> NDArray[np.float64]:
    """Return the mean power of each 10 ms of a block that begins at a whole step; what is missing is silent."""
    steps = -(-block.shape[1] // STEP)
    padded = np.zeros((2, steps * STEP), np.float32)
    padded[:, : block.shape[1]] = block
    squares = np.square(padded.reshape(2, steps, STEP), dtype=np.float64).sum(axis=2)
    return np.asarray((squares[0] + squares[1]) / (2 * STEP))


def voiced(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each 10 ms of a whole track whether something is heard."""
    level_db = 10.0 * np.log10(power + 1e-12)
    threshold_db = max(float(level_db.max(initial=-120.0)) - _VOICE_BELOW_PEAK_DB, _VOICE_FLOOR_DB)
    return np.asarray(level_db > threshold_db)


class Duck:
    """The gain of a clip from the beginning of the film on: down by `amount_db` while a voice is heard.

    The ramps are exponential. The fall begins early enough to be done when the voice sets in, as a lookahead
    compressor does. The curve is followed forward and only the part around the last block asked for is kept.
    """

    def __init__(self, voice: NDArray[np.bool_], amount_db: float) -> None:
        ahead = round(2 * _ATTACK_S * RATE_HZ / STEP)
        hold = round(_HOLD_S * RATE_HZ / STEP)
        self._held = (
            np.convolve(voice.astype(np.int32), np.ones(ahead + hold + 1, np.int32))[
                ahead : ahead + len(voice)
            ]
            > 0
        )
        self._amount_db = amount_db
        self._level_db = 0.0
        self._first = 0
        self._gains: NDArray[np.float64] = np.empty(0)

    def curve(self, start: int, count: int) -> NDArray[np.float32]:
        """Return the gain of each sample from `start` on; `start` never goes back."""
        at = np.arange(start, start + count, dtype=np.float64) / STEP - 0.5
        low = max(0, start // STEP - 2)
        high = min(len(self._held), (start + count) // STEP + 3)
        self._follow(low, high)
        part = self._gains[low - self._first : high - self._first]
        return np.interp(at, np.arange(low, high), part).astype(np.float32)

    def _follow(self, low: int, high: int) -> None:
        known = self._first + len(self._gains)
        if high > known:
            made = np.concatenate([self._gains, self._next(known, high)])
            keep = max(self._first, low)
            self._gains, self._first = made[keep - self._first :], keep

    def _next(self, low: int, high: int) -> NDArray[np.float64]:
        fall = 1.0 - np.exp(-STEP / RATE_HZ / _ATTACK_S)
        rise = 1.0 - np.exp(-STEP / RATE_HZ / _RELEASE_S)
        level_db, levels = self._level_db, np.empty(high - low)
        for number, down in enumerate(self._held[low:high].tolist()):
            goal = -self._amount_db if down else 0.0
            level_db += (goal - level_db) * (fall if goal < level_db else rise)
            levels[number] = level_db
        self._level_db = level_db
        return np.asarray(10.0 ** (levels / 20.0))
