"""Which parameters each capability takes that works on finished media, with their ranges and defaults."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.base import Message
from schemas.fields import Label, Many, no_more_than
from schemas.params.base import Judged, Params
from schemas.references import AssetRef
from schemas.timeline import Timeline


class Step(Message):
    """One named operation with parameters of its own: {"name": "crop", "x": 0.1, ...}."""

    model_config = ConfigDict(extra="allow")

    name: Label


class AudioEffects(Params):
    """Send a sound through a chain of effects."""

    audio: AssetRef
    effects: Annotated[Many[Step], Field(min_length=1, max_length=64), no_more_than(64)]


class Composition(Params):
    """Put given assets together into one file."""

    timeline: Timeline


class MediaTransform(Params):
    """Change a file: cut, scale, convert, ..."""

    source: AssetRef
    operation: Step


class QualityAssessment(Judged):
    """Judge assets or a text by their quality."""
