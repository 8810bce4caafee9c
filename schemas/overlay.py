"""How a clip lies over those below it: where, how large, turned, keyed and blended."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from schemas.base import Fraction, Message
from schemas.fields import Label

Colour = Annotated[str, StringConstraints(pattern=r"\A#[0-9a-fA-F]{6}\z")]
Blend = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "add",
    "difference",
    "soft_light",
    "hard_light",
]
GRID = (
    "top_left",
    "top",
    "top_right",
    "left",
    "center",
    "right",
    "bottom_left",
    "bottom",
    "bottom_right",
)

_SHARE = r"-?[0-9]{1,4}(\.[0-9]{1,6})?%"
_PER_CENT = re.compile(_SHARE)


def _length(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, str):
        if _PER_CENT.fullmatch(value) is None:
            raise PydanticCustomError("length_expected", 'expected pixels or a share such as "50%"')
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not -16384 <= value <= 16384:
        raise PydanticCustomError("length_expected", 'expected pixels or a share such as "50%"')
    return float(value)


Length = Annotated[
    Annotated[float, Field(ge=-16384, le=16384)]
    | Annotated[str, StringConstraints(pattern=rf"\A{_SHARE}\z")],
    WrapValidator(_length),
]
"""Pixels, or a share of the canvas such as "50%"."""


class Point(Message):
    """A place on the canvas, from its left and top."""

    x: Length
    y: Length


def _position(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, Point) or (isinstance(value, str) and value in GRID):
        return value
    if isinstance(value, dict):
        return Point.model_validate(value)
    raise PydanticCustomError("position_expected", f'expected {", ".join(GRID)} or {{"x": ..., "y": ...}}')


Position = Annotated[
    Annotated[str, Field(json_schema_extra={"enum": list(GRID)})] | Point, WrapValidator(_position)
]
"""One of nine places on the canvas, or a point."""


class ColourKey(Message):
    """Make one colour see-through."""

    colour: Colour
    similarity: Fraction = 0.1
    blend: Fraction = 0.0


class Chroma(Message):
    """Make a screen of one hue see-through and take its light off the subject."""

    colour: Colour = "#00ff00"
    similarity: Fraction = 0.3
    smoothness: Fraction = 0.1
    spill: Fraction = 0.1


class Effect(Message):
    """One named effect with parameters of its own."""

    model_config = ConfigDict(extra="allow")

    name: Label
