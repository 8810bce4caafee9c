"""How loud the film is, and how it is brought to its loudness without clipping.

Loudness and true peak after EBU R 128 and ITU-R BS.1770-5, measured by FFmpeg's ebur128.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from consumers.assembly.composer.sound import RATE_HZ, Samples

_NEAR_SILENT_LUFS = -55.0
"""Quieter than this is room noise and stays as it is."""
_MOST_GAIN_DB = 40.0
_BLOCK = 48
_REACH = 20
"""The limiter turns down and up within 20 blocks of a millisecond around a peak."""


@dataclass(frozen=True, slots=True)
class Level:
    """Integrated loudness in LUFS and true peak in dBTP."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure(samples: Samples) -> Level:
    """Measure sound; what is shorter than the gate of 400 ms is measured as if it were repeated."""
    if not samples.shape[1] or not samples.any():
        return Level(-70.0, -120.0)
    if samples.shape[1] < RATE_HZ:
        samples = np.tile(samples, (1, -(-RATE_HZ // samples.shape[1])))
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
    meter = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    integrated, peak = -70.0, 0.0
    for start in range(0, samples.shape[1], RATE_HZ):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:, start : start + RATE_HZ]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE_HZ, start
        graph.push(frame)
        if start + RATE_HZ >= samples.shape[1]:
            graph.push(None)
        while True:
            try:
                notes = graph.pull().metadata
            except (BlockingIOError, EOFError):
                break
            integrated = float(notes.get("lavfi.r128.I", integrated))
            peak = max(peak, *(float(notes.get(f"lavfi.r128.true_peaks_ch{n}", 0.0)) for n in (0, 1)))
    return Level(integrated, 20.0 * float(np.log10(max(peak, 1e-6))))


class Limiter:
    """Raises sound by a gain and keeps its true peaks below a ceiling, with gains that never jump.

    The gain each block needs is known in advance: its minimum over the neighbourhood, smoothed by a window
    of the same length, is never above what any sample in it needs.
    """

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._peaks = _block_peaks(samples)

    def apply(self, gain_db: float, ceiling_dbtp: float) -> Samples:
        """Return the sound at a gain, limited."""
        gain, ceiling = 10.0 ** (gain_db / 20.0), 10.0 ** (ceiling_dbtp / 20.0)
        needed = np.minimum(1.0, ceiling / np.maximum(self._peaks * gain, 1e-9))
        if needed.min(initial=1.0) >= 1.0:
            return self._samples * np.float32(gain)
        width = 2 * _REACH + 1
        padded = np.pad(needed, width, mode="edge")
        lowest = np.lib.stride_tricks.sliding_window_view(padded, width + 2).min(axis=1)
        window = np.hanning(width + 2)[1:-1]
        smooth = np.convolve(lowest, window / window.sum(), mode="valid")
        lead = (len(smooth) - len(needed)) // 2
        curve = smooth[lead : lead + len(needed)]
        at = np.arange(self._samples.shape[1], dtype=np.float64) / _BLOCK - 0.5
        gains = np.interp(at, np.arange(len(curve)), curve) * gain
        return np.asarray(self._samples * gains, np.float32)


def needed_gain_db(samples: Samples, target_lufs: float) -> float | None:
    """Return the gain that brings sound to its loudness, or None for silence and near silence."""
    level = measure(samples)
    if level.integrated_lufs < _NEAR_SILENT_LUFS:
        return None
    return min(target_lufs - level.integrated_lufs, _MOST_GAIN_DB)


def _block_peaks(samples: Samples) -> NDArray[np.float64]:
    """Return the true peak of every millisecond, of four times as many samples (BS.1770-5, annex 2)."""
    count = -(-samples.shape[1] // _BLOCK)
    peaks = np.zeros(count * _BLOCK)
    length = samples.shape[1]
    peaks[:length] = np.abs(samples).max(axis=0, initial=0.0)
    taps = np.arange(-8, 8)
    for phase in (0.25, 0.5, 0.75):
        kernel = (np.sinc(taps + phase) * np.kaiser(17, 5.0)[:-1]).astype(np.float32)
        for channel in samples:
            between = np.convolve(channel, kernel, mode="same")
            np.maximum(peaks[:length], np.abs(between)[:length], out=peaks[:length])
    return np.asarray(peaks.reshape(count, _BLOCK).max(axis=1))
