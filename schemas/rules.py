"""Which rules span several fields of a message, reported together with the errors of its single fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.base import JsonObject, Message


class Ruled(Message):
    """A message with rules across its fields: `_across` names the field and says what is wrong."""

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        """Yield (field, sentence) for each broken rule of the values as given, whatever their types are."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_rule(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        broken = [
            InitErrorDetails(
                type=PydanticCustomError("rule_broken", _literal(sentence)), loc=(field,), input=None
            )
            for field, sentence in (cls._across(data) if isinstance(data, dict) else ())
        ]
        try:
            read = handler(data)
        except ValidationError as error:
            if not broken:
                raise
            broken = [_again(line) for line in error.errors(include_url=False)] + broken
        if broken:
            raise ValidationError.from_exception_data(cls.__name__, broken)
        return read


def _again(line: Any) -> InitErrorDetails:
    kind = PydanticCustomError(line["type"], _literal(line["msg"]), line.get("ctx"))
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"])


def _literal(sentence: str) -> Any:
    return sentence
