"""The published documents are those of the code, well formed, and as strict as the models."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from pydantic import ValidationError

from schemas.asyncapi import asyncapi
from schemas.capabilities import CAPABILITY_ROWS, Capability
from schemas.export import files, json_schemas, main
from schemas.requests import JOB_REQUESTED, request_model
from schemas.topics import topics

SCHEMAS = json_schemas()
REQUESTED = Draft202012Validator(SCHEMAS[JOB_REQUESTED])
ASYNCAPI_SCHEMA = Path(__file__).parent / "asyncapi-specs" / "3.0.0.json"


def test_the_checked_in_documents_are_those_of_the_code() -> None:
    assert main(["--check"]) == 0


def test_writing_twice_writes_the_same() -> None:
    assert files() == files()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_published_schema_is_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_published_schema_uses_standard_words_and_patterns_only(name: str) -> None:
    text = json.dumps(SCHEMAS[name])
    assert not any(word in text for word in ('"ge":', '"le":', '"gt":', '"lt":', "\\\\z", "\\\\A"))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_reference_inside_a_published_schema_points_at_something(name: str) -> None:
    text = json.dumps(SCHEMAS[name])
    targets = {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert targets <= set(SCHEMAS[name].get("$defs", {}))


def test_the_asyncapi_document_is_valid_asyncapi_3() -> None:
    document = asyncapi(SCHEMAS)
    validator = Draft7Validator(json.loads(ASYNCAPI_SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(document)] == []
    broken = document | {"operations": {"send.jobs": {"action": "shout"}}}
    assert list(validator.iter_errors(broken))


def test_every_reference_of_the_asyncapi_document_starts_at_its_root_and_points_at_something() -> None:
    document = asyncapi(SCHEMAS)
    found = list(_values(document, "$ref"))
    assert len(found) > 100
    for reference in found:
        value: Any = document
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]
    assert not list(_values(document, "$id"))


def test_every_definition_has_a_title_for_generators_of_code() -> None:
    for schema in SCHEMAS.values():
        assert all(definition["title"] == name for name, definition in schema.get("$defs", {}).items())


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_what_is_required_is_also_described(name: str) -> None:
    """As ajv asks in its strict mode (strictRequired)."""
    for part in _objects(SCHEMAS[name]):
        if isinstance(required := part.get("required"), list):
            assert set(required) <= set(part.get("properties", {}))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_generators_of_code_understand_every_shape(name: str) -> None:
    """They make `unknown` of if/then, of a field that says nothing, and of branches beside properties."""
    for part in _objects(SCHEMAS[name]):
        assert not part.keys() & {"if", "then", "allOf"}
        assert "properties" not in part or not part.keys() & {"oneOf", "anyOf"}
        for field in part.get("properties", {}).values():
            assert field not in ({}, True)


def test_every_enumeration_union_and_object_of_the_asyncapi_document_has_a_title() -> None:
    """Else Modelina calls it AnonymousSchema_n."""
    components = asyncapi(SCHEMAS)["components"]["schemas"]
    titles = []
    for part in _objects(components):
        if part.keys() & {"enum", "anyOf", "oneOf"} or isinstance(part.get("properties"), dict):
            titles.append(part["title"])
    assert len(titles) > 200


def test_the_asyncapi_document_uses_words_of_its_own_schema_format_only() -> None:
    """Draft 7 of JSON Schema: it has no siblings of a reference that a reader would miss, and no newer words."""
    for schema in asyncapi(SCHEMAS)["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
        newer = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "$dynamicRef"}
        assert not any(newer & part.keys() for part in _objects(schema))


def test_a_capability_decides_the_parameters_of_a_task_an_item_and_a_node() -> None:
    definitions = SCHEMAS[JOB_REQUESTED]["$defs"]
    for union, suffix in (("TaskRequested", "Task"), ("Item", "Item"), ("Node", "Node")):
        options = [definitions[o["$ref"].rsplit("/", 1)[1]] for o in definitions[union]["oneOf"]]
        assert [o["properties"]["capability"]["const"] for o in options] == list(Capability)
        assert all(o["title"].endswith(suffix) for o in options)
    for row in CAPABILITY_ROWS:
        name = row.params.__name__
        for option, params in ((f"{name}Task", name), (f"{name}Node", f"{name}WithReferences")):
            properties = definitions[option]["properties"]
            assert properties["capability"]["const"] == row.capability
            assert properties["params"]["$ref"] == f"#/$defs/{params}"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _values(document: Any, key: str) -> Iterator[Any]:
    return (part[key] for part in _objects(document) if key in part and isinstance(part[key], str))


def test_the_asyncapi_document_names_every_topic_and_message() -> None:
    document = asyncapi(SCHEMAS, prefix="other")
    of_tenants = document["channels"]["requests.tenant"]
    assert {channel["address"] for channel in document["channels"].values()} == {
        *(spec.name for spec in topics("other")),
        "other.requests.{tenant}",
        "other.tasks.{pool}.{lane}",
    }
    assert set(document["channels"]["tasks.pool"]["parameters"]) == {"pool", "lane"}
    assert of_tenants["messages"] == document["channels"]["requests"]["messages"]
    assert list(of_tenants["parameters"]) == ["tenant"]
    assert set(document["components"]["messages"]) == set(SCHEMAS)


def _accepts(request: Any) -> bool:
    try:
        request_model(JOB_REQUESTED, request).model_validate(request, by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True


NUMBERS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "30", -1, 0, 0.24, 0.25, 1, 1.0, 4, 4.01, 15, 16, 24.0, 24.5, 30, 120, 121, 200, 201, 240]
) | st.sampled_from([300, 301, 600, 601, 8192, 8193, 604_800, 604_801, 2**53 - 1, 2**53])
TEXTS: st.SearchStrategy[Any] = st.sampled_from(
    ["", "a", "fox", "png", "wav", "16:9", "720p", "en", "draft", "x" * 64, "x" * 256, 3, None, []]
)
ASSETS = st.sampled_from(
    ["sha256:" + "0" * 64, "s3://media/a b.png", "http://x/y", "", None, {"$from": "a"}, 4, {}]
)
ANYTHING = st.one_of(NUMBERS, TEXTS, ASSETS, st.just([]), st.just({}), st.booleans())
COMMON = {
    "tenant": TEXTS,
    "idempotency_key": TEXTS,
    "priority": st.sampled_from(["interactive", "batch", "soon", 1]),
    "deadline_s": NUMBERS,
    "on_failure": st.sampled_from(["fail", "placeholder", "partial", None]),
    "seed": NUMBERS,
    "engines": st.dictionaries(st.sampled_from(["image-generation", "painting"]), TEXTS, max_size=2),
    "labels": st.dictionaries(st.sampled_from(["", "a", "b" * 63, "b" * 64]), TEXTS, max_size=3),
    "colour": TEXTS,
}
IMAGE = {
    "prompt": TEXTS,
    "style": TEXTS,
    "width_px": NUMBERS,
    "steps": NUMBERS,
    "guidance": NUMBERS,
    "format": TEXTS,
    "references": st.lists(ASSETS, max_size=2),
    "control": st.fixed_dictionaries(
        {"type": st.just("canny"), "image": ASSETS}, optional={"scale": NUMBERS}
    ),
}
SPEECH = {"text": TEXTS, "speed": NUMBERS, "pitch": NUMBERS, "format": TEXTS, "voice": TEXTS}
REWORDING = {"text": TEXTS, "instruction": TEXTS, "target_language": TEXTS}
JUDGING = {"text": TEXTS, "assets": st.lists(ASSETS, max_size=2)}
CLONING = {"text": TEXTS, "reference": ASSETS, "consent": st.sampled_from([True, False, 1, None])}


def _some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


WORK = st.one_of(
    *(
        st.fixed_dictionaries({"capability": st.just(capability), "params": _some(fields)})
        for capability, fields in (
            ("image-generation", IMAGE),
            ("text-to-speech", SPEECH),
            ("text-to-text", REWORDING),
            ("moderation", JUDGING),
            ("voice-cloning", CLONING),
        )
    ),
    st.fixed_dictionaries({"capability": TEXTS, "params": ANYTHING}),
)
FILM = {
    "brief": TEXTS,
    "aspect_ratio": TEXTS,
    "resolution": TEXTS,
    "fps": NUMBERS,
    "music": st.one_of(st.none(), _some({"tempo": NUMBERS, "intensity": NUMBERS}), TEXTS),
    "characters": st.lists(
        _some({"id": TEXTS, "description": TEXTS, "images": st.lists(ASSETS, max_size=1)}), max_size=1
    ),
}
CLIP = _some(
    {
        "source": st.one_of(
            ASSETS, st.just({"colour": "#00FF00"}), st.just({"text": "hi"}), st.just({"colour": 3})
        ),
        "start_s": NUMBERS,
        "duration_s": NUMBERS,
        "position": st.sampled_from(["top", "upstairs", {"x": 1, "y": "5%"}, {"x": "5"}, 3]),
        "width": st.sampled_from([5, "5%", "5px", None, True]),
    }
)
REQUESTS = st.one_of(
    st.tuples(st.just({"kind": "task"}), WORK, _some(COMMON)),
    st.tuples(st.just({"kind": "film"}), st.fixed_dictionaries({"brief": TEXTS}), _some(FILM), _some(COMMON)),
    st.tuples(st.just({"kind": "film"}), _some(FILM)),
    st.tuples(
        st.just({"kind": "batch"}),
        st.fixed_dictionaries(
            {"items": st.lists(st.builds(lambda work: {"id": "a", **work}, WORK), max_size=2)}
        ),
    ),
    st.tuples(
        st.just({"kind": "graph"}),
        st.fixed_dictionaries({"nodes": st.dictionaries(st.sampled_from(["a", "!", "b"]), WORK, max_size=2)}),
        _some({"outputs": st.lists(TEXTS, max_size=1)}),
    ),
    st.tuples(
        st.just({"kind": "composition"}),
        st.fixed_dictionaries(
            {
                "timeline": st.fixed_dictionaries(
                    {
                        "canvas": st.fixed_dictionaries({"width_px": NUMBERS, "height_px": st.just(64)}),
                        "tracks": st.lists(
                            st.fixed_dictionaries(
                                {"kind": st.just("video"), "clips": st.lists(CLIP, max_size=2)}
                            ),
                            max_size=2,
                        ),
                    }
                )
            }
        ),
    ),
).map(lambda parts: {key: value for part in parts for key, value in part.items()})


@settings(max_examples=300, deadline=None)
@given(REQUESTS)
def test_the_published_schema_and_the_models_agree_on_every_request(request: dict[str, Any]) -> None:
    assert REQUESTED.is_valid(request) == _accepts(request)


def test_the_schema_refuses_what_json_cannot_say_exactly() -> None:
    assert not _accepts({"kind": "film", "brief": "x", "fps": math.inf})
