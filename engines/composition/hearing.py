"""How a clip's sound is had from its file: from where it begins to where it ends, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import av
import av.error
import numpy as np

from engines.composition.entering import RUN_UP_S, aligned, entered
from engines.composition.entries import Misfit
from engines.composition.frameline import Line, silence
from engines.composition.losses import Decoding, Losses
from engines.composition.pcm import RATE_HZ, Samples
from engines.composition.render_plan import Sound
from engines.composition.sources import Source, opened
from engines.composition.tempo import at_speed
from engines.media.gaps import Gaps
from engines.media.probe import heard_stream
from runtime.errors import AssetInvalid

_SEEK_BEYOND_S = 10.0
"""A shorter trim is decoded from the beginning."""
_FRAMES_BETWEEN_LOOKS = 64
_CUT_FRAMES = 4
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
                yield from silence(first, min(at, last))
        start, end = at, at + piece.shape[1]
        at = end
        if end > first and start < last:
            yield piece[:, max(0, first - start) : max(0, last - start)]
        if at >= last:
            return


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
            entry = entered(source, container, stream, first / RATE_HZ - RUN_UP_S + origin_s)
        if len(container.streams.audio) > 1:
            tracks = f"only one of the {len(container.streams.audio)} sound tracks of its file is heard"
            losses.tell("unsupported", source.name, tracks)
        decoding = Decoding(container, stream, source.name, entry)
        tick_s = float(stream.time_base or 0)  # a frame would make a fraction of it each time
        gaps, lost = Gaps(container.format.name), 0
        line: Line | None = None
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
                    frame, begins = aligned(frame, stream, origin_s, first)
                line = Line(begins, source.name)
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
