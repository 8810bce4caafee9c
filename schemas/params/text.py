"""Which parameters each capability of words takes, with their ranges and defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from schemas.base import Integer, JsonObject
from schemas.fields import Label, Maybe, Words
from schemas.params.base import Judged, Params
from schemas.rules import Ruled


class TextGeneration(Params):
    """Write something new; with `json_schema` the answer is JSON of that shape."""

    prompt: Words
    system: Maybe[Words] = None
    max_tokens: Maybe[Annotated[Integer, Field(ge=1, le=131_072)]] = None
    temperature: Maybe[Annotated[float, Field(ge=0.0, le=2.0)]] = None
    json_schema: Maybe[dict[str, Any]] = None


class TextToText(Params, Ruled):
    """Work on a text: do what `instruction` says, or say it in `target_language`."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["instruction"]}, {"required": ["target_language"]}]}
    )

    text: Words
    instruction: Maybe[Words] = None
    target_language: Maybe[Label] = None

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        if "instruction" not in data and "target_language" not in data:
            yield "instruction", "say what to do: give instruction or target_language"


class PromptRefinement(Params):
    """Make a better prompt of a short one."""

    prompt: Words
    purpose: Maybe[Label] = None


class Moderation(Judged):
    """Judge assets or a text by a policy: may they be shown?"""
