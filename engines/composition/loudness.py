"""How loud the film is, and how it is brought to its loudness without clipping.

Loudness and true peak after EBU R 128 and ITU-R BS.1770-5, measured by FFmpeg's ebur128.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from engines.composition.pcm import RATE_HZ, Pcm, Samples, cut

_NEAR_SILENT_LUFS = -55.0
"""Quieter than this is room noise and stays as it is."""
_MOST_GAIN_DB = 40.0
_STEP = 48
_REACH = 20
"""The limiter turns down and up within 20 steps of a millisecond around a peak."""
_WIDTH = 2 * _REACH + 1
_TAPS = 8


@dataclass(frozen=True, slots=True)
class Level:
    """Integrated loudness in LUFS and true peak in dBTP."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure(samples: Samples) -> Level:
    """Measure sound that is in memory."""
    return measure_stream([samples])


def measure_stream(pieces: Iterable[Samples]) -> Level:
    """Measure sound piece by piece.

    What is shorter than a second, near the gate of 400 ms, is measured as if it were repeated.
    """
    seconds = cut(pieces, RATE_HZ)
    first = next(seconds, None)
    if first is None:
        return Level(-70.0, -120.0)
    if first.shape[1] < RATE_HZ:
        return _level(cut([np.tile(first, (1, -(-RATE_HZ // first.shape[1])))], RATE_HZ))

    def all_of_it() -> Iterator[Samples]:
        yield first
        yield from seconds

    return _level(all_of_it())


def _level(seconds: Iterator[Samples]) -> Level:
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
    meter = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    integrated, peak, start, heard = -70.0, 0.0, 0, False

    def listen() -> None:
        nonlocal integrated, peak
        while True:
            try:
                notes = graph.pull().metadata
            except (BlockingIOError, EOFError):
                return
            integrated = float(notes.get("lavfi.r128.I", integrated))
            peak = max(peak, *(float(notes.get(f"lavfi.r128.true_peaks_ch{n}", 0.0)) for n in (0, 1)))

    for second in seconds:
        heard = heard or bool(second.any())
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(second), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, start
        start += second.shape[1]
        graph.push(frame)
        listen()
    graph.push(None)
    listen()
    return Level(integrated, 20.0 * float(np.log10(max(peak, 1e-6)))) if heard else Level(-70.0, -120.0)


class Limiter:
    """Raises sound by a gain and keeps its true peaks below a ceiling, with gains that never jump.

    The gain each step needs is known in advance: its minimum over the neighbourhood, smoothed by a window
    of the same length, is never above what any sample in it needs. The peak of every millisecond is kept in a
    file beside the sound.
    """

    def __init__(self, sound: Pcm, go_on: Callable[[], None]) -> None:
        self._sound, self._go_on = sound, go_on
        self._steps = -(-sound.length // _STEP)
        self._peaks = sound.path.with_suffix(".peaks").open("w+b")
        self._highest = 0.0
        try:
            for peaks in _peaks(sound, go_on):
                self._highest = max(self._highest, float(peaks.max(initial=0.0)))
                self._peaks.write(peaks.data)
        except BaseException:
            self.close()
            raise

    def apply(self, gain_db: float, ceiling_dbtp: float) -> Iterator[Samples]:
        """Yield the sound at a gain, limited."""
        gain, ceiling = 10.0 ** (gain_db / 20.0), 10.0 ** (ceiling_dbtp / 20.0)
        if _needed(np.array([self._highest]), gain, ceiling)[0] >= 1.0:
            for block in self._sound.blocks(self._go_on):
                yield block * np.float32(gain)
            return
        for start, block in zip(self._sound.starts(), self._sound.blocks(self._go_on), strict=True):
            first = start // _STEP
            low, high = max(0, first - 1), min(self._steps, first + -(-block.shape[1] // _STEP) + 1)
            curve = self._curve(low, high, gain, ceiling)
            at = np.arange(start, start + block.shape[1], dtype=np.float64) / _STEP - 0.5
            yield np.asarray(block * (np.interp(at, np.arange(low, high), curve) * gain), np.float32)

    def _curve(self, low: int, high: int, gain: float, ceiling: float) -> NDArray[np.float64]:
        """Return the gain of the steps low..high-1, for which as many on each side are looked at."""
        begin, end = max(0, low - _WIDTH), min(self._steps, high + _WIDTH)
        self._peaks.seek(begin * 8)
        needed = _needed(np.frombuffer(self._peaks.read((end - begin) * 8), np.float64), gain, ceiling)
        padded = np.pad(needed, (_WIDTH - (low - begin), _WIDTH - (end - high)), mode="edge")
        lowest = np.lib.stride_tricks.sliding_window_view(padded, _WIDTH + 2).min(axis=1)
        window = np.hanning(_WIDTH + 2)[1:-1]
        return np.asarray(np.convolve(lowest, window / window.sum(), mode="valid"))

    def close(self) -> None:
        """Let go of the file and remove it."""
        self._peaks.close()
        self._sound.path.with_suffix(".peaks").unlink(missing_ok=True)


def _needed(peaks: NDArray[np.float64], gain: float, ceiling: float) -> NDArray[np.float64]:
    return np.asarray(np.minimum(1.0, ceiling / np.maximum(peaks * gain, 1e-9)))


def needed_gain_db(pieces: Iterable[Samples], target_lufs: float) -> float | None:
    """Return the gain that brings sound to its loudness, or None for silence and near silence."""
    level = measure_stream(pieces)
    if level.integrated_lufs < _NEAR_SILENT_LUFS:
        return None
    return min(target_lufs - level.integrated_lufs, _MOST_GAIN_DB)


def _peaks(sound: Pcm, go_on: Callable[[], None]) -> Iterator[NDArray[np.float64]]:
    """Yield the true peaks of every millisecond, of four times as many samples (BS.1770-5, annex 2).

    What lies between samples depends on eight of them on each side, so each block is seen with its neighbours.
    """
    before = np.zeros((2, 0), np.float32)
    following = sound.blocks(go_on)
    block = next(following, None)
    while block is not None:
        after = next(following, None)
        beyond = after[:, :_TAPS] if after is not None else np.zeros((2, 0), np.float32)
        yield _block_peaks(np.concatenate([before, block, beyond], axis=1), before.shape[1], block.shape[1])
        before, block = block[:, -_TAPS:], after


def _block_peaks(samples: Samples, first: int, length: int) -> NDArray[np.float64]:
    """Return the peak of each step of `length` samples that begin at `first`."""
    count = -(-length // _STEP)
    peaks = np.zeros(count * _STEP)
    here = slice(first, first + length)
    peaks[:length] = np.abs(samples[:, here]).max(axis=0, initial=0.0)
    taps = np.arange(-_TAPS, _TAPS)
    for phase in (0.25, 0.5, 0.75):
        kernel = (np.sinc(taps + phase) * np.kaiser(2 * _TAPS + 1, 5.0)[:-1]).astype(np.float32)
        for channel in samples:
            between = np.convolve(channel, kernel, mode="same")
            np.maximum(peaks[:length], np.abs(between)[here], out=peaks[:length])
    return np.asarray(peaks.reshape(count, _STEP).max(axis=1))
