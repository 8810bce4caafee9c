"""Which kinds of fields many messages share: fields that may be left out, lists, words, sizes and times."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from schemas.base import Integer

T = TypeVar("T")


def _refuse_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null_refused", "null is no value here: leave the field out instead")
    return value


class _AbsentNotNull:
    """Make an optional field one that may be absent, but never null."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_refuse_null, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        others = [option for option in described.get("anyOf", []) if option != {"type": "null"}]
        return others[0] if len(others) == 1 else {"anyOf": others} if others else described

    def __hash__(self) -> int:
        return 1


Maybe = Annotated[T | None, _AbsentNotNull()]
"""A field that may be absent (None for us) but, when it is there, is no null."""

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A JSON array, kept as a tuple."""


def no_more_than(limit: int) -> BeforeValidator:
    """Refuse an array or object that is too long before each of its entries is looked at."""

    def check(value: object) -> object:
        if isinstance(value, list | tuple | dict) and len(value) > limit:
            raise PydanticCustomError(
                "too_long", "may have at most {max_length} entries", {"max_length": limit}
            )
        return value

    return BeforeValidator(check)


Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
"""A prompt or a text to work on."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""The name of something in the catalogue: an engine, a voice, a style, a mood."""

Pixels = Annotated[Integer, Field(ge=16, le=8192)]
Fps = Annotated[float, Field(ge=1, le=120)]
Duration = Annotated[float, Field(gt=0.0, le=600.0)]
"""Seconds of one generated piece of sound or film."""
