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


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: what it speaks, which engine makes it, and that engine's name for its timbre."""

    id: str
    language: str
    gender: Gender
    engine: Literal["espeak-ng", "flite"]
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
