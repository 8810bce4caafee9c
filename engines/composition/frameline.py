"""How decoded frames become one line of 48 kHz stereo, whatever they change on the way."""

from __future__ import annotations

from collections.abc import Iterator

import av
import av.error
import numpy as np

from engines.composition.pcm import RATE_HZ, Samples
from runtime.errors import Unsupported

_SILENCE = RATE_HZ


def silence(start: int, end: int) -> Iterator[Samples]:
    """Yield samples start..end-1 of silence, a second at a time."""
    for at in range(start, end, _SILENCE):
        yield np.zeros((2, min(_SILENCE, end - at)), np.float32)


class Line:
    """Decoded frames, one after the other, as 48 kHz stereo: a stream may change its rate or channels on the way."""

    def __init__(self, begins: int, name: str) -> None:
        self.begins, self._name = begins, name
        self._resampler: av.AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._made = 0
        self.heard_s = begins / RATE_HZ

    def follow(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """Yield what a frame adds to the line."""
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or found != self._kind:
            yield from self.end()
            self._resampler, self._kind = _resampler(frame), found
        self.heard_s += frame.samples / frame.sample_rate
        frame.pts = None  # broken times must not make the resampler invent or drop samples
        for made in _made(self._resampler, frame, self._name):
            yield self._counted(_stereo(made))

    def silence(self, gap_s: float) -> Iterator[Samples]:
        """Yield silence for a gap in the file's times."""
        yield from self.end()
        self.heard_s += gap_s
        for piece in silence(self.begins + self._made, round(self.heard_s * RATE_HZ)):
            yield self._counted(piece)

    def end(self) -> Iterator[Samples]:
        """Yield what the resampler still holds."""
        if self._resampler is not None:
            for made in self._resampler.resample(None):
                yield self._counted(_stereo(made))
            self._resampler = None

    def _counted(self, piece: Samples) -> Samples:
        self._made += piece.shape[1]
        return piece


def _resampler(frame: av.AudioFrame) -> av.AudioResampler:
    layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
    return av.AudioResampler(format="fltp", layout=layout, rate=RATE_HZ)


def _made(resampler: av.AudioResampler, frame: av.AudioFrame, name: str) -> list[av.AudioFrame]:
    try:
        return resampler.resample(frame)
    except av.error.FFmpegError as error:
        if not frame.layout.name.endswith("channels"):
            raise
        raise Unsupported(
            f"{name}: sound of {frame.layout.nb_channels} channels without an order cannot be mixed"
        ) from error


def _stereo(frame: av.AudioFrame) -> Samples:
    samples = np.asarray(frame.to_ndarray(), np.float32)
    both = np.repeat(samples, 2, axis=0) if samples.shape[0] == 1 else samples
    return np.ascontiguousarray(np.nan_to_num(both, posinf=0.0, neginf=0.0), np.float32)
