"""How a text-to-speech request is fulfilled by the trained model: voice, sounds, samples, pauses, times of words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalog.languages import find_language
from catalog.scripts import spoken_language
from catalog.voices import (
    ANY_LANGUAGE,
    TRAINED,
    TRAINED_LANGUAGES,
    Voice,
    find_voice,
    nearest_voice,
    trained_voice,
)
from engines.contract import Result, Task
from engines.draft.speech.delivering import Target, deliver
from engines.draft.speech.espeak import EspeakPaths, Spoken, WordEvent
from engines.draft.speech.polish import Tone
from engines.draft.speech.reading import Reading, reading_of
from engines.draft.speech.speaking import LONGEST_TEXT, MANNERS, NEUTRAL, Manner, factor_of
from engines.draft.speech.wording import has_speech
from engines.local.speech.model import MOST_SOUNDS, SAMPLE_RATE_HZ, Kokoro, Said
from engines.local.speech.pieces import pieces_of
from engines.local.speech.sounds import sounds_of
from runtime.errors import InvalidRequest, Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMMENT = "reelbus: synthetic speech, made by Kokoro-82M"
_SLOWEST, _FASTEST = 0.6, 1.8
"""Which paces the model keeps clear at; what is beyond is stretched."""
_QUIET = 0.004
_EDGE_S = 0.03
_SPEAKS = tuple(dict.fromkeys(voice.language for voice in TRAINED))
_LAST_STEPS = 4


def speak(task: Task, model: Kokoro, espeak: EspeakPaths, path: Path) -> Result:
    """Speak one text into `path` (without suffix).

    Raises: InvalidRequest, Unsupported (voice, language or format), EngineUnavailable, EngineFailed, Cancelled.
    """
    params, text = task.params, str(task.params["text"])
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise InvalidRequest(f"text must have 1 to {LONGEST_TEXT} characters")
    degraded: list[str] = []
    voice = _cast(text, params.get("voice"), params.get("language"), degraded)
    manner = _manner(params.get("emotion"), degraded)
    speed = factor_of(params.get("speed"), "speed") * manner.speed
    pitch = factor_of(params.get("pitch"), "pitch")
    reading = reading_of(text, voice.language)
    degraded += reading.degraded
    task.report.step(0, 1, "reading")
    spoken, steps = None, 0
    if has_speech(reading.said):
        spoken, steps = _say(task, model, espeak, reading, voice, speed, pitch)
    total = steps + _LAST_STEPS

    def step(done: int, stage: str) -> None:
        task.report.step(steps + done, total, stage)

    target = Target(path, params.get("format") or "wav", COMMENT)
    tone = Tone(warmth_db=0.0, presence_db=0.0, air_db=0.0, room=0.0, level_db=manner.level_db)
    result = deliver(reading, spoken, tone, target, degraded, step)
    step(_LAST_STEPS, "done")
    return result


def _cast(text: str, name: str | None, language: str | None, degraded: list[str]) -> Voice:
    """Choose the trained voice; a text that it cannot say, or a timbre that it has not, is refused."""
    asked = find_language(language or "en")
    if asked is None or (name is None and asked.code not in TRAINED_LANGUAGES):
        raise Unsupported(f"kokoro does not speak {language!r}; it speaks {', '.join(_SPEAKS)}")
    if name is not None and find_voice(name) is None:
        raise Unsupported(f"voice {name!r} is not offered; the nearest is {nearest_voice(name)}")
    voice = trained_voice(name, language)
    if voice is None:
        raise Unsupported(f"kokoro has no voice for {name!r} in {asked.name}; the draft engine has")
    spoken = find_language(voice.language)
    assert spoken is not None  # noqa: S101  every voice row names a language row
    written = spoken_language(text, spoken)
    if written is not spoken:
        raise Unsupported(f"the text is written in {written.name}, and kokoro speaks {', '.join(_SPEAKS)}")
    wanted = find_voice(name) if name is not None else None
    if wanted is not None and wanted.language == ANY_LANGUAGE and wanted.gender != voice.gender:
        degraded.append(f"{wanted.id}: no {wanted.gender} voice speaks {spoken.name}, {voice.id} does")
    return voice


def _manner(emotion: str | None, degraded: list[str]) -> Manner:
    if emotion is None:
        return NEUTRAL
    manner = MANNERS.get(emotion.strip().casefold())
    if manner is None:
        degraded.append(f"emotion is ignored: known are {', '.join(sorted(MANNERS))}")
        return NEUTRAL
    if manner is not NEUTRAL:
        degraded.append("emotion changes pace and loudness alone: this voice has no moods")
    return manner


def _say(
    task: Task, model: Kokoro, espeak: EspeakPaths, reading: Reading, voice: Voice, speed: float, pitch: float
) -> tuple[Spoken | None, int]:
    """Return what was said, with the times of its words, and in how many steps; None where nothing has a sound."""
    language = find_language(voice.language)
    assert language is not None  # noqa: S101  every voice row names a language row

    def sounds(texts: list[str]) -> list[str]:
        found = sounds_of(texts, espeak, language.espeak_voice, language.code, task.report.check)
        return [model.known(each) for each in found]

    pieces = pieces_of(reading.said, lambda texts: sounds(list(texts)), MOST_SOUNDS)
    pace = min(max(speed, _SLOWEST), _FASTEST)
    parts: list[NDArray[np.float32]] = []
    events: list[WordEvent] = []
    at = 0
    for number, piece in enumerate(pieces):
        task.report.step(number, len(pieces) + _LAST_STEPS, "speaking")
        said = model.say(piece.sounds, voice.timbre, pace)
        first, last = _heard(said)
        for char, sound in piece.words:
            begin = min(max(said.begins[sound] - first, 0), last - first)
            events.append(WordEvent(char, (at + begin) / SAMPLE_RATE_HZ))
        pause = round(piece.pause_s / pace * SAMPLE_RATE_HZ) if number + 1 < len(pieces) else 0
        parts += [said.samples[first:last], np.zeros(pause, np.float32)]
        at += last - first + pause
    if not parts:
        return None, 0
    whole = np.concatenate(parts)
    return Spoken(whole, SAMPLE_RATE_HZ, tuple(events), speed / pace, pitch), len(pieces)


def _heard(said: Said) -> tuple[int, int]:
    """Return from which to which sample anything is heard, with a little of what is around it."""
    loud = np.flatnonzero(np.abs(said.samples) > _QUIET)
    edge = round(_EDGE_S * SAMPLE_RATE_HZ)
    if not len(loud):
        return 0, len(said.samples)
    return max(0, int(loud[0]) - edge), min(len(said.samples), int(loud[-1]) + edge)
