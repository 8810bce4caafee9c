"""How a line is spoken by espeak-ng: voice, rate and pitch in, samples and word events out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.draft.speech.child import run_child
from runtime.errors import EngineFailed, EngineUnavailable

_CHILD = Path(__file__).with_name("espeak_process.py")
# Measured on en-us, stable over voices: what the parameters 0..99 and 80..450 really do.
_PITCH_FACTORS, _PITCH_VALUES = (0.68, 0.82, 1.0, 1.27, 1.64), (0.0, 25.0, 50.0, 75.0, 99.0)
_RATE_FACTORS, _RATE_VALUES = (
    (0.506, 0.725, 1.0, 1.19, 1.687, 2.483),
    (80.0, 120.0, 165.0, 200.0, 300.0, 450.0),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a line is spoken: factors of normal speed and pitch, and the range of its melody (0.5 normal)."""

    speed: float = 1.0
    pitch: float = 1.0
    liveliness: float = 0.5


@dataclass(frozen=True, slots=True)
class WordEvent:
    """espeak-ng says: the word at `char` (Python characters) begins at `time_s`."""

    char: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a voice said: float32 mono samples in -1..1, their rate, and when its words begin.

    `speed_left` and `pitch_left` are the factors that the voice could not reach by itself.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    words: tuple[WordEvent, ...]
    speed_left: float = 1.0
    pitch_left: float = 1.0


@dataclass(frozen=True, slots=True)
class EspeakPaths:
    """Where espeak-ng's library and data lie."""

    library: str
    data: str


def find_espeak() -> EspeakPaths:
    """Find the espeak-ng of the wheel `espeakng-loader`.

    Raises: EngineUnavailable when it is not installed.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise EngineUnavailable("espeak-ng is missing: install the package espeakng-loader") from error
    return EspeakPaths(str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path()))


def speak_espeak(
    paths: EspeakPaths, voice: str, text: str, delivery: Delivery, alive: Callable[[], None]
) -> Spoken:
    """Speak `text` with the espeak-ng voice `voice` ("fr+f3"); the time allowed grows with the text.

    Raises: EngineFailed, TimedOut, and what `alive` raises.
    """
    speed, pitch = delivery.speed, delivery.pitch
    rate = round(float(np.interp(speed, _RATE_FACTORS, _RATE_VALUES)))
    tone = round(float(np.interp(pitch, _PITCH_FACTORS, _PITCH_VALUES)))
    request = {
        "library": paths.library,
        "data": paths.data,
        "voice": voice,
        "text": text,
        "rate_wpm": rate,
        "pitch": tone,
        "range": round(delivery.liveliness * 100),
    }
    command = (sys.executable, "-I", "-S", str(_CHILD))
    out = run_child(command, json.dumps(request).encode(), 10.0 + len(text) / 100.0, alive)
    line, _, pcm = out.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError as error:
        raise EngineFailed("espeak-ng ended without a result") from error
    if "error" in head:
        raise EngineFailed(head["error"])
    if len(pcm) != 2 * head["sample_count"]:
        raise EngineFailed("espeak-ng ended in the middle of its result")
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
    words = tuple(WordEvent(char, time_ms / 1000.0) for char, _, time_ms in head["words"])
    reached_speed = float(np.clip(speed, _RATE_FACTORS[0], _RATE_FACTORS[-1]))
    reached_pitch = float(np.clip(pitch, _PITCH_FACTORS[0], _PITCH_FACTORS[-1]))
    return Spoken(samples, head["sample_rate_hz"], words, speed / reached_speed, pitch / reached_pitch)
