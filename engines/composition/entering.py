"""How a file's sound is entered in the middle: to the sample, and in step with what began at its first one."""

from __future__ import annotations

from math import gcd
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from engines.composition.entries import Entry, Misfit
from engines.composition.pcm import RATE_HZ
from engines.composition.sources import Source

RUN_UP_S = 1.0
"""So much before a clip's first sample a decoder begins, to have forgotten that it began there."""


def entered(
    source: Source, container: av.container.InputContainer, stream: av.AudioStream, moment_s: float
) -> Entry | None:
    """Go to a moment; return where that is, in a file whose packets say it no more."""
    if stream.time_base is None:
        raise Misfit
    pts = int(moment_s / stream.time_base)
    if container.format.name == "mp3":
        return source.entries.enter(container, stream, pts)
    try:
        container.seek(pts, stream=stream, backward=True)
    except (av.error.FFmpegError, OverflowError) as error:
        raise Misfit from error
    return None


def aligned(
    frame: av.AudioFrame, stream: av.AudioStream, origin_s: float, first: int
) -> tuple[av.AudioFrame, int]:
    """Cut a frame so that its first sample falls on a sample of 48 kHz, and say on which.

    The resampler is then in step with one that began at the first sample of the stream.
    """
    rate = frame.sample_rate
    base, own_base = frame.time_base, stream.time_base
    if frame.pts is None or base is None or own_base is None or frame.time is None:
        raise Misfit
    stream_start_s = (stream.start_time or 0) * own_base
    exact = (frame.pts * base - stream_start_s) * rate
    if exact < 0:
        raise Misfit
    if exact.denominator != 1:
        # The clock counts milliseconds or the like: so near the place is right.
        begins = round((frame.time - origin_s) * RATE_HZ)
        if begins > first - RUN_UP_S * RATE_HZ / 2:
            raise Misfit
        return frame, begins
    step = rate // gcd(rate, RATE_HZ)
    skipped = -int(exact) % step
    stream_begins = max(0, round((float(stream_start_s) - origin_s) * RATE_HZ))
    begins = stream_begins + (int(exact) + skipped) * RATE_HZ // rate
    if skipped >= frame.samples or begins > first - RUN_UP_S * RATE_HZ / 2:
        raise Misfit
    if not skipped:
        return frame, begins
    return _behind(frame, skipped), begins


def _behind(frame: av.AudioFrame, skipped: int) -> av.AudioFrame:
    """Return a frame without its first samples, in the same format.

    PyAV reads beyond the planes of a planar frame of eight channels, so it is packed on the way.
    """
    kind, layout, rate = frame.format.name, frame.layout.name, frame.sample_rate
    packed = _as(frame, frame.format.packed.name)
    samples: NDArray[Any] = packed.to_ndarray()
    kept = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples[:, skipped * frame.layout.nb_channels :]),
        format=packed.format.name,
        layout=layout,
    )
    kept.sample_rate = rate
    return _as(kept, kind)


def _as(frame: av.AudioFrame, kind: str) -> av.AudioFrame:
    if frame.format.name == kind:
        return frame
    made = av.AudioResampler(format=kind, layout=frame.layout.name, rate=frame.sample_rate).resample(frame)
    if len(made) != 1 or made[0].samples != frame.samples:
        raise Misfit
    return made[0]
