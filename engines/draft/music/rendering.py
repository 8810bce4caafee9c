"""How notes become sound: the soundfont plays them, a hall answers, the mix is levelled and ends cleanly."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.draft.music.composing import Piece
from engines.draft.music.instruments import INSTRUMENTS
from engines.draft.sounds.signal import Samples, convolve, faded, filtered, limited, rms_db, room
from runtime.errors import EngineUnavailable

SAMPLE_RATE_HZ = 48_000
SOUNDFONT = Path(__file__).parent / "soundfont" / "orchestra.sf3"
_BLOCK = SAMPLE_RATE_HZ
_CEILING_DB = -3.2
_HALL_SEED, _HALL_DECAY_S, _HALL_LEVEL = 11, 1.7, 0.32
_VOICES = 192


@dataclass(frozen=True, slots=True)
class _Orchestra:
    """A synthesizer with the bundled soundfont, for one piece: what it leaves must not reach the next."""

    synth: Any
    soundfont_id: int


def load_soundfont() -> bytes:
    """Read the bundled soundfont (5.5 MB).

    Raises: EngineUnavailable without the package tinysoundfont.
    """
    try:
        import tinysoundfont  # noqa: F401  asked early, so that a worker without it says so when it loads
    except ImportError as error:
        raise EngineUnavailable(
            "music needs the package tinysoundfont (installed without its dependencies)"
        ) from error
    return SOUNDFONT.read_bytes()


def _gather(soundfont: bytes) -> _Orchestra:
    import tinysoundfont

    synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ)
    return _Orchestra(synth, synth.sfload(soundfont, max_voices=_VOICES))


def render(soundfont: bytes, piece: Piece, level_db: float, alive: Callable[[float], None]) -> Samples:
    """Return the piece as (2, n) at 48 kHz: exactly its duration, peak below -3 dBFS, the last sample silent.

    `alive` is called with the fraction done, once for each second of music; what it raises is passed on.
    """
    count = round(piece.form.duration_s * SAMPLE_RATE_HZ)
    dry = _play(_gather(soundfont), piece, count, alive)
    send = filtered(dry, SAMPLE_RATE_HZ, lambda hz: 1.0 / (1.0 + (180.0 / np.maximum(hz, 1.0)) ** 2))
    wet = convolve(send, room(_HALL_SEED, SAMPLE_RATE_HZ, _HALL_DECAY_S, 0.018))
    del send
    wet *= np.float32(_HALL_LEVEL)
    wet += dry  # in place: ten minutes of music are 230 MB an array
    del dry
    wet *= np.float32(10.0 ** ((level_db - max(rms_db(wet), -100.0)) / 20.0))
    calm = limited(wet, SAMPLE_RATE_HZ, _CEILING_DB)
    ring_s = piece.form.duration_s - piece.form.final_s
    return faded(calm, SAMPLE_RATE_HZ, 0.005, min(0.75 * ring_s, 2.2))


def _play(orchestra: _Orchestra, piece: Piece, count: int, alive: Callable[[float], None]) -> Samples:
    synth = orchestra.synth
    channels = _seat(orchestra, piece)
    events: list[tuple[int, int, int, int, int]] = []
    for note in piece.notes:
        start = round(note.start_s * SAMPLE_RATE_HZ)
        end = max(start + 1, round((note.start_s + note.duration_s) * SAMPLE_RATE_HZ))
        channel = channels[note.part]
        events.append((start, 1, channel, note.key, note.velocity))
        events.append((end, 0, channel, note.key, 0))
    events.sort()
    out = np.zeros(2 * count, np.float32)
    view = memoryview(out.data).cast("B")
    now, told = 0, 0
    for place, on, channel, key, velocity in [*events, (count, 0, -1, 0, 0)]:
        stop = min(place, count)
        while now < stop:
            size = min(stop - now, _BLOCK)
            synth.generate_simple(size, buffer=view[8 * now : 8 * (now + size)])
            now += size
            if now - told >= _BLOCK:
                told = now
                alive(now / count)
        if channel < 0 or place >= count:
            continue
        if on:
            synth.noteon(channel, key, _struck(velocity))
        else:
            synth.noteoff(channel, key)
    return out.reshape(count, 2).T.copy()


def _seat(orchestra: _Orchestra, piece: Piece) -> dict[str, int]:
    """Give each part a channel, and set its program, volume and place."""
    synth = orchestra.synth
    channels: dict[str, int] = {}
    for part in sorted({note.part for note in piece.notes}):
        row, channel = INSTRUMENTS[part], len(channels)
        channels[part] = channel
        synth.program_select(channel, orchestra.soundfont_id, row.bank, row.program, row.bank == 128)
        synth.control_change(channel, 7, row.volume)
        synth.control_change(channel, 10, row.pan)
    return channels


def _struck(velocity: int) -> int:
    """Widen the dynamics: the synthesizer takes velocity as amplitude, players mean about its square."""
    return max(1, int(127.0 * math.pow(velocity / 127.0, 1.45) + 0.5))
