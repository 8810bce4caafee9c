"""Which fields are known at a place of a request: what an unknown one may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.capabilities import Capability
from schemas.pointers import Place
from schemas.requests import Work


def known_fields(model: type[BaseModel], place: Place, data: Any) -> list[str]:
    """Name the fields of the object at `place` of `data`, read as `model`; empty where any name may stand."""
    shapes: list[Any] = [model]
    value = data
    for part in place:
        shapes = [step for shape in shapes for step in _step(shape, part, value)]
        value = value[part]
    names = {
        field.alias or name
        for shape in shapes
        if isinstance(shape, type) and issubclass(shape, BaseModel)
        for name, field in shape.model_fields.items()
    }
    return sorted(names)


def _step(shape: Any, part: str | int, value: Any) -> Iterator[Any]:
    """Yield the shapes that the part of a value may have."""
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        if issubclass(shape, Work) and part == "params":
            yield shape.tables[Capability(value["capability"])]
            return
        for name, field in shape.model_fields.items():
            if (field.alias or name) == part:
                yield from _shapes(field.annotation)
    elif get_origin(shape) is tuple:
        yield from _shapes(get_args(shape)[0])
    elif get_origin(shape) is dict:
        yield from _shapes(get_args(shape)[1])


def _shapes(annotation: Any) -> Iterator[Any]:
    """Take an annotation apart into plain classes, arrays and objects."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _shapes(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _shapes(option)
    else:
        yield annotation
