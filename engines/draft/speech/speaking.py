"""How a text-to-speech request is fulfilled: choose the voice, speak, polish, time the words, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog.languages import Language, find_language, nearest_language
from catalog.scripts import spoken_language
from catalog.voices import ANY_LANGUAGE, Voice, default_voice, find_voice, nearest_voice, voice_for
from engines.contract import Result, Task
from engines.draft.speech.delivering import Target, deliver
from engines.draft.speech.espeak import Delivery, EspeakPaths, Spoken, speak_espeak
from engines.draft.speech.flite import speak_flite
from engines.draft.speech.polish import Tone
from engines.draft.speech.reading import reading_of
from engines.draft.speech.wording import has_speech
from runtime.errors import InvalidRequest, Unsupported

LONGEST_TEXT = 20_000
_NARRATION_SPEED = 0.97


@dataclass(frozen=True, slots=True)
class Manner:
    """How an emotion is spoken: factors of speed and pitch, liveliness 0..1, level, a timbre of its own."""

    speed: float = 1.0
    pitch: float = 1.0
    liveliness: float = 0.5
    level_db: float = 0.0
    timbre: str | None = None


@dataclass(frozen=True, slots=True)
class Programs:
    """What speaks on this machine, and the question whether it still should."""

    espeak: EspeakPaths
    flite: str | None
    alive: Callable[[], None]


NEUTRAL = Manner()
MANNERS = {
    "neutral": NEUTRAL,
    "calm": Manner(0.93, 0.97, 0.42, -1.0),
    "happy": Manner(1.06, 1.1, 0.72, 0.5),
    "cheerful": Manner(1.06, 1.1, 0.72, 0.5),
    "excited": Manner(1.14, 1.16, 0.85, 1.5),
    "sad": Manner(0.87, 0.92, 0.28, -2.0),
    "serious": Manner(0.95, 0.92, 0.38),
    "angry": Manner(1.1, 1.06, 0.8, 2.0),
    "fearful": Manner(1.12, 1.15, 0.6, -1.0),
    "tender": Manner(0.92, 1.02, 0.4, -2.0),
    "dramatic": Manner(0.9, 0.95, 0.75, 1.0),
    "whisper": Manner(0.95, 1.0, 0.4, -3.0, "whisper"),
}


def speak(
    task: Task, espeak: EspeakPaths, flite: str | None, path: Path, step: Callable[[int, str], None]
) -> Result:
    """Speak one line into `path` (without suffix); `step(0..4, stage)` may raise to cancel.

    Raises: InvalidRequest, Unsupported (unknown voice, language or format), EngineUnavailable, EngineFailed.
    """
    params = task.params
    text = str(params["text"])
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise InvalidRequest(f"text must have 1 to {LONGEST_TEXT} characters")
    degraded: list[str] = []
    voice, language = _able_to_read(
        text, *_cast(params.get("voice"), params.get("language"), degraded), degraded
    )
    manner = _manner(params.get("emotion"), degraded)
    request = Delivery(factor_of(params.get("speed"), "speed"), factor_of(params.get("pitch"), "pitch"))
    step(0, "speaking")
    spoken = None
    reading = reading_of(text, language.code)
    degraded += reading.degraded
    if has_speech(reading.said):
        programs = Programs(espeak, flite, lambda: step(0, "speaking"))
        spoken = _say(reading.said, (voice, language), manner, request, programs)
    target = Target(path, params.get("format") or "wav")
    return deliver(reading, spoken, Tone(level_db=manner.level_db), target, degraded, step)


def _cast(voice_name: str | None, language_code: str | None, degraded: list[str]) -> tuple[Voice, Language]:
    """Choose voice and language: a voice of one language speaks it unless another language is asked for."""
    language = find_language(language_code or "en")
    if language is None:
        near = nearest_language(str(language_code))
        raise Unsupported(f"language {language_code!r} is not offered; the nearest is {near}")
    if voice_name is None:
        return default_voice(language.code), language
    voice = find_voice(voice_name)
    if voice is None:
        raise Unsupported(f"voice {voice_name!r} is not offered; the nearest is {nearest_voice(voice_name)}")
    if voice.engine == "kokoro":
        like = voice_for(voice.language, voice.gender)
        degraded.append(f"voice {voice.id} is not one of the draft engine: {like.id} speaks instead")
        voice = like
    if voice.language == ANY_LANGUAGE:
        return voice, language
    own = find_language(voice.language)
    assert own is not None  # noqa: S101  every voice row names a language row
    same = own.code.split("-")[0] == language.code.split("-")[0]
    # "en" is the default of `language`: it does not take a voice's own language away.
    if same or language.code == "en":
        return voice, own
    other = voice_for(language.code, voice.gender)
    degraded.append(f"voice {voice.id} does not speak {language.name}: {other.id} speaks instead")
    return other, language


def _able_to_read(text: str, voice: Voice, asked: Language, degraded: list[str]) -> tuple[Voice, Language]:
    """Keep the cast, unless it would only spell the letters of a script that it cannot read."""
    written = spoken_language(text, asked)
    if written is asked:
        return voice, asked
    degraded.append(f"the text is not written in {asked.name}: it is read as {written.name}")
    return (voice if voice.language == ANY_LANGUAGE else voice_for(written.code, voice.gender)), written


def _manner(emotion: str | None, degraded: list[str]) -> Manner:
    if emotion is None:
        return NEUTRAL
    manner = MANNERS.get(emotion.strip().casefold())
    if manner is None:
        degraded.append(f"emotion is ignored: the draft voices know {', '.join(sorted(MANNERS))}")
        return NEUTRAL
    return manner


def factor_of(value: float | None, name: str) -> float:
    """Return a factor of normal; raises InvalidRequest for one that no engine takes."""
    factor = 1.0 if value is None else float(value)
    if not 0.25 <= factor <= 4.0:
        raise InvalidRequest(f"{name} must be 0.25 to 4")
    return factor


def _say(
    text: str, cast: tuple[Voice, Language], manner: Manner, request: Delivery, programs: Programs
) -> Spoken:
    voice, language = cast
    speed = request.speed * manner.speed * _NARRATION_SPEED
    delivery = Delivery(speed, request.pitch * manner.pitch, manner.liveliness)
    if voice.engine == "flite":
        return speak_flite(programs.flite, voice.timbre, text, delivery, programs.alive)
    timbre = voice.timbre
    if manner.timbre == "whisper":
        timbre = "whisperf" if voice.gender == "female" else "whisper"
    return speak_espeak(programs.espeak, f"{language.espeak_voice}+{timbre}", text, delivery, programs.alive)
