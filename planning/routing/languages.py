"""Whether an engine speaks or hears the language, the voice and the script that work is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.languages import find_language
from catalog.models import Model
from catalog.scripts import spoken_language
from catalog.voices import trained_voice


@dataclass(frozen=True, slots=True)
class Foreign:
    """The engine does not know what `parameter` says; `known` are the languages that it knows."""

    engine: str
    parameter: str
    known: tuple[str, ...]


def foreign(row: Model, params: Mapping[str, Any]) -> Foreign | None:
    """Return what an engine of a few languages cannot say or hear of some work; None where nothing speaks against it.

    `params` are those that are known: what an engine without a list of languages is asked for does not matter, and of
    values of a wrong type only a reference does, since nobody knows yet what it will be.
    """
    if not row.languages:
        return None
    language, voice, text = (params.get(name) for name in ("language", "voice", "text"))
    for parameter, value in (("language", language), ("voice", voice)):
        if isinstance(value, Mapping):
            return Foreign(row.name, parameter, row.languages)
    asked = find_language(language) if isinstance(language, str) else find_language("en")
    if asked is None:
        return None  # there is no such language, and others say so
    if isinstance(voice, str) and row.voices:
        speaker = trained_voice(voice, asked.code)
        if speaker is None or speaker.id not in row.voices:
            return Foreign(row.name, "voice", row.languages)
        asked = find_language(speaker.language) or asked
    elif asked.code not in row.languages:
        return Foreign(row.name, "language", row.languages)
    if isinstance(text, str) and spoken_language(text, asked) is not asked:
        return Foreign(row.name, "text", row.languages)
    return None
