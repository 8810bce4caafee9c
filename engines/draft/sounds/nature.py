"""How rain, wind, sea, thunder, fire and birds sound."""

from __future__ import annotations

import numpy as np

from engines.draft.sounds.noise import RATE_HZ, band, coloured, scatter, seconds, stereo, wander
from engines.draft.sounds.signal import Samples

Rng = np.random.Generator


def rain(rng: Rng, duration_s: float) -> Samples:
    """A bed of fine drops with single ones near by."""
    count = round(duration_s * RATE_HZ)
    sides = [
        np.asarray(coloured(rng, count, band(900, 9000, 1.6)) * wander(rng, count, 0.6, 0.8, 1.0), np.float32)
        for _ in range(2)
    ]
    low = coloured(rng, count, band(150, 700)) * 0.25
    drops = [_drop(rng) for _ in range(24)]
    number = max(1, int(duration_s * 60))
    near = scatter(
        count,
        rng.integers(0, count, number),
        drops,
        0.15 + 0.9 * rng.random(number) ** 3,
        rng.random(number) * 2 - 1,
    )
    return stereo(sides[0], sides[1]) * 0.5 + low + near


def _drop(rng: Rng) -> Samples:
    time_s = seconds(0.03)
    hz = 1800 + 3500 * rng.random()
    tone = np.sin(2 * np.pi * hz * time_s * (1 + 3 * time_s)) * np.exp(-time_s / 0.005)
    return np.asarray(tone + 0.5 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.002), np.float32)


def wind(rng: Rng, duration_s: float) -> Samples:
    """Gusts: bands of noise that rise in pitch as they grow."""
    count = round(duration_s * RATE_HZ)
    gust = wander(rng, count, 0.35, 0.15, 1.0)
    sides = []
    for _ in range(2):
        total = coloured(rng, count, band(60, 260)) * (0.5 + 0.5 * gust)
        for place, (low, high) in enumerate(((200, 420), (380, 760), (700, 1300))):
            share = np.clip(gust * 1.6 - 0.35 * place, 0, 1) ** 2
            total = total + coloured(rng, count, band(low, high, 4)) * share * wander(
                rng, count, 1.5, 0.5, 1.0
            )
        sides.append(np.asarray(total, np.float32))
    return stereo(*sides)


def sea(rng: Rng, duration_s: float) -> Samples:
    """Waves that roll in every seven seconds, break and hiss back."""
    count = round(duration_s * RATE_HZ)
    time_s = seconds(duration_s)
    period = 6.0 + 2.0 * rng.random()
    offset = 0.35 * period
    phase = ((time_s + offset) / period) % 1.0
    swell = np.where(phase < 0.45, (phase / 0.45) ** 2, ((1 - phase) / 0.55) ** 1.5)
    breaking = np.clip((phase - 0.4) / 0.05, 0, 1)
    hiss = breaking * np.exp(-np.maximum(phase - 0.45, 0) * 5) * np.clip((1 - phase) / 0.1, 0, 1)
    sides = []
    for _ in range(2):
        deep = coloured(rng, count, band(50, 420)) * (0.25 + 0.75 * swell)
        crash = coloured(rng, count, band(300, 2600, 1.5)) * swell**2 * 0.8
        foam = coloured(rng, count, band(2500, 9000)) * hiss * 0.45 * wander(rng, count, 9, 0.7, 1.0)
        sides.append(np.asarray(deep + crash + foam, np.float32))
    return stereo(*sides)


def thunder(rng: Rng, duration_s: float) -> Samples:
    """A crack, then rolls that go away, over distant rain."""
    count = round(duration_s * RATE_HZ)
    time_s = seconds(duration_s)
    crack_s = min(0.6, 0.12 * duration_s)
    since = np.maximum(time_s - crack_s, 0.0)
    heard = time_s >= crack_s
    rolls = np.zeros(count)
    for number in range(5):
        place = number * 0.5 * (0.6 + 0.8 * rng.random())
        rolls += (
            np.clip((since - place) / 0.12, 0, 1)
            * np.exp(-np.maximum(since - place, 0) / 1.1)
            / (1 + 0.6 * number)
        )
    sides = []
    for _ in range(2):
        rumble = coloured(rng, count, band(25, 130)) * rolls * wander(rng, count, 7, 0.4, 1.0) * heard
        crack = coloured(rng, count, band(300, 5000, 1.2)) * np.exp(-since / 0.11) * heard * 0.9
        far = coloured(rng, count, band(900, 6000)) * 0.035
        sides.append(np.asarray(rumble * 1.6 + crack + far, np.float32))
    return stereo(*sides)


def fire(rng: Rng, duration_s: float) -> Samples:
    """A low roar with crackles in bursts."""
    count = round(duration_s * RATE_HZ)
    crackles = []
    for _ in range(20):
        time_s = seconds(0.004 + 0.02 * rng.random())
        crackles.append(
            np.asarray(
                rng.standard_normal(len(time_s)) * np.exp(-time_s / (len(time_s) / RATE_HZ / 5)), np.float32
            )
        )
    number = max(2, int(duration_s * 22))
    levels = 0.1 + 1.6 * rng.random(number) ** 5
    near = scatter(count, rng.integers(0, count, number), crackles, levels, rng.random(number) * 1.6 - 0.8)
    sides = [
        coloured(rng, count, band(50, 350)) * wander(rng, count, 5, 0.5, 1.0) * 0.35
        + coloured(rng, count, band(900, 5000)) * wander(rng, count, 8, 0.2, 1.0) * 0.05
        for _ in range(2)
    ]
    return stereo(np.asarray(sides[0], np.float32), np.asarray(sides[1], np.float32)) + near


def birds(rng: Rng, duration_s: float) -> Samples:
    """Calls of three birds over a quiet wood."""
    count = round(duration_s * RATE_HZ)
    calls = [_call(rng, 2300 + 1500 * number) for number in range(3) for _ in range(3)]
    number = max(2, int(duration_s * 1.6))
    starts = np.sort(rng.integers(0, max(1, count - RATE_HZ // 3), number))
    sung = scatter(count, starts, calls, 0.25 + 0.55 * rng.random(number), rng.random(number) * 1.8 - 0.9)
    leaves = [
        coloured(rng, count, band(400, 3500, 1.5)) * wander(rng, count, 0.5, 0.03, 0.07) for _ in range(2)
    ]
    return sung + stereo(np.asarray(leaves[0], np.float32), np.asarray(leaves[1], np.float32))


def _call(rng: Rng, base_hz: float) -> Samples:
    pieces = []
    for _ in range(2 + int(rng.random() * 4)):
        time_s = seconds(0.05 + 0.09 * rng.random())
        share = time_s / time_s[-1]
        hz = base_hz * (1 + 0.35 * (rng.random() - 0.5) + (0.5 * rng.random() - 0.25) * share)
        tone = np.sin(2 * np.pi * np.cumsum(hz + 90 * np.sin(2 * np.pi * 28 * time_s)) / RATE_HZ)
        pieces += [tone * np.sin(np.pi * share) ** 1.5, np.zeros(int(RATE_HZ * (0.02 + 0.07 * rng.random())))]
    return np.asarray(np.concatenate(pieces), np.float32)
