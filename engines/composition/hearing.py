"""How a clip's sound is had from its file: from where it begins to where it ends, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from engines.composition.entries import Entry, Misfit
from engines.composition.losses import Decoding, Losses
from engines.composition.pcm import RATE_HZ, Samples
from engines.composition.render_plan import Sound
from engines.composition.sources import Source, opened
from engines.composition.tempo import at_speed
from engines.media.gaps import Gaps
from engines.media.probe import heard_stream
from runtime.errors import AssetInvalid, Unsupported

_SEEK_BEYOND_S = 10.0
"""A shorter trim is decoded from the beginning."""
_RUN_UP_S = 1.0
"""So much before a clip's first sample a decoder begins, to have forgotten that it began there."""
_FRAMES_BETWEEN_LOOKS = 64
_CUT_FRAMES = 4
_SILENCE = RATE_HZ
_ENDS_SOON = 0.95
_HARMED = "parts of its sound cannot be decoded and are left out"
_ROUNDED = 64
"""Numbers of samples are float32 in a fade: after an hour they are exact to 16."""


class Heard:
    """One clip: trimmed, at its speed, with its gain and fades, taken from its first sample to its last."""

    def __init__(self, sound: Sound, length: int, go_on: Callable[[], None], losses: Losses) -> None:
        self._pieces = _shaped(sound, length, go_on, losses)
        self._left: Samples | None = None

    def take(self, count: int) -> Samples:
        """Return the next `count` samples, or fewer where the clip ends."""
        taken: list[Samples] = []
        wanted = count
        while wanted:
            piece = self._left if self._left is not None else next(self._pieces, None)
            self._left = None
            if piece is None:
                break
            if piece.shape[1] > wanted:
                piece, self._left = piece[:, :wanted], piece[:, wanted:]
            taken.append(piece)
            wanted -= piece.shape[1]
        if len(taken) == 1:
            return taken[0]
        return np.concatenate(taken, axis=1) if taken else np.zeros((2, 0), np.float32)

    def close(self) -> None:
        """Let go of the file."""
        self._left = None
        self._pieces.close()  # type: ignore[attr-defined]  # it is a generator


def _shaped(sound: Sound, length: int, go_on: Callable[[], None], losses: Losses) -> Iterator[Samples]:
    clip = sound.clip
    pieces = read(sound.source, clip.trim_in_s, length / RATE_HZ * clip.speed, go_on, losses)
    if clip.speed != 1.0:
        pieces = at_speed(pieces, clip.speed)
    gain = np.float32(10.0 ** (clip.gain_db / 20.0) if clip.gain_db > -60 else 0)
    fade_in, fade_out = (np.float32(fade_s * RATE_HZ) for fade_s in (sound.fade_in_s, sound.fade_out_s))
    falls_from = length - float(fade_out) - _ROUNDED
    at = 0
    for whole in pieces:
        piece = whole[:, : length - at] * gain
        count = piece.shape[1]
        if fade_in > 0 and at <= fade_in:
            piece *= np.minimum(_numbers(at, count) / fade_in, np.float32(1.0))
        if fade_out > 0 and at + count >= falls_from:
            piece *= np.clip(
                (np.float32(length - 1) - _numbers(at, count)) / fade_out, np.float32(0.0), np.float32(1.0)
            )
        yield piece
        at += count
        if at >= length:
            return


def _numbers(start: int, count: int) -> Samples:
    return np.arange(start, start + count, dtype=np.int64).astype(np.float32)


def read(
    source: Source,
    trim_s: float,
    duration_s: float,
    go_on: Callable[[], None] = lambda: None,
    losses: Losses | None = None,
) -> Iterator[Samples]:
    """Decode part of a file's sound to 48 kHz stereo; what lies past its end is left out.

    A long trim is sought where the file's clock is good enough, else decoded and thrown away. What cannot be
    decoded is silent, and told to `losses`.

    Raises: AssetInvalid, naming the clip, when most of it cannot be decoded.
    """
    first, last = round(trim_s * RATE_HZ), round((trim_s + duration_s) * RATE_HZ)
    if last <= first:
        return
    told = losses or Losses()
    if source.seeks and trim_s > _SEEK_BEYOND_S:
        try:
            yield from _between(source, first, last, go_on, told, sought=True)
        except Misfit:
            pass
        else:
            return
    yield from _between(source, first, last, go_on, told, sought=False)


def _between(
    source: Source, first: int, last: int, go_on: Callable[[], None], losses: Losses, *, sought: bool
) -> Iterator[Samples]:
    """Yield samples first..last-1 of the file, whose frames lie one after the other from the first one on."""
    at: int | None = None
    for piece, begins in _resampled(source, first if sought else None, go_on, losses):
        if at is None:
            at = begins
            if not sought and at > first:
                yield from _silence(first, min(at, last))
        start, end = at, at + piece.shape[1]
        at = end
        if end > first and start < last:
            yield piece[:, max(0, first - start) : max(0, last - start)]
        if at >= last:
            return


def _silence(start: int, end: int) -> Iterator[Samples]:
    for at in range(start, end, _SILENCE):
        yield np.zeros((2, min(_SILENCE, end - at)), np.float32)


def _resampled(
    source: Source, first: int | None, go_on: Callable[[], None], losses: Losses
) -> Iterator[tuple[Samples, int]]:
    """Yield pieces of 48 kHz stereo, each with where the first of all lies in samples of the file.

    With `first` the file is entered shortly before that sample.

    Raises: Misfit before the first piece when that cannot be done to the sample.
    """
    with opened(source.path, source.name) as container:
        stream = heard_stream(container)
        if stream is None:
            return
        stream.codec_context.thread_count = 1
        origin_s = (container.start_time or 0) / av.time_base
        entry = None
        if first is not None:
            entry = _entered(source, container, stream, first / RATE_HZ - _RUN_UP_S + origin_s)
        if len(container.streams.audio) > 1:
            tracks = f"only one of the {len(container.streams.audio)} sound tracks of its file is heard"
            losses.tell("unsupported", source.name, tracks)
        decoding = Decoding(container, stream, source.name, entry)
        tick_s = float(stream.time_base or 0)  # a frame would make a fraction of it each time
        gaps, lost = Gaps(container.format.name), 0
        line: _Line | None = None
        for number, decoded in enumerate(decoding.frames()):
            frame = decoded
            if number % _FRAMES_BETWEEN_LOOKS == 0:
                go_on()
            if entry is not None and number < _CUT_FRAMES:
                continue  # FFmpeg takes what an encoder puts before the file's first sample away from these
            said_s = None if frame.pts is None else frame.pts * tick_s - origin_s
            if line is None:
                begins = round((said_s or 0.0) * RATE_HZ)
                if first is not None:
                    frame, begins = _aligned(frame, stream, origin_s, first)
                line = _Line(begins, source.name)
            elif said_s is not None:
                gap_s = gaps.before(said_s, line.heard_s, lost=decoding.lost > lost)
                if gap_s:
                    yield from ((piece, line.begins) for piece in line.silence(gap_s))
            lost = decoding.lost
            yield from ((piece, line.begins) for piece in line.follow(frame))
            if decoding.harmed:
                losses.tell("asset_invalid", source.name, _HARMED)
        if decoding.harmed:
            losses.tell("asset_invalid", source.name, _HARMED)
        if source.kind == "audio" and not source.is_guessed:
            _check_end(source, line.heard_s if line else 0.0, decoding, losses)
        if line is not None:
            yield from ((piece, line.begins) for piece in line.end())


def _check_end(source: Source, heard_s: float, decoding: Decoding, losses: Losses) -> None:
    """Tell that sound ends long before its file does; a header that lies of a length is no sign of that.

    Raises: AssetInvalid, naming the clip, when that is most of it.
    """
    declared_s, size_bytes = source.duration_s or 0.0, source.path.stat().st_size
    # Ogg says its length in its last page, which is there.
    ends_soon = decoding.reached_bytes < _ENDS_SOON * size_bytes or decoding.container_format == "ogg"
    if heard_s < _ENDS_SOON * declared_s and ends_soon:
        if 2 * heard_s < declared_s and 2 * decoding.reached_bytes < size_bytes:
            raise AssetInvalid(
                f"{source.name}: the sound is damaged: it can be decoded up to {heard_s:.1f} s only"
            )
        losses.tell("asset_invalid", source.name, f"its sound can be decoded up to {heard_s:.1f} s only")


class _Line:
    """Decoded frames, one after the other, as 48 kHz stereo: a stream may change its rate or channels on the way."""

    def __init__(self, begins: int, name: str) -> None:
        self.begins, self._name = begins, name
        self._resampler: av.AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._made = 0
        self.heard_s = begins / RATE_HZ

    def follow(self, frame: av.AudioFrame) -> Iterator[Samples]:
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or found != self._kind:
            yield from self.end()
            self._resampler, self._kind = _resampler(frame), found
        self.heard_s += frame.samples / frame.sample_rate
        frame.pts = None  # broken times must not make the resampler invent or drop samples
        for made in _made(self._resampler, frame, self._name):
            yield self._counted(_stereo(made))

    def silence(self, gap_s: float) -> Iterator[Samples]:
        yield from self.end()
        self.heard_s += gap_s
        for piece in _silence(self.begins + self._made, round(self.heard_s * RATE_HZ)):
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


def _entered(
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


def _aligned(
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
        if begins > first - _RUN_UP_S * RATE_HZ / 2:
            raise Misfit
        return frame, begins
    step = rate // gcd(rate, RATE_HZ)
    skipped = -int(exact) % step
    stream_begins = max(0, round((float(stream_start_s) - origin_s) * RATE_HZ))
    begins = stream_begins + (int(exact) + skipped) * RATE_HZ // rate
    if skipped >= frame.samples or begins > first - _RUN_UP_S * RATE_HZ / 2:
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
