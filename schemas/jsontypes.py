"""Which fields of an asset may stand for which parameters, by their JSON types."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from schemas.assets import Asset
from schemas.capabilities import CAPABILITIES, Capability


@cache
def asset_field_type(field: str) -> str:
    """The JSON type of a field of an asset: string, integer or number."""
    return next(iter(_types(Asset.model_fields[field].annotation)))


@cache
def accepts(capability: Capability, parameter: str, json_type: str) -> bool:
    """Whether a parameter takes values of a JSON type."""
    types = set(_types(CAPABILITIES[capability].params.model_fields[parameter].annotation))
    return json_type in types or (json_type == "integer" and "number" in types)


def _types(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _types(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _types(option)
    elif origin is Literal:
        yield from (_NAMES.get(type(option), "other") for option in get_args(annotation))
    elif annotation in _NAMES:
        yield _NAMES[annotation]


_NAMES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
