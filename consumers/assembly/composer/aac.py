"""How the sound becomes AAC at its loudness: encoded, decoded again, measured, and corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.codec.context import Flags

from consumers.assembly.composer.loudness import Limiter, measure, needed_gain_db
from consumers.assembly.composer.sound import RATE_HZ, Samples

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
    """The whole sound of a film as AAC-LC."""

    packets: tuple[AudioPacket, ...]
    extradata: bytes


def set_up(context: AudioCodecContext) -> None:
    """Set up an encoder; two encoders set up alike have the same configuration."""
    context.sample_rate, context.format, context.layout = RATE_HZ, "fltp", "stereo"
    context.bit_rate = 192_000
    context.thread_count = 1
    context.flags |= Flags.global_header | Flags.bitexact
    context.options = {"aac_coder": "fast"}


def master(samples: Samples, target_lufs: float, advance: Callable[[], None]) -> CodedSound:
    """Return the sound at its loudness, true peaks at most -1 dBTP after decoding; silence stays silence.

    `advance` is called between rounds and may raise.
    """
    gain_db = needed_gain_db(samples, target_lufs)
    if gain_db is None:
        return encode(samples)
    limiter, ceiling_dbtp = Limiter(samples), _CEILING_DBTP
    gain_db = _settled(limiter, gain_db, ceiling_dbtp, target_lufs, advance)
    for _ in range(_ROUNDS):
        advance()
        coded = encode(limiter.apply(gain_db, ceiling_dbtp))
        level = measure(decode(coded, samples.shape[1]))
        loud_enough = abs(target_lufs - level.integrated_lufs) <= 2 * _CLOSE_LU
        low_enough = level.true_peak_dbtp <= _TRUE_PEAK_DBTP - 0.05
        if loud_enough and low_enough:
            break
        if not low_enough:
            ceiling_dbtp -= level.true_peak_dbtp - _TRUE_PEAK_DBTP + 0.15
            gain_db = _settled(limiter, gain_db, ceiling_dbtp, target_lufs, advance)
        else:
            gain_db += target_lufs - level.integrated_lufs
    return coded


def _settled(
    limiter: Limiter, gain_db: float, ceiling_dbtp: float, target_lufs: float, advance: Callable[[], None]
) -> float:
    """Find the gain that is loud enough after limiting, which eats a part of each step."""
    for _ in range(_ROUNDS):
        advance()
        missing = target_lufs - measure(limiter.apply(gain_db, ceiling_dbtp)).integrated_lufs
        if abs(missing) <= _CLOSE_LU:
            break
        gain_db = min(gain_db + missing * (1.5 if missing > 0 else 1.0), 60.0)
    return gain_db


def encode(samples: Samples) -> CodedSound:
    """Encode all samples as AAC-LC."""
    context = av.CodecContext.create("aac", "w")
    set_up(context)
    packets: list[AudioPacket] = []

    def keep(made: list[av.Packet[Any]]) -> None:
        packets.extend(
            AudioPacket(bytes(packet), packet.pts or 0, packet.duration or _FRAME) for packet in made
        )

    for start in range(0, samples.shape[1], _FRAME):
        piece = np.ascontiguousarray(samples[:, start : start + _FRAME])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, start
        keep(context.encode(frame))
    keep(context.encode(None))
    return CodedSound(tuple(packets), bytes(context.extradata or b""))


def decode(coded: CodedSound, length: int) -> Samples:
    """Return what a player hears."""
    context = av.CodecContext.create("aac", "r")
    context.extradata = coded.extradata
    context.thread_count = 1
    pieces = [
        frame.to_ndarray() for packet in coded.packets for frame in context.decode(av.Packet(packet.data))
    ]
    pieces += [frame.to_ndarray() for frame in context.decode(None)]
    return np.ascontiguousarray(np.concatenate(pieces, axis=1)[:, _FRAME : _FRAME + length], np.float32)
