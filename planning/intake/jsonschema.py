"""Whether a JSON Schema in a request is safe to use: its references stay inside, its patterns are linear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planning.intake.pieces import pieces
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.patterns import COST_LIMIT, cost, is_linear
from schemas.pointers import Place, pointer

_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_SCHEMAS = (
    "items",
    "additionalProperties",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_TYPES = ("null", "boolean", "object", "array", "number", "string", "integer")


@dataclass(slots=True)
class _Room:
    left: int

    def take(self, needed: int) -> bool:
        """Take what is needed, if there is that much."""
        if needed > self.left:
            return False
        self.left -= needed
        return True


def json_schema_problems(request: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what is wrong with the `json_schema` parameters of a request."""
    room = _Room(COST_LIMIT)
    for piece in pieces(request):
        schema = piece.params.get("json_schema")
        if isinstance(schema, dict) and not (piece.node is not None and "$from" in schema):
            yield from _document(schema, (*piece.params_at, "json_schema"), room)


def _document(document: Mapping[str, Any], at: Place, room: _Room) -> Iterator[Problem]:
    for place, schema in _schemas(document, ()):
        here = (*at, *place)
        for word in ("$ref", "$dynamicRef"):
            if word in schema:
                yield from _reference(schema[word], document, (*here, word))
        kinds = schema.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind not in _TYPES:
                yield _problem((*here, "type"), f"a JSON Schema type is one of {', '.join(_TYPES)}")
        for pattern, pattern_at in _patterns(schema, here):
            if not isinstance(pattern, str):
                yield _problem(pattern_at, "a pattern is text")
            elif not room.take(cost(pattern)):
                yield _problem(pattern_at, "the patterns of this request are too large together")
            elif not is_linear(pattern):
                message = "a pattern must be matched in linear time: no look-around, no back references"
                yield _problem(pattern_at, message)


def _schemas(schema: Any, at: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    if not isinstance(schema, dict):
        return
    yield at, schema
    for word in _MAPS:
        named = schema.get(word)
        for name, inner in (named if isinstance(named, dict) else {}).items():
            yield from _schemas(inner, (*at, word, name))
    for word in _LISTS:
        listed = schema.get(word)
        for index, inner in enumerate(listed if isinstance(listed, list) else ()):
            yield from _schemas(inner, (*at, word, index))
    for word in _SCHEMAS:
        yield from _schemas(schema.get(word), (*at, word))


def _patterns(schema: Mapping[str, Any], at: Place) -> Iterator[tuple[Any, Place]]:
    if "pattern" in schema:
        yield schema["pattern"], (*at, "pattern")
    named = schema.get("patternProperties")
    for pattern in named if isinstance(named, dict) else ():
        yield pattern, (*at, "patternProperties", pattern)


def _reference(reference: Any, document: Any, at: Place) -> Iterator[Problem]:
    if not isinstance(reference, str) or not reference.startswith("#"):
        yield _problem(at, "references may only point inside this schema: #, or #/$defs/name")
        return
    anchor = reference[1:]
    if anchor.startswith("/"):
        value = document
        for part in anchor[1:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and name.isdecimal() and name.isascii() and int(name[:9]) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                yield _problem(at, "this reference points at nothing in this schema")
                return
    elif anchor:
        yield _problem(at, "anchors are not supported: point with #/$defs/name")


def _problem(at: Place, message: str) -> Problem:
    return Problem(code=ErrorCode.INVALID_REQUEST, path=pointer(at), message=message)
