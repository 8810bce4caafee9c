"""Seeded chance and noise: the same for a seed whatever the size of the picture."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
_LATTICE = 64


class Dice:
    """Chance for one purpose of one scene: equal (seed, purpose) give equal throws."""

    def __init__(self, seed: int, purpose: str) -> None:
        key = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])
        self._source = np.random.Generator(np.random.PCG64(key))

    def unit(self) -> float:
        """Return a number in 0..1."""
        return float(self._source.random())

    def between(self, low: float, high: float) -> float:
        """Return a number in low..high."""
        return low + (high - low) * self.unit()

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self.unit() * len(choices))]

    def many(self, *shape: int) -> NDArray[np.float64]:
        """Return an array of numbers in 0..1."""
        return self._source.random(shape)


@lru_cache(maxsize=64)
def _table(seed: int, purpose: str, size: int) -> NDArray[np.float32]:
    return Dice(seed, purpose).many(size, size).astype(np.float32)


def line(
    x: NDArray[np.float64], seed: int, purpose: str, frequency: float, octaves: int = 4, rough: float = 0.5
) -> NDArray[np.float64]:
    """Return value noise along x (heights of the frame), about -1..1; `rough` weighs each next octave."""
    total = np.zeros_like(x)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        table = Dice(seed, f"{purpose}/{octave}").many(256) * 2 - 1
        at = x * frequency * 2**octave + 57.3
        whole = np.floor(at).astype(np.int64)
        t = at - whole
        t = t * t * (3 - 2 * t)
        total += weight * (table[whole % 256] * (1 - t) + table[(whole + 1) % 256] * t)
        norm += weight
        weight *= rough
    return total / norm * 1.6


def field(
    view: Any,
    seed: int,
    purpose: str,
    frequency: float,
    octaves: int = 4,
    stretch: float = 1.0,
    rough: float = 0.5,
) -> NDArray[np.float32]:
    """Return noise over the canvas, float32 (h, w), about 0..1; `stretch` > 1 draws it out sideways.

    Octaves of a seeded lattice, sampled by bilinear interpolation at half the size: fast and smooth enough.
    """
    import cv2

    height, width = max(2, view.canvas_h // 2), max(2, view.canvas_w // 2)
    total = np.zeros((height, width), np.float32)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        lattice = _table(seed, f"{purpose}/{octave}", _LATTICE)
        step = frequency * 2**octave / view.unit * 2
        x0, y0 = 11 - view.left / 2 * step / stretch, 7 - view.top / 2 * step
        # the part of the endless lattice that the canvas sees; OpenCV's own wrapping is not reliable far out
        columns = np.arange(int(np.floor(x0)) - 2, int(np.ceil(x0 + width * step / stretch)) + 3)
        rows = np.arange(int(np.floor(y0)) - 2, int(np.ceil(y0 + height * step)) + 3)
        patch = lattice[np.ix_(rows % _LATTICE, columns % _LATTICE)]
        place = np.array([[step / stretch, 0, x0 - columns[0]], [0, step, y0 - rows[0]]], np.float64)
        flags = (cv2.INTER_CUBIC if octave < 2 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
        total += weight * cv2.warpAffine(
            patch, place, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        norm += weight
        weight *= rough
    total /= norm
    return np.asarray(
        cv2.resize(total, (view.canvas_w, view.canvas_h), interpolation=cv2.INTER_LINEAR), np.float32
    )
