"""JSON Schema accepts and refuses exactly what the models do: every example, and every way to spoil one of its values."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

import schemas
from schemas.capabilities import Capability
from schemas.export import json_schemas
from schemas.facts import EVENT_TYPES
from schemas.references import ASSET_FIELDS
from schemas.requests import CANCEL_REQUESTED, JOB_REQUESTED, request_model

EXAMPLES = sorted((Path(schemas.__file__).parent / "examples").glob("*/*.json"))
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in json_schemas().items()}
MOST = 60
"""How many of the ways to spoil an example are tried, by a seed."""
WRONG: tuple[Any, ...] = (None, True, -1, 0.5, 10**9, "", "x" * 300, [], {}, {"$from": "a"}, {"$from": "a b"})


def model_takes(message: str, data: Any) -> bool:
    """Whether our models take it, and what `planning.intake` says of names that a schema can list."""
    model: type[BaseModel] = EVENT_TYPES.get(message) or request_model(message, data)
    try:
        model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        return all(_is_a_sum(line, data) for line in error.errors())
    if message == CANCEL_REQUESTED and not data.keys() & {"job_id", "labels", "tenant"}:
        return False
    return all(name in ASSET_FIELDS for name in _fields_of_references(data))


def _is_a_sum(line: Any, data: Any) -> bool:
    """Whether it is refused for the lengths of scenes together, which no schema can add up."""
    return line["type"] == "rule_broken" and "scenes" in data and "brief" not in data


def _fields_of_references(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and "$from" in value and "field" in value:
        yield value["field"]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _fields_of_references(inner)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, of each list the first entry alone."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for key, entry in inner:
        yield (*at, key)
        yield from places(entry, (*at, key))


def spoilt(example: Any) -> Iterator[Any]:
    """The example with one value gone, doubled under a misspelt name, or replaced by each wrong one."""
    for *parents, key in places(example):

        def changed(parents: list[Any] = parents) -> tuple[Any, Any]:
            whole = copy.deepcopy(example)
            parent = whole
            for step in parents:
                parent = parent[step]
            return whole, parent

        whole, parent = changed()
        del parent[key]
        yield whole
        if isinstance(key, str):
            whole, parent = changed()
            parent[f"{key}s"] = parent[key]
            yield whole
        for wrong in WRONG:
            whole, parent = changed()
            parent[key] = wrong
            yield whole


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_spoilt_example_is_judged_alike(path: Path) -> None:
    message = path.parent.name
    example = json.loads(path.read_text("utf-8"))
    validator = VALIDATORS[message]
    assert validator.is_valid(example)
    assert model_takes(message, example)
    # A fact says null nowhere, and its readers are told so; our own, of older versions, may meet one.
    found = [data for data in spoilt(example) if message not in EVENT_TYPES or None not in _values(data)]
    chosen = Random(path.name).sample(found, min(len(found), MOST))
    verdicts = [(model_takes(message, data), validator.is_valid(data), data) for data in chosen]
    assert [data for by_model, by_schema, data in verdicts if by_model != by_schema] == []
    assert not all(by_model for by_model, _, _ in verdicts)


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [found for entry in inner for found in _values(entry)]
    return [value]


def work(capability: str, **params: Any) -> dict[str, Any]:
    return {"capability": capability, "params": params}


@pytest.mark.parametrize(
    ("node", "taken"),
    [
        (work("moderation", assets={"$from": "a"}), True),
        (work("moderation", assets=[{"$from": "a"}]), True),
        (work("moderation", assets=[]), False),
        (work("moderation", assets=[], text="x"), True),
        (work("moderation", text={"$from": "a", "field": "text"}), True),
        (work("text-to-text", text="x", target_language={"$from": "a"}), True),
        (work("text-to-text", text="x"), False),
        (work("image-generation", prompt="x", width_px={"$from": "a", "field": "width_px"}), True),
        (work("image-generation", prompt="x", format={"$from": "a"}), True),
        (work("image-generation", prompt="x", engine={"$from": "a"}), False),
        (work("image-generation", text="x"), False),
        (work("painting", prompt="x"), False),
    ],
)
def test_a_node_is_judged_alike(node: dict[str, Any], *, taken: bool) -> None:
    request = {"kind": "graph", "nodes": {"b": node, "a": work("text-generation", prompt="x")}}
    assert (model_takes(JOB_REQUESTED, request), VALIDATORS[JOB_REQUESTED].is_valid(request)) == (
        taken,
        taken,
    )


@pytest.mark.parametrize("capability", sorted(Capability))
def test_parameters_of_another_capability_are_refused_by_both(capability: str) -> None:
    for other in Capability:
        example = next(path for path in EXAMPLES if path.name == f"task-{other}.json")
        request = json.loads(example.read_text("utf-8")) | {"capability": capability}
        assert VALIDATORS[JOB_REQUESTED].is_valid(request) == model_takes(JOB_REQUESTED, request)


@pytest.mark.parametrize(
    "film",
    [
        {"brief": "x"},
        {"scenes": [{"picture": "x", "duration_s": 6}]},
        {"brief": "x", "scenes": [{"picture": "x", "duration_s": 6}]},
        {},
        {"breif": "x"},
        {"brief": "x", "Style": "anime"},
    ],
)
def test_a_film_is_judged_alike(film: dict[str, Any]) -> None:
    request = {"kind": "film", **film}
    assert (
        VALIDATORS[JOB_REQUESTED].is_valid(request)
        == model_takes(JOB_REQUESTED, request)
        == (len(film) == 1 and "breif" not in film)
    )


def test_a_cancel_names_a_job_labels_or_a_tenant() -> None:
    for cancel, taken in (({"tenant": "a"}, True), ({"labels": {"a": "b"}, "reason": "x"}, True)):
        assert VALIDATORS[CANCEL_REQUESTED].is_valid(cancel) == model_takes(CANCEL_REQUESTED, cancel) == taken
