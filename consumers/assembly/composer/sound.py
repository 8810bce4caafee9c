"""What the film sounds like before its loudness is set: clips placed, faded, turned down under speech."""

from __future__ import annotations

from collections.abc import Callable

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from consumers.assembly.composer.plan import Sound
from consumers.assembly.composer.sources import Source, opened

RATE_HZ = 48_000
Samples = NDArray[np.float32]
"""float32 (2, samples), 48 kHz, left and right."""

_BLOCK = 480
"""Ducking looks at the voice every 10 ms."""
_ATTACK_S, _RELEASE_S, _HOLD_S = 0.03, 0.4, 0.25
_VOICE_BELOW_PEAK_DB, _VOICE_FLOOR_DB = 30.0, -55.0


def mix(sounds: tuple[Sound, ...], tracks: int, samples: int, advance: Callable[[], None]) -> Samples:
    """Return all clips together, exactly `samples` long; `advance` is called between clips and may raise."""
    heard = np.zeros((2, samples), np.float32)
    by_track: dict[int, Samples] = {}
    voices = {sound.clip.duck.by for sound in sounds if sound.clip.duck is not None}
    for voice in sorted(voices):
        by_track[voice] = np.zeros((2, samples), np.float32)
    ready: list[tuple[Sound, int, Samples]] = []
    for sound in sounds:
        advance()
        start = min(round(sound.start_s * RATE_HZ), samples)
        placed = _clip(sound, min(round(sound.duration_s * RATE_HZ), samples - start))
        if sound.track in by_track:
            by_track[sound.track][:, start : start + placed.shape[1]] += placed
        if sound.clip.duck is None:
            heard[:, start : start + placed.shape[1]] += placed
        else:
            ready.append((sound, start, placed))
    envelopes = {voice: _voice(by_track[voice]) for voice in sorted(voices)}
    for sound, start, placed in ready:
        duck = sound.clip.duck
        if duck is None or not placed.shape[1]:
            continue
        gains = duck_gains(envelopes[duck.by], duck.amount_db)
        at = (start + np.arange(placed.shape[1], dtype=np.float64)) / _BLOCK - 0.5
        curve = np.interp(at, np.arange(len(gains)), gains).astype(np.float32)
        heard[:, start : start + placed.shape[1]] += placed * curve
    return heard


def duck_gains(voice: NDArray[np.bool_], amount_db: float) -> NDArray[np.float64]:
    """Return the gain of each 10 ms block: down by `amount_db` while the voice is heard, exponential ramps.

    The fall begins early enough to be done when the voice sets in, as a lookahead compressor does.
    """
    ahead = round(2 * _ATTACK_S * RATE_HZ / _BLOCK)
    hold = round(_HOLD_S * RATE_HZ / _BLOCK)
    held = (
        np.convolve(voice.astype(np.int32), np.ones(ahead + hold + 1, np.int32))[ahead : ahead + len(voice)]
        > 0
    )
    fall = 1.0 - np.exp(-_BLOCK / RATE_HZ / _ATTACK_S)
    rise = 1.0 - np.exp(-_BLOCK / RATE_HZ / _RELEASE_S)
    level_db, levels = 0.0, np.empty(len(held))
    for number, down in enumerate(held.tolist()):
        goal = -amount_db if down else 0.0
        level_db += (goal - level_db) * (fall if goal < level_db else rise)
        levels[number] = level_db
    return np.asarray(10.0 ** (levels / 20.0))


def _voice(track: Samples) -> NDArray[np.bool_]:
    """Return for each 10 ms block of a track whether something is heard."""
    blocks = -(-track.shape[1] // _BLOCK)
    padded = np.zeros((2, blocks * _BLOCK), np.float32)
    padded[:, : track.shape[1]] = track
    power = np.square(padded.reshape(2, blocks, _BLOCK), dtype=np.float64).mean(axis=(0, 2))
    level_db = 10.0 * np.log10(power + 1e-12)
    threshold_db = max(float(level_db.max(initial=-120.0)) - _VOICE_BELOW_PEAK_DB, _VOICE_FLOOR_DB)
    return np.asarray(level_db > threshold_db)


def _clip(sound: Sound, length: int) -> Samples:
    """Return a clip's samples, trimmed, at its speed, with its gain and fades, at most `length` long."""
    source_s = length / RATE_HZ * sound.clip.speed
    samples = read(sound.source, sound.clip.trim_in_s, source_s)
    if sound.clip.speed != 1.0:
        samples = _at_speed(samples, sound.clip.speed)
    samples = samples[:, :length] * np.float32(
        10.0 ** (sound.clip.gain_db / 20.0) if sound.clip.gain_db > -60 else 0
    )
    if sound.fade_in_s > 0.0:
        ramp = np.arange(samples.shape[1], dtype=np.float32) / np.float32(sound.fade_in_s * RATE_HZ)
        samples *= np.minimum(ramp, 1.0)
    if sound.fade_out_s > 0.0:
        ramp = (length - 1 - np.arange(samples.shape[1], dtype=np.float32)) / np.float32(
            sound.fade_out_s * RATE_HZ
        )
        samples *= np.clip(ramp, 0.0, 1.0)
    return samples


def read(source: Source, trim_s: float, duration_s: float) -> Samples:
    """Decode part of a file's sound to 48 kHz stereo; what lies past its end is left out.

    Raises: AssetInvalid, naming the clip, when the file is damaged.
    """
    first, last = round(trim_s * RATE_HZ), round((trim_s + duration_s) * RATE_HZ)
    pieces: list[NDArray[np.float32]] = []
    with opened(source.path, source.name) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        origin_s = (container.start_time or 0) / av.time_base
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE_HZ)
        at: int | None = None
        for frame in container.decode(stream):
            if at is None:
                at = round(((frame.time or 0.0) - origin_s) * RATE_HZ)
                if at > 0:
                    pieces.append(np.zeros((1 if layout == "mono" else 2, at), np.float32))
                at = max(at, 0)
            frame.pts = None  # broken times must not make the resampler invent or drop samples
            for made in resampler.resample(frame):
                pieces.append(_samples(made))
                at += made.samples
            if at >= last:
                break
        else:
            pieces.extend(_samples(made) for made in resampler.resample(None))
    whole = np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.float32)
    whole = whole[:, first:last]
    stereo = np.repeat(whole, 2, axis=0) if whole.shape[0] == 1 else whole
    return np.ascontiguousarray(np.nan_to_num(stereo, posinf=0.0, neginf=0.0), np.float32)


def _at_speed(samples: Samples, speed: float) -> Samples:
    """Play faster or slower at the same pitch (WSOLA, FFmpeg's atempo)."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
    last = source
    # One stage does 0.5 to 2 without audible splices.
    stages = [speed] if 0.5 <= speed <= 2.0 else [speed**0.5, speed**0.5]
    for stage in stages:
        tempo = graph.add("atempo", repr(stage))
        last.link_to(tempo)
        last = tempo
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    return filtered(graph, samples)


def filtered(graph: av.filter.Graph, samples: Samples) -> Samples:
    """Push samples through a configured graph and collect what comes out."""
    pieces: list[NDArray[np.float32]] = []

    def pull() -> None:
        while True:
            try:
                pieces.append(_samples(graph.pull()))
            except (BlockingIOError, EOFError):
                return

    for start in range(0, samples.shape[1], RATE_HZ):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:, start : start + RATE_HZ]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE_HZ, start
        graph.push(frame)
        pull()
    graph.push(None)
    pull()
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.float32)


def _samples(frame: av.AudioFrame | av.VideoFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), np.float32)
