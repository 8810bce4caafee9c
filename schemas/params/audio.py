"""Which parameters each capability of sound takes, with their ranges and defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from schemas.base import Fraction
from schemas.fields import Label, Maybe, Words
from schemas.params.base import Params
from schemas.references import AssetRef

SoundFormat = Literal["wav", "mp3"]
Rate = Annotated[float, Field(ge=0.25, le=4.0)]


class TextToSpeech(Params):
    """Say a text; the word timings come back as JSON in `asset.text`."""

    text: Words
    voice: Maybe[Label] = None
    language: Maybe[Label] = None
    speed: Rate = 1.0
    pitch: Rate = 1.0
    emotion: Maybe[Label] = None
    format: SoundFormat = "wav"


def _yes(value: object) -> object:
    # 1 equals True in Python, but is no consent.
    return value if value is True else None


class VoiceCloning(Params):
    """Say a text in the voice of a recording, whose speaker has agreed."""

    text: Words
    reference: AssetRef
    reference_text: Maybe[Words] = None
    consent: Annotated[Literal[True], BeforeValidator(_yes)]


class VoiceDesign(Params):
    """Say a text in a voice that words describe."""

    text: Words
    description: Words


class AudioGeneration(Params):
    """Make music from a mood or from words."""

    mood: Maybe[Label] = None
    prompt: Maybe[Words] = None
    duration_s: Annotated[float, Field(ge=0.5, le=600.0)]
    tempo: Maybe[Annotated[float, Field(ge=30.0, le=240.0)]] = None
    intensity: Fraction = 0.5
    format: SoundFormat = "wav"


class SoundEffects(Params):
    """Make a sound from words."""

    prompt: Words
    duration_s: Maybe[Annotated[float, Field(ge=0.1, le=600.0)]] = None


class SpeechToText(Params):
    """Write down what is said, with the time of every word."""

    audio: AssetRef
    language: Maybe[Label] = None
    translate: bool = False
