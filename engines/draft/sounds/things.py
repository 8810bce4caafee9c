"""How streets, rooms, steps, bells, clicks and passing things sound."""

from __future__ import annotations

import numpy as np

from engines.draft.sounds.noise import RATE_HZ, band, coloured, ring, scatter, seconds, stereo, wander
from engines.draft.sounds.signal import Samples

Rng = np.random.Generator


def city(rng: Rng, duration_s: float) -> Samples:
    """Traffic far away, cars that pass, now and then a horn."""
    count = round(duration_s * RATE_HZ)
    time_s = seconds(duration_s)
    bed = [
        coloured(rng, count, band(40, 500, 1.3)) * wander(rng, count, 0.4, 0.7, 1.0) * 0.45 for _ in range(2)
    ]
    total = stereo(np.asarray(bed[0], np.float32), np.asarray(bed[1], np.float32))
    for _ in range(max(1, int(duration_s / 2.5))):
        middle, width = rng.random() * duration_s, 0.7 + 0.8 * rng.random()
        swell = np.exp(-(((time_s - middle) / width) ** 2))
        tyres = coloured(rng, count, band(250, 2200, 1.5)) * swell * (0.25 + 0.3 * rng.random())
        pan = np.clip((time_s - middle) / width, -1, 1) * (1 if rng.random() < 0.5 else -1)
        total += stereo(
            np.asarray(tyres * np.sqrt((1 - pan) / 2), np.float32),
            np.asarray(tyres * np.sqrt((1 + pan) / 2), np.float32),
        )
    for _ in range(int(duration_s / 5)):
        horn = ring(0.35, [(hz, 0.05, 4.0) for hz in (392.0, 494.0, 784.0)]) * np.hanning(
            round(0.35 * RATE_HZ)
        ).astype(np.float32)
        start = np.array([int(rng.random() * max(1, count - len(horn)))], np.int64)
        total += scatter(count, start, [horn], np.array([0.8]), rng.random(1) * 1.6 - 0.8)
    return total


def crowd(rng: Rng, duration_s: float) -> Samples:
    """Many people talking in a hall: syllables of noise in the bands of vowels."""
    count = round(duration_s * RATE_HZ)
    sides = []
    for _ in range(2):
        total = np.zeros(count)
        for _ in range(10):
            low = 250 + 500 * rng.random()
            total += coloured(rng, count, band(low, low * 2.4, 4)) * wander(rng, count, 5.5, 0.0, 1.0) ** 2
        sides.append(np.asarray(total * 0.35, np.float32))
    return stereo(*sides)


def room_tone(rng: Rng, duration_s: float) -> Samples:
    """The quiet of a room: soft air."""
    count = round(duration_s * RATE_HZ)
    return stereo(*(coloured(rng, count, band(40, 600, 1.2)) * np.float32(0.3) for _ in range(2)))


def whoosh(rng: Rng, duration_s: float) -> Samples:
    """Something that passes by: noise that swells, brightens and goes from one side to the other."""
    count = round(duration_s * RATE_HZ)
    share = np.arange(count) / max(1, count)
    peak = 0.55
    swell = np.where(share < peak, (share / peak) ** 2.5, np.clip((1 - share) / (1 - peak), 0, 1) ** 2)
    dull, bright = coloured(rng, count, band(120, 900)), coloured(rng, count, band(900, 6500))
    total = (dull * (1 - 0.5 * swell) + bright * swell**1.5) * swell
    return stereo(
        np.asarray(total * np.cos(share * np.pi / 2), np.float32),
        np.asarray(total * np.sin(share * np.pi / 2), np.float32),
    )


def click(rng: Rng, duration_s: float) -> Samples:
    """A switch: press and release."""
    count = round(duration_s * RATE_HZ)
    press = ring(0.06, [(2100.0, 0.5, 0.02), (3900.0, 0.35, 0.012), (520.0, 0.3, 0.03)])
    starts = np.array([round(0.01 * RATE_HZ), round(0.01 * RATE_HZ) + round(0.07 * RATE_HZ)], np.int64)
    return scatter(count, starts, [press], np.array([1.0, 0.6]), np.array([0.0, 0.02 * rng.random()]))


def impact(rng: Rng, duration_s: float) -> Samples:
    """A low hit with a long tail."""
    count = round(duration_s * RATE_HZ)
    time_s = seconds(duration_s)
    hz = 48 + 70 * np.exp(-time_s / 0.06)
    boom = np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * np.exp(-time_s / 0.55)
    sides = [
        np.asarray(boom + coloured(rng, count, band(80, 3500, 1.2)) * np.exp(-time_s / 0.09) * 0.6
                   + coloured(rng, count, band(60, 700)) * np.exp(-time_s / 0.7) * 0.12, np.float32)
        for _ in range(2)
    ]  # fmt: skip
    return stereo(*sides)


def bell(rng: Rng, duration_s: float) -> Samples:
    """A struck bell: hum, prime, minor third, fifth, nominal and above (tuned-bell partials)."""
    count = round(duration_s * RATE_HZ)
    prime = 420.0 + 120.0 * rng.random()
    ratios = (
        (0.5, 0.4, 1.0),
        (1.0, 0.6, 0.8),
        (1.2, 0.5, 0.7),
        (1.5, 0.3, 0.6),
        (2.0, 0.6, 0.55),
        (2.67, 0.25, 0.3),
        (4.1, 0.15, 0.18),
    )
    stroke = ring(
        max(1.0, duration_s), [(prime * ratio, level, 7.0 * decay) for ratio, level, decay in ratios]
    )
    wide = ring(
        max(1.0, duration_s), [(prime * ratio * 1.0012, level, 7.0 * decay) for ratio, level, decay in ratios]
    )
    gap = 2.2
    number = max(1, int((duration_s - 0.8) / gap))
    starts = np.array([round((0.02 + gap * place) * RATE_HZ) for place in range(number)], np.int64)
    levels = np.linspace(1.0, 0.85, number)
    left = scatter(count, starts, [stroke], levels, np.full(number, -0.3))
    return left + scatter(count, starts, [wide], levels, np.full(number, 0.3))


def footsteps(rng: Rng, duration_s: float) -> Samples:
    """Steps on a hard floor: heel, then sole."""
    count = round(duration_s * RATE_HZ)
    steps = [_step(rng) for _ in range(6)]
    starts: list[int] = []
    place = 0.12
    while place < duration_s - 0.25 or not starts:
        starts.append(round(min(place, duration_s) * RATE_HZ))
        place += 0.52 + 0.04 * (rng.random() - 0.5)
    number = len(starts)
    sides = np.where(np.arange(number) % 2 == 0, -0.15, 0.15)
    return scatter(count, np.array(starts, np.int64), steps, 0.75 + 0.25 * rng.random(number), sides)


def _step(rng: Rng) -> Samples:
    size = round(0.22 * RATE_HZ)
    time_s = np.arange(size) / RATE_HZ
    heel = coloured(rng, size, band(90, 900)) * np.exp(-time_s / 0.018)
    late = np.maximum(time_s - 0.075, 0)
    sole = coloured(rng, size, band(500, 4000)) * np.exp(-late / 0.02) * (time_s > 0.075) * 0.22
    return np.asarray(heel + sole + ring(0.22, [(72.0, 0.8, 0.12)])[:size], np.float32)


def chime(rng: Rng, duration_s: float) -> Samples:
    """A short message: two or three clear tones."""
    count = round(duration_s * RATE_HZ)
    base = 660.0 + 120.0 * rng.random()
    tones = [ring(1.4, [(base * step, 0.5, 0.9), (2 * base * step, 0.12, 0.5)]) for step in (1.0, 1.25, 1.5)]
    starts = np.array([round(0.12 * place * RATE_HZ) for place in range(3)], np.int64)
    return scatter(count, starts, tones, np.ones(3), np.array([-0.2, 0.0, 0.2]))


def machine(rng: Rng, duration_s: float) -> Samples:
    """An engine that idles: pulses with harmonics and a rattle."""
    count = round(duration_s * RATE_HZ)
    speed = 27.0 * (1 + 0.02 * (wander(rng, count, 2, -1, 1)))
    phase = 2 * np.pi * np.cumsum(speed) / RATE_HZ
    tone = sum(np.sin(number * phase + 0.7 * number) / number for number in range(1, 14))
    beat = 0.6 + 0.4 * np.maximum(0, np.sin(phase / 2)) ** 3
    sides = [
        np.asarray(0.5 * tone * beat + coloured(rng, count, band(80, 1800)) * beat * 0.3, np.float32)
        for _ in range(2)
    ]
    return stereo(*sides)


def applause(rng: Rng, duration_s: float) -> Samples:
    """Many hands."""
    count = round(duration_s * RATE_HZ)
    claps = []
    for _ in range(40):
        size = round(0.03 * RATE_HZ)
        centre = 700 + 1500 * rng.random()
        shape = np.exp(-np.arange(size) / RATE_HZ / (0.003 + 0.005 * rng.random()))
        claps.append(np.asarray(coloured(rng, size, band(centre, centre * 2.2)) * shape, np.float32))
    number = int(duration_s * 260)
    starts = rng.integers(0, count, max(1, number))
    near = scatter(
        count, starts, claps, 0.06 + 0.3 * rng.random(len(starts)) ** 3, rng.random(len(starts)) * 2 - 1
    )
    return near * wander(rng, count, 0.4, 0.8, 1.0).astype(np.float32)
