"""Which voices can speak, whose they are, and under which other names people know them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from catalog.languages import LANGUAGES, find_language

Gender = Literal["female", "male"]
ANY_LANGUAGE = "mul"
"""The language of a voice that follows the language of the text (ISO 639-2 `mul`)."""

_ESPEAK_LICENCE = "GPL-3.0-or-later (engine, run as a program of its own; its output is free)"
_FLITE_LICENCE = "CMU Flite licence (BSD-like, commercial use allowed)"
_KOKORO_LICENCE = "Apache-2.0 (Kokoro-82M)"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: what it speaks, which engine makes it, and that engine's name for its timbre."""

    id: str
    language: str
    gender: Gender
    engine: Literal["espeak-ng", "flite", "kokoro"]
    description: str
    licence: str
    timbre: str
    aliases: tuple[str, ...] = ()


# Names that people bring from other services: for each language (female names), (male names).
_KNOWN_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en-US": (("en-US-Jenny", "en-US-Aria", "en-US-Michelle"), ("en-US-Guy", "en-US-Davis", "en-US-Tony")),
    "en-GB": (("en-GB-Sonia", "en-GB-Libby"), ("en-GB-Ryan", "en-GB-Thomas")),
    "fr": (("fr-FR-Denise", "fr-FR-Eloise", "fr-FR-Brigitte"), ("fr-FR-Henri", "fr-FR-Alain")),
    "de": (("de-DE-Katja", "de-DE-Amala"), ("de-DE-Conrad", "de-DE-Killian")),
    "es": (("es-ES-Elvira", "es-ES-Ximena"), ("es-ES-Alvaro",)),
    "es-MX": (("es-MX-Dalia",), ("es-MX-Jorge",)),
    "it": (("it-IT-Elsa", "it-IT-Isabella"), ("it-IT-Diego",)),
    "pt-BR": (("pt-BR-Francisca",), ("pt-BR-Antonio",)),
    "pt-PT": (("pt-PT-Raquel",), ("pt-PT-Duarte",)),
    "nl": (("nl-NL-Colette", "nl-NL-Fenna"), ("nl-NL-Maarten",)),
    "pl": (("pl-PL-Zofia", "pl-PL-Agnieszka"), ("pl-PL-Marek",)),
    "ru": (("ru-RU-Svetlana", "ru-RU-Dariya"), ("ru-RU-Dmitry",)),
    "ja": (("ja-JP-Nanami",), ("ja-JP-Keita",)),
    "ko": (("ko-KR-SunHi",), ("ko-KR-InJoon",)),
    "zh": (("zh-CN-Xiaoxiao",), ("zh-CN-Yunxi",)),
    "ar": (("ar-SA-Zariyah",), ("ar-SA-Hamed",)),
    "hi": (("hi-IN-Swara",), ("hi-IN-Madhur",)),
    "tr": (("tr-TR-Emel",), ("tr-TR-Ahmet",)),
    "sv": (("sv-SE-Sofie",), ("sv-SE-Mattias",)),
    "uk": (("uk-UA-Polina",), ("uk-UA-Ostap",)),
}
_FEMALE_TIMBRE, _MALE_TIMBRE = "f3", "m3"


def _espeak(language: str, name: str, gender: Gender, aliases: tuple[str, ...]) -> Voice:
    timbre = _FEMALE_TIMBRE if gender == "female" else _MALE_TIMBRE
    words = f"{name}, {gender}, clear formant synthesis; sounds like a machine and is easy to follow"
    return Voice(
        f"{language}-{gender}", language, gender, "espeak-ng", words, _ESPEAK_LICENCE, timbre, aliases
    )


def _espeak_voices() -> tuple[Voice, ...]:
    voices = []
    for language in LANGUAGES:
        female, male = _KNOWN_NAMES.get(language.code, ((), ()))
        voices.append(_espeak(language.code, language.name, "female", female))
        voices.append(_espeak(language.code, language.name, "male", male))
    return tuple(voices)


def _any(name: str, gender: Gender, timbre: str, description: str, *aliases: str) -> Voice:
    return Voice(name, ANY_LANGUAGE, gender, "espeak-ng", description, _ESPEAK_LICENCE, timbre, aliases)


def _flite(name: str, gender: Gender, description: str) -> Voice:
    words = f"{description}; needs the program flite (Debian package flite 2.2)"
    return Voice(f"en-US-{name}", "en-US", gender, "flite", words, _FLITE_LICENCE, name, (f"flite-{name}",))


def _kokoro(name: str, language: str, gender: Gender, description: str, *aliases: str) -> Voice:
    return Voice(name, language, gender, "kokoro", description, _KOKORO_LICENCE, name, aliases)


VOICES: tuple[Voice, ...] = (
    *_espeak_voices(),
    _any(
        "narrator",
        "male",
        "m3",
        "an even voice for narration in any language",
        "default",
        "alloy",
        "onyx",
        "ash",
    ),
    _any(
        "storyteller",
        "female",
        "f3",
        "a lively voice in any language",
        "nova",
        "shimmer",
        "coral",
        "sage",
        "marin",
    ),
    _any(
        "elder", "male", "m7", "an older, lower voice in any language", "fable", "grandpa", "ballad", "verse"
    ),
    _any("bright", "female", "f2", "a young, bright voice in any language", "echo", "cedar", "child"),
    _any("whisper", "female", "whisperf", "a whisper in any language", "whispering"),
    _flite("slt", "female", "clear American English, diphone-free statistical voice"),
    _flite("rms", "male", "clear American English, statistical voice"),
    _kokoro("af_heart", "en-US", "female", "a trained voice: warm and natural American English", "heart"),
    _kokoro("am_michael", "en-US", "male", "a trained voice: even American English", "michael"),
    _kokoro("bf_emma", "en-GB", "female", "a trained voice: clear British English", "emma"),
    _kokoro("ff_siwis", "fr", "female", "a trained voice: French as it is read aloud", "siwis"),
    _kokoro("ef_dora", "es", "female", "a trained voice: Spanish"),
    _kokoro("if_sara", "it", "female", "a trained voice: Italian", "sara"),
    _kokoro("pf_dora", "pt-BR", "female", "a trained voice: Brazilian Portuguese"),
)

_BY_NAME = {name.casefold(): voice for voice in VOICES for name in (voice.id, *voice.aliases)}


def find_voice(voice_id: str) -> Voice | None:
    """Return the voice of that id or alias (any case; `fr-FR-DeniseNeural` is `fr-FR-Denise`), or None."""
    wanted = voice_id.strip().casefold()
    return _BY_NAME.get(wanted) or _BY_NAME.get(wanted.removesuffix("neural"))


def nearest_voice(name: str) -> str:
    """Return the id of the voice that a mistyped name, or an unknown voice of a language, likely means."""
    found = find_voice(name)
    if found is not None:
        return found.id
    close = difflib.get_close_matches(name.strip().casefold(), list(_BY_NAME), n=1, cutoff=0.7)
    if close:
        return _BY_NAME[close[0]].id
    base = find_language("-".join(name.strip().split("-")[:2])) or find_language(
        name.strip().split("-", maxsplit=1)[0]
    )
    return default_voice(base.code).id if base else "narrator"


def default_voice(language: str) -> Voice:
    """Return the voice that speaks a language when none is asked for: the same one on every machine.

    Raises: KeyError for a language that the catalogue does not have.
    """
    found = find_language(language)
    if found is None:
        raise KeyError(language)
    return _BY_NAME[f"{found.code}-male".casefold()]


def voice_for(language: str, gender: Gender) -> Voice:
    """Return the voice of a language and gender; raises KeyError for an unknown language."""
    found = find_language(language)
    if found is None:
        raise KeyError(language)
    return _BY_NAME[f"{found.code}-{gender}".casefold()]


TRAINED: tuple[Voice, ...] = tuple(voice for voice in VOICES if voice.engine == "kokoro")
"""The voices with weights; the first one of a language speaks it when none is asked for."""
TRAINED_LANGUAGES = ("en", "en-US", "en-GB", "fr", "es", "it", "pt", "pt-BR")
_SPOKEN_AS = {"en": "en-US", "pt": "pt-BR"}
_ROLES = ("narrator", "storyteller")
"""Voices that are a role and no timbre: whoever has a voice of the language plays them."""


def trained_voice(name: str | None, language: str | None) -> Voice | None:
    """Return the trained voice that says a text as a request asks for it; None where only a draft voice can.

    A voice that is named by language and gender, or by a role, is the trained one of that language; of a role the gender
    may be another. A timbre of espeak-ng or Flite, a gender that is missing and any other language have none.
    """
    asked = find_language(language or "en")
    voice = find_voice(name) if name is not None else None
    if asked is None or (name is not None and voice is None):
        return None
    if voice is None or voice.id in _ROLES:
        own = _trained(asked.code)
        alike = [each for each in own if voice is not None and each.gender == voice.gender]
        return next(iter((*alike, *own)), None)
    if voice.engine == "flite" or voice.language == ANY_LANGUAGE:
        return None
    same = voice.language.split("-")[0] == asked.code.split("-")[0]
    # "en" is the default of `language`: it does not take a voice's own language away.
    spoken = voice.language if same or asked.code == "en" else asked.code
    if voice in _trained(spoken):
        return voice
    return next((each for each in _trained(spoken) if each.gender == voice.gender), None)


def _trained(language: str) -> list[Voice]:
    return [voice for voice in TRAINED if voice.language == _SPOKEN_AS.get(language, language)]
