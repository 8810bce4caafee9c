"""Which raw sounds effects are made of: shaped noise, slow curves, grains and ringing tones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engines.draft.sounds.signal import Samples

RATE_HZ = 48_000
_NOISE_PERIOD = 1 << 18
Curve = NDArray[np.float64]


def seconds(duration_s: float) -> Curve:
    """Return the time of each sample of a sound of that duration."""
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def coloured(rng: np.random.Generator, count: int, gain: Callable[[Curve], Curve]) -> Samples:
    """Return noise of unit level whose spectrum follows `gain` (frequency in Hz -> amplitude).

    It is periodic by construction, so that a bed longer than 5.5 s repeats without a seam.
    """
    size = min(_NOISE_PERIOD, 1 << max(12, (count - 1).bit_length()))
    spectrum = rng.standard_normal(size + 2).view(np.complex128) * gain(
        np.asarray(np.fft.rfftfreq(size, 1 / RATE_HZ), np.float64)
    )
    shaped = np.fft.irfft(spectrum, size)
    level = np.sqrt(np.mean(shaped**2)) + 1e-12
    return np.resize((shaped / level).astype(np.float32), count)


def band(low_hz: float, high_hz: float, slope: float = 2.0) -> Callable[[Curve], Curve]:
    """Return the amplitude of a soft band between two frequencies; `slope` 1 is 6 dB an octave."""

    def gain(hz: Curve) -> Curve:
        safe = np.maximum(hz, 1.0)
        return np.asarray(1.0 / (1.0 + (low_hz / safe) ** slope) / (1.0 + (safe / high_hz) ** slope))

    return gain


def wander(rng: np.random.Generator, count: int, per_s: float, low: float, high: float) -> Curve:
    """Return a smooth random curve between `low` and `high` that turns about `per_s` times a second."""
    knots = max(4, int(count / RATE_HZ * per_s) + 4)
    values = rng.random(knots)
    place = np.linspace(0, knots - 1.001, count)
    index = place.astype(np.int64)
    part = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    return np.asarray(low + (high - low) * (values[index] * (1 - part) + values[index + 1] * part))


def scatter(
    count: int, starts: NDArray[np.int64], grains: list[Samples], levels: Curve, pans: Curve
) -> Samples:
    """Return stereo (2, count) with grains laid at `starts`, in turn, each with its level and place -1..1."""
    out = np.zeros((2, count), np.float32)
    for number, start in enumerate(starts):
        grain = grains[number % len(grains)]
        size = min(len(grain), count - int(start))
        if size <= 0:
            continue
        angle = (pans[number] + 1) * np.pi / 4
        sides = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(levels[number])
        out[:, start : start + size] += sides * grain[:size]
    return out


def ring(duration_s: float, partials: list[tuple[float, float, float]], phase: float = 0.0) -> Samples:
    """Return decaying tones: (frequency in Hz, level, time in s to fall by 60 dB)."""
    time_s = seconds(duration_s)
    total = np.zeros(len(time_s))
    for hz, level, decay_s in partials:
        total += level * np.sin(2 * np.pi * hz * time_s + phase) * np.exp(-6.9 * time_s / decay_s)
    return (total * np.minimum(1.0, time_s / 0.001)).astype(np.float32)


def stereo(left: Samples, right: Samples) -> Samples:
    """Return two sides as (2, n)."""
    return np.stack([left, right]).astype(np.float32)
