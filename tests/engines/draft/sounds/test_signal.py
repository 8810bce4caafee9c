"""Whether signal arithmetic does what it says."""

from __future__ import annotations

import numpy as np
import pytest

from engines.draft.sounds.signal import Samples, convolve, faded, filtered, limited, resample, stretch


def _tone(hz: float, rate_hz: int, seconds: float) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz).astype(np.float32)


def _hz(samples: Samples, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


@pytest.mark.parametrize(
    ("source", "target"), [(22_050, 24_000), (16_000, 24_000), (48_000, 24_000), (24_000, 24_000)]
)
def test_resampling_keeps_tones_and_level(source: int, target: int) -> None:
    out = resample(_tone(1000, source, 1.0), source, target)
    assert len(out) == target
    assert _hz(out, target) == pytest.approx(1000, abs=1.5)
    expected = _tone(1000, target, 1.0)
    assert np.abs(out[500:-500] - expected[500:-500]).max() < 0.02


def test_resampling_down_does_not_fold_high_tones_back() -> None:
    out = resample(_tone(20_000, 48_000, 0.5), 48_000, 24_000)
    assert np.abs(out[500:-500]).max() < 0.02


@pytest.mark.parametrize("factor", [0.3, 0.7, 1.6, 3.0])
def test_stretching_changes_the_length_and_not_the_pitch(factor: float) -> None:
    out = stretch(_tone(220, 24_000, 1.0), 24_000, factor)
    assert len(out) == round(24_000 * factor)
    assert _hz(out, 24_000) == pytest.approx(220, rel=0.03)
    assert np.sqrt((out[2000:-2000] ** 2).mean()) == pytest.approx(0.707, rel=0.12)


def test_a_flat_filter_changes_nothing() -> None:
    tone = _tone(440, 48_000, 0.7)
    out = filtered(np.stack([tone, -tone]), 48_000, np.ones_like)
    assert np.abs(out - np.stack([tone, -tone])).max() < 1e-4


def test_convolution_equals_the_plain_sum() -> None:
    rng = np.random.default_rng(1)
    long, short = rng.standard_normal(40_000).astype(np.float32), rng.standard_normal(700).astype(np.float32)
    assert np.abs(convolve(long, short) - np.convolve(long, short)[:40_000]).max() < 1e-2


def test_a_limited_sound_stays_below_the_ceiling_and_is_otherwise_untouched() -> None:
    tone = 0.3 * _tone(200, 48_000, 1.0)
    tone[20_000:20_100] *= 5
    out = limited(tone, 48_000, -6.0)
    assert np.abs(out).max() <= 10 ** (-6 / 20) + 1e-6
    assert np.array_equal(out[:15_000], tone[:15_000])


def test_fades_begin_and_end_in_silence() -> None:
    out = faded(np.ones((2, 4800), np.float32), 48_000, 0.01, 0.02)
    assert out[0, 0] == 0
    assert abs(out[0, -1]) < 1e-6
    assert out[0, 2400] == 1
