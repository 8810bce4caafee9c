"""How sound is shaped: rates, time, tone, room and level, as plain array arithmetic.

Arrays are float32 with the samples on the last axis, full scale -1..1. Sums run in a fixed order, so that
equal input gives equal bytes whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the rate of mono samples by windowed-sinc polyphase filtering (24 taps, Kaiser beta 8)."""
    if from_hz == to_hz or len(samples) == 0:
        return samples
    divisor = gcd(from_hz, to_hz)
    up, down = to_hz // divisor, from_hz // divisor
    count = len(samples) * up // down
    half = 12 if up >= down else -(-12 * down // up)
    cutoff = min(1.0, up / down) * 0.95
    padded = np.concatenate([np.zeros(half, np.float32), samples, np.zeros(half + down + 1, np.float32)])
    out = np.zeros(count, np.float32)
    for phase in range(min(up, count)):
        place, fraction = divmod(phase * down, up)
        offsets = np.arange(-half + 1, half + 1) - fraction / up
        taps = (
            cutoff
            * np.sinc(cutoff * offsets)
            * np.i0(8.0 * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, 1)))
        )
        taps = (taps / taps.sum()).astype(np.float32)
        size = len(range(phase, count, up))
        total = np.zeros(size, np.float32)
        for tap, value in enumerate(taps):
            start = place + tap + 1
            total += value * padded[start : start + (size - 1) * down + 1 : down]
        out[phase::up] = total
    return out


def stretch(samples: Samples, sample_rate_hz: int, factor: float) -> Samples:
    """Make mono samples `factor` times as long at the same pitch (WSOLA, Verhelst and Roelands 1993)."""
    window = 2 * round(sample_rate_hz * 0.02)
    hop, search = window // 2, window // 4
    if len(samples) < 2 * window or abs(factor - 1.0) < 1e-3:
        return samples
    frames = max(1, round(len(samples) * factor / hop))
    padded = np.concatenate(
        [np.zeros(search, np.float32), samples, np.zeros(2 * window + 2 * search, np.float32)]
    )
    shape = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
    out = np.zeros(frames * hop + window, np.float32)
    last = search
    for frame in range(frames):
        wanted = search + min(round(frame * hop / factor), len(samples))
        if frame:
            follow = padded[last + hop : last + hop + window]
            low = max(0, wanted - search)
            area = padded[low : wanted + search + window]
            score = np.fft.irfft(
                np.fft.rfft(area, 4 * window) * np.conj(np.fft.rfft(follow, 4 * window)), 4 * window
            )[: len(area) - window]
            wanted = low + int(np.argmax(score)) if len(score) else wanted
        last = min(wanted, len(padded) - 2 * window)
        out[frame * hop : frame * hop + window] += shape * padded[last : last + window]
    return out[: round(len(samples) * factor)]


def filtered(
    samples: Samples, sample_rate_hz: int, response: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Samples:
    """Apply a zero-phase tone control: `response` maps frequencies in Hz to gains (a FIR of 2047 taps)."""
    half = 1023
    gains = response(np.asarray(np.fft.rfftfreq(4096, 1.0 / sample_rate_hz), np.float64))
    kernel = np.roll(np.fft.irfft(gains, 4096), half)[: 2 * half + 1] * np.hanning(2 * half + 3)[1:-1]
    padding = [(0, 0)] * (samples.ndim - 1)
    delayed = convolve(np.pad(samples, [*padding, (0, half)]), kernel.astype(np.float32))
    return delayed[..., half:]


def convolve(samples: Samples, impulse: Samples) -> Samples:
    """Return `samples` (..., n) convolved with `impulse` (..., m), cut to n samples; FFT overlap-add."""
    length, taps = samples.shape[-1], impulse.shape[-1]
    size = 1 << max(14, (2 * taps - 1).bit_length())
    step = size - taps + 1
    kernel = np.fft.rfft(impulse, size, axis=-1)
    out = np.zeros((*np.broadcast_shapes(samples.shape[:-1], impulse.shape[:-1]), length + size), np.float32)
    for start in range(0, length, step):
        piece = np.fft.rfft(samples[..., start : start + step], size, axis=-1)
        out[..., start : start + size] += np.fft.irfft(piece * kernel, size, axis=-1).astype(np.float32)
    return out[..., :length]


def room(seed: int, sample_rate_hz: int, decay_s: float, predelay_s: float = 0.012) -> Samples:
    """Return a stereo impulse response (2, n) of a soft room: noise, 60 dB down after `decay_s`."""
    count = round(decay_s * sample_rate_hz)
    noise = np.random.default_rng(seed).standard_normal((2, count))
    time_s = np.arange(count) / sample_rate_hz
    bright = noise * np.exp(-6.9 * time_s / (0.45 * decay_s))
    kernel = np.hanning(18)[1:-1]
    dark = np.stack([np.convolve(side, kernel / kernel.sum(), "same") for side in noise])
    tail = 0.35 * bright + dark * np.exp(-6.9 * time_s / decay_s)
    tail *= np.minimum(1.0, time_s / 0.008)
    tail /= np.sqrt((tail**2).sum(axis=1, keepdims=True))
    return np.pad(tail, ((0, 0), (round(predelay_s * sample_rate_hz), 0))).astype(np.float32)


def limited(samples: Samples, sample_rate_hz: int, ceiling_db: float) -> Samples:
    """Keep peaks at or below `ceiling_db` (dBFS) by turning down smoothly around them."""
    ceiling = np.float32(10.0 ** (ceiling_db / 20.0))
    level = np.abs(samples) if samples.ndim == 1 else np.abs(samples).max(axis=0)
    size = max(1, sample_rate_hz // 500)
    count = -(-len(level) // size)
    peaks = np.pad(level, (0, count * size - len(level))).reshape(count, size).max(axis=1)
    if not len(peaks) or float(peaks.max()) <= ceiling:
        return samples
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    reach = 10
    wide = np.pad(needed, reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1).min(axis=1)
    smooth = np.convolve(
        np.pad(lowest, reach // 2, mode="edge"), np.full(reach + 1, 1.0 / (reach + 1)), "valid"
    )
    gain = np.interp(np.arange(len(level)), (np.arange(count) + 0.5) * size, smooth).astype(np.float32)
    turned = samples * gain
    return np.clip(turned, -ceiling, ceiling, out=turned)


def faded(samples: Samples, sample_rate_hz: int, in_s: float, out_s: float) -> Samples:
    """Fade both ends with half cosines; the last sample is silence."""
    length = samples.shape[-1]
    out = samples.copy()
    rise, fall = (
        min(length // 2, round(in_s * sample_rate_hz)),
        min(length // 2, round(out_s * sample_rate_hz)),
    )
    if rise:
        out[..., :rise] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)).astype(np.float32)
    if fall:
        down = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall)
        out[..., length - fall :] *= down.astype(np.float32)
    return out


def rms_db(samples: Samples) -> float:
    """Return the level of the samples in dBFS."""
    block, total = 1 << 20, 0.0
    for start in range(0, samples.shape[-1], block):
        total += float(np.square(samples[..., start : start + block], dtype=np.float64).sum())
    return float(10.0 * np.log10(total / max(1, samples.size) + 1e-12))
