"""A JSON Schema in a request refers to nothing outside itself and is matched in linear time."""

from __future__ import annotations

import time
from typing import Any

import pytest

AT = "/params/json_schema"


def request(schema: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": "text-generation", "params": {"prompt": "x", "json_schema": schema}}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"type": ["string", "null"], "pattern": "^[a-z]+$"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}},
        {"$ref": "#"},
        {"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}}},
        {"enum": [{"$ref": "http://example.com"}], "const": {"pattern": "(?=x)"}},
        {"patternProperties": {"^x-": {}}},
        {"$defs": {"a/b": {}}, "items": {"$ref": "#/$defs/a~1b"}},
    ],
)
def test_a_schema_that_stays_inside_itself_is_accepted(refused: Any, schema: Any) -> None:
    assert refused(request(schema)) == {}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"$ref": "http://example.com/s.json"}, "/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"$ref": "other.json#/a"}, "/$ref"),
        ({"$ref": 3}, "/$ref"),
        ({"$ref": "#/$defs/none"}, "/$ref"),
        ({"$ref": "#name"}, "/$ref"),
        ({"$dynamicRef": "http://example.com"}, "/$dynamicRef"),
        ({"properties": {"a": {"items": {"$ref": "http://x"}}}}, "/properties/a/items/$ref"),
        ({"anyOf": [{}, {"$ref": "http://x"}]}, "/anyOf/1/$ref"),
        ({"pattern": "(a)\\1"}, "/pattern"),
        ({"pattern": "(?=a)a"}, "/pattern"),
        ({"pattern": "(?<!a)a"}, "/pattern"),
        ({"pattern": "(a"}, "/pattern"),
        ({"pattern": "a" * 20_001}, "/pattern"),
        ({"pattern": "((a{100}){100}){100}"}, "/pattern"),
        ({"pattern": 3}, "/pattern"),
        ({"patternProperties": {"(?=/)": {}}}, "/patternProperties/(?=~1)"),
        ({"type": "text"}, "/type"),
        ({"type": {}}, "/type"),
    ],
)
def test_a_schema_that_reaches_outside_or_may_take_for_ever_is_refused(
    refused: Any, schema: Any, path: str
) -> None:
    assert refused(request(schema)) == {AT + path: "invalid_request"}


def test_nested_repeats_are_matched_in_linear_time() -> None:
    from schemas.patterns import is_linear, matches

    assert is_linear("^(a+)+$")
    begun = time.perf_counter()
    assert not matches("^(a+)+$", "a" * 20_000 + "b")
    assert time.perf_counter() - begun < 1.0
    assert matches("b", "abc")
    with pytest.raises(ValueError, match="linear"):
        matches("(?=a)", "a")


def test_patterns_that_are_large_together_are_refused(refused: Any) -> None:
    few = {"properties": {f"p{n}": {"pattern": f"^[A-Z]{{2}}-[0-9]{{4}}-{n}$"} for n in range(50)}}
    assert refused(request(few)) == {}
    many = {"properties": {f"p{n}": {"pattern": f"^x{n}y{{900}}$"} for n in range(10)}}
    assert set(refused(request(many)).values()) == {"invalid_request"}


def test_a_node_may_take_its_schema_from_nowhere_else(refused: Any) -> None:
    nodes = {
        "a": {"capability": "text-generation", "params": {"prompt": "x"}},
        "b": {
            "capability": "text-generation",
            "params": {"prompt": "x", "json_schema": {"$from": "a", "field": "text"}},
        },
    }
    assert refused({"kind": "graph", "nodes": nodes}) == {
        "/nodes/b/params/json_schema/field": "invalid_request"
    }
