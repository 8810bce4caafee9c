"""How a raw voice becomes narration: pace and pitch to the request, tone, a small room, level, clean ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.draft.sounds.signal import Samples, convolve, faded, filtered, limited, resample, room, stretch
from engines.draft.speech.espeak import Spoken, WordEvent

SAMPLE_RATE_HZ = 24_000
_LEAD_S, _TAIL_S = 0.04, 0.12
_LEVEL_DB, _CEILING_DB = -19.0, -2.0
_SILENCE = 0.003
_ROOM_SEED = 7


@dataclass(frozen=True, slots=True)
class Tone:
    """How the sound is coloured after synthesis: gains in dB, and how much room is heard (0..1)."""

    warmth_db: float = 2.0
    presence_db: float = 1.5
    air_db: float = -4.0
    room: float = 0.05
    level_db: float = 0.0


def polish(spoken: Spoken, tone: Tone) -> Spoken:
    """Return the line at 24 kHz: paced, coloured, levelled to -19 dBFS, with 0.12 s of silence after it."""
    paced = _paced(spoken)
    trimmed = _trimmed(paced)
    if not len(trimmed.samples):
        return trimmed
    shaped = filtered(trimmed.samples, SAMPLE_RATE_HZ, lambda hz: _response(hz, tone))
    if tone.room > 0:
        # A dry studio, not a hall: its answer fits into the silence kept at the end.
        impulse = room(_ROOM_SEED, SAMPLE_RATE_HZ, 0.14, 0.006)[0]
        shaped = shaped + np.float32(tone.room * 2) * convolve(shaped, impulse)
    levelled = _levelled(shaped, tone.level_db)
    out = faded(limited(levelled, SAMPLE_RATE_HZ, _CEILING_DB), SAMPLE_RATE_HZ, 0.01, 0.05)
    return replace(trimmed, samples=out.astype(np.float32))


def _paced(spoken: Spoken) -> Spoken:
    """Apply what the voice could not do itself: pitch by resampling, then the length by time-stretching."""
    samples = resample(spoken.samples, spoken.sample_rate_hz, SAMPLE_RATE_HZ)
    factor = 1.0 / spoken.speed_left
    if abs(spoken.pitch_left - 1.0) > 0.01:
        samples = resample(samples, round(SAMPLE_RATE_HZ * spoken.pitch_left / 100) * 100, SAMPLE_RATE_HZ)
        samples = stretch(samples, SAMPLE_RATE_HZ, factor * spoken.pitch_left)
    else:
        samples = stretch(samples, SAMPLE_RATE_HZ, factor)
    words = tuple(WordEvent(word.char, word.time_s * factor) for word in spoken.words)
    return Spoken(samples, SAMPLE_RATE_HZ, words)


def _trimmed(spoken: Spoken) -> Spoken:
    """Cut silence at both ends and move the word events along."""
    loud = np.flatnonzero(np.abs(spoken.samples) > _SILENCE)
    if not len(loud):
        return replace(spoken, samples=spoken.samples[:0])
    first = max(0, int(loud[0]) - round(_LEAD_S * SAMPLE_RATE_HZ))
    last = int(loud[-1]) + 1
    body = spoken.samples[first:last]
    samples = np.concatenate([body, np.zeros(round(_TAIL_S * SAMPLE_RATE_HZ), np.float32)])
    shift = first / SAMPLE_RATE_HZ
    words = tuple(WordEvent(word.char, max(0.0, word.time_s - shift)) for word in spoken.words)
    return replace(spoken, samples=samples, words=words)


def _response(hz: NDArray[np.float64], tone: Tone) -> NDArray[np.float64]:
    """Rumble out below 60 Hz, warm low mids, some presence at 3 kHz, the buzz above 6 kHz held back."""
    octaves = np.log2(np.maximum(hz, 1.0))
    warmth = tone.warmth_db * np.exp(-(((octaves - np.log2(220.0)) / 0.9) ** 2))
    presence = tone.presence_db * np.exp(-(((octaves - np.log2(3000.0)) / 0.7) ** 2))
    air = tone.air_db / (1.0 + (6000.0 / np.maximum(hz, 1.0)) ** 4)
    rumble = 1.0 / (1.0 + (60.0 / np.maximum(hz, 1.0)) ** 4)
    return np.asarray(10.0 ** ((warmth + presence + air) / 20.0) * rumble, np.float64)


def _levelled(samples: Samples, offset_db: float) -> Samples:
    """Bring the spoken parts (frames within 25 dB of the loudest) to the narration level."""
    size = SAMPLE_RATE_HZ // 20
    count = max(1, len(samples) // size)
    frames = samples[: count * size] if len(samples) >= size else samples
    power = np.square(frames.reshape(count, -1), dtype=np.float64).mean(axis=1)
    active = power[power > power.max() * 10**-2.5]
    level = float(np.sqrt(active.mean())) if len(active) else 1.0
    gain = 10.0 ** ((_LEVEL_DB + offset_db) / 20.0) / max(level, 1e-6)
    return (samples * np.float32(gain)).astype(np.float32)


def silence(duration_s: float) -> Samples:
    """Return that much silence at 24 kHz."""
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)
