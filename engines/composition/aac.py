"""How the sound becomes AAC at its loudness: encoded, decoded again, measured, and corrected."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.codec.context import Flags

from engines.composition.loudness import Limiter, measure_stream, needed_gain_db
from engines.composition.pcm import RATE_HZ, Pcm, Samples, cut

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

_FRAME = 1024
_TRUE_PEAK_DBTP = -1.0
_CEILING_DBTP = -2.0
"""Coding adds a few tenths of a decibel to the peaks."""
_CLOSE_LU = 0.15
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """A coded sound packet: its bytes, its time and length in samples."""

    data: bytes
    pts: int
    duration: int


@dataclass(frozen=True, slots=True)
class CodedSound:
    """The whole sound of a film as AAC-LC: packets in a file, with their sizes, times and lengths in samples."""

    path: Path
    sizes: array[int]
    pts: array[int]
    durations: array[int]
    extradata: bytes

    def packets(self) -> Iterator[AudioPacket]:
        """Read the packets in order."""
        with self.path.open("rb") as file:
            for size, pts, duration in zip(self.sizes, self.pts, self.durations, strict=True):
                yield AudioPacket(file.read(size), pts, duration)


def set_up(context: AudioCodecContext) -> None:
    """Set up an encoder; two encoders set up alike have the same configuration."""
    context.sample_rate, context.format, context.layout = RATE_HZ, "fltp", "stereo"
    context.bit_rate = 192_000
    context.thread_count = 1
    context.flags |= Flags.global_header | Flags.bitexact
    context.options = {"aac_coder": "fast"}


def master(sound: Pcm, target_lufs: float, path: Path, go_on: Callable[[], None]) -> CodedSound:
    """Write the sound at its loudness to `path`, true peaks at most -1 dBTP after decoding.

    Silence stays silence. `go_on` is called between blocks and may raise.
    """
    gain_db = needed_gain_db(sound.blocks(go_on), target_lufs)
    if gain_db is None:
        return encode(sound.blocks(go_on), path)
    limiter, ceiling_dbtp = Limiter(sound, go_on), _CEILING_DBTP
    try:
        gain_db = _settled(limiter, gain_db, ceiling_dbtp, target_lufs)
        for _ in range(_ROUNDS):
            coded = encode(limiter.apply(gain_db, ceiling_dbtp), path)
            level = measure_stream(decode(coded, sound.length, go_on))
            loud_enough = abs(target_lufs - level.integrated_lufs) <= 2 * _CLOSE_LU
            low_enough = level.true_peak_dbtp <= _TRUE_PEAK_DBTP - 0.05
            if loud_enough and low_enough:
                break
            if not low_enough:
                ceiling_dbtp -= level.true_peak_dbtp - _TRUE_PEAK_DBTP + 0.15
                gain_db = _settled(limiter, gain_db, ceiling_dbtp, target_lufs)
            else:
                gain_db += target_lufs - level.integrated_lufs
    finally:
        limiter.close()
    return coded


def _settled(limiter: Limiter, gain_db: float, ceiling_dbtp: float, target_lufs: float) -> float:
    """Find the gain that is loud enough after limiting, which eats a part of each step."""
    for _ in range(_ROUNDS):
        missing = target_lufs - measure_stream(limiter.apply(gain_db, ceiling_dbtp)).integrated_lufs
        if abs(missing) <= _CLOSE_LU:
            break
        gain_db = min(gain_db + missing * (1.5 if missing > 0 else 1.0), 60.0)
    return gain_db


def encode(pieces: Iterable[Samples], path: Path) -> CodedSound:
    """Encode all samples as AAC-LC."""
    context = av.CodecContext.create("aac", "w")
    set_up(context)
    sizes, times, durations = array("L"), array("q"), array("L")
    with path.open("wb") as file:

        def keep(frame: av.AudioFrame | None) -> None:
            for packet in context.encode(frame):
                file.write(bytes(packet))
                sizes.append(packet.size)
                times.append(packet.pts or 0)
                durations.append(packet.duration or _FRAME)

        start = 0
        for piece in cut(pieces, _FRAME):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE_HZ, start
            start += piece.shape[1]
            keep(frame)
        keep(None)
    return CodedSound(path, sizes, times, durations, bytes(context.extradata or b""))


def decode(coded: CodedSound, length: int, go_on: Callable[[], None]) -> Iterator[Samples]:
    """Yield what a player hears: `length` samples after those the encoder puts before them."""
    context = av.CodecContext.create("aac", "r")
    context.extradata = coded.extradata
    context.thread_count = 1
    at = -_FRAME

    def heard(frames: list[av.AudioFrame]) -> Iterator[Samples]:
        nonlocal at
        for frame in frames:
            piece = np.asarray(frame.to_ndarray(), np.float32)
            first, last = max(0, -at), min(piece.shape[1], length - at)
            at += piece.shape[1]
            if first < last:
                yield piece[:, first:last]

    for number, packet in enumerate(coded.packets()):
        if number % _FRAME == 0:
            go_on()
        yield from heard(context.decode(av.Packet(packet.data)))
    yield from heard(context.decode(None))
