"""What is measured of the sound of an asset, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.composition.loudness import measure_stream
from engines.composition.pcm import RATE_HZ
from engines.local.quality.pictures import Fault
from engines.local.quality.speech import HEARD_HZ
from engines.media.kinds import open_media
from engines.media.probe import heard_stream
from runtime.errors import AssetInvalid

Samples = NDArray[np.float32]

MOST_SPEECH_S = 300
"""So much of a sound is kept to be listened to as speech."""
_WINDOWS_PER_S = 10
_SILENT = 10 ** (-60 / 20)
_ONE_IN_BOTH = 2**0.5
"""One channel is heard from both speakers; FFmpeg makes each of them 3 dB quieter."""
_CLIPPED = 0.999
_LOOK_EVERY = 256
_QUIET_LUFS, _LOUD_LUFS = -40.0, -9.0


@dataclass(slots=True)
class Heard:
    """What a sound measures; `speech` are its samples at `HEARD_HZ` in one channel, as far as they are kept."""

    scores: dict[str, float] = field(default_factory=dict)
    speech: Samples = field(default_factory=lambda: np.zeros(0, np.float32))


def listened(path: Path, media_type: str, check: Callable[[], None], *, speech: bool) -> Heard:
    """Decode a sound to its end and measure it.

    - `loudness_lufs`, `true_peak_dbtp`: EBU R 128.
    - `silence`: the part in which nothing is louder than -60 dBFS, in windows of 0.1 s.
    - `clipped`: the part of samples at full scale.

    Raises:
        AssetInvalid: it cannot be decoded.
    """
    counts = _Counts()
    kept: list[Samples] = []
    level = measure_stream(_pieces(path, media_type, check, counts, kept if speech else None))
    if not counts.samples:
        raise AssetInvalid("The file holds no sound that can be decoded.")
    scores = {
        "loudness_lufs": round(level.integrated_lufs, 1),
        "true_peak_dbtp": round(level.true_peak_dbtp, 1),
        "silence": round(counts.silent / max(1, counts.windows), 3),
        "clipped": round(counts.clipped / counts.samples, 5),
    }
    return Heard(scores, np.concatenate(kept) if kept else np.zeros(0, np.float32))


def faults(scores: dict[str, float]) -> list[Fault]:
    """Return what is wrong with sound that measures so."""
    if scores["silence"] == 1.0:
        return [("silent", "fail", "nothing is to be heard")]
    found: list[Fault] = []
    if scores["silence"] > 0.5:
        found.append(("mostly_silent", "review", f"{scores['silence']:.0%} is silence"))
    if scores["loudness_lufs"] < _QUIET_LUFS:
        found.append(("quiet", "review", f"{scores['loudness_lufs']:g} LUFS is very quiet"))
    if scores["loudness_lufs"] > _LOUD_LUFS:
        found.append(("loud", "review", f"{scores['loudness_lufs']:g} LUFS is louder than anybody delivers"))
    if scores["clipped"] > 0.001:
        found.append(("clipped", "review", f"{scores['clipped']:.2%} of its samples are at full scale"))
    return found


@dataclass(slots=True)
class _Counts:
    samples: int = 0
    clipped: int = 0
    windows: int = 0
    silent: int = 0

    def add(self, piece: Samples, rate_hz: int) -> None:
        """Count the samples of a frame, as they were before anything was mixed."""
        self.samples += piece.size
        self.clipped += int((np.abs(piece) >= _CLIPPED).sum())
        window = max(1, rate_hz // _WINDOWS_PER_S)
        for begin in range(0, piece.shape[1], window):
            self.windows += 1
            self.silent += int(np.abs(piece[:, begin : begin + window]).max(initial=0.0) < _SILENT)


def _pieces(
    path: Path, media_type: str, check: Callable[[], None], counts: _Counts, kept: list[Samples] | None
) -> Iterator[Samples]:
    """Yield a sound at 48 kHz in two channels, counted; what is spoken is put into `kept`."""
    import av
    from av.audio.resampler import AudioResampler

    plain = AudioResampler("fltp")
    whole = AudioResampler("fltp", "stereo", RATE_HZ)
    low = AudioResampler("fltp", "mono", HEARD_HZ)
    room = MOST_SPEECH_S * HEARD_HZ
    try:
        with open_media(path, media_type) as container:
            stream = heard_stream(container)
            if stream is None:
                return
            stream.codec_context.thread_count = 1
            gain = np.float32(_ONE_IN_BOTH if stream.channels == 1 else 1.0)
            frames: Iterator[Any] = container.decode(stream)
            for number, frame in enumerate(_and_end(_made(plain, _and_end(frames)))):
                if number % _LOOK_EVERY == 0:
                    check()
                if frame is not None:
                    counts.add(np.asarray(frame.to_ndarray(), np.float32), frame.sample_rate)
                for piece in _made(whole, [frame]):
                    yield np.asarray(piece.to_ndarray(), np.float32) * gain
                if kept is not None and room > 0:
                    for piece in _made(low, [frame]):
                        kept.append(np.asarray(piece.to_ndarray(), np.float32)[0, :room])
                        room -= kept[-1].size
    except (av.FFmpegError, OSError, ValueError, EOFError) as error:
        raise AssetInvalid("The sound cannot be decoded.") from error


def _and_end(frames: Iterator[Any]) -> Iterator[Any]:
    yield from frames
    yield None  # what a resampler holds back comes now


def _made(resampler: Any, frames: Iterable[Any]) -> Iterator[Any]:
    for frame in frames:
        yield from resampler.resample(frame)
