"""What the parameters of all capabilities, or of several modalities, have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import ConfigDict, Field, create_model

from schemas.base import JsonObject, Message, Seed
from schemas.fields import Label, Many, Maybe, Words, no_more_than
from schemas.references import AssetRef, OrReference
from schemas.rules import Ruled

Factor = Annotated[float, Field(gt=1.0, le=8.0)]
Assets = Annotated[Many[AssetRef], Field(max_length=1000), no_more_than(1000)]


class Params(Message):
    """What every capability takes: an engine to pin and a seed that beats the job's."""

    engine: Maybe[Label] = None
    seed: Maybe[Seed] = None


class Judged(Params, Ruled):
    """What is judged: assets, a text or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["text"]},
                {"required": ["assets"], "properties": {"assets": {"minItems": 1, "type": "array"}}},
            ]
        }
    )

    assets: Assets = ()
    text: Maybe[Words] = None
    policy: Maybe[Label] = None

    @classmethod
    def _across(cls, data: JsonObject) -> Iterator[tuple[str, str]]:
        if not data.get("assets") and "text" not in data:
            yield "assets", "give something to judge: assets or text"


def with_references(params: type[Params]) -> type[Params]:
    """Return the model of the same parameters of which each may also be {"$from": ...}."""
    loosened: dict[str, Any] = {
        name: (
            Annotated[field.rebuild_annotation(), OrReference()],
            ... if field.is_required() else field.default,
        )
        for name, field in params.model_fields.items()
        if name not in Params.model_fields
    }
    return create_model(
        f"{params.__name__}WithReferences", __base__=params, __module__=params.__module__, **loosened
    )
