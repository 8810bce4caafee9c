"""Every example ever published is read by our models and allowed by the published schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

import schemas
from schemas.capabilities import Capability
from schemas.export import json_schemas
from schemas.facts import EVENT_TYPES
from schemas.requests import JOB_REQUESTED, JOBS, REQUEST_TYPES, request_model

FOLDER = Path(schemas.__file__).parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*/*.json"))
SCHEMAS = json_schemas()


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


def _model(message_type: str, data: Any) -> type[BaseModel]:
    return EVENT_TYPES.get(message_type) or request_model(message_type, data)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_read_and_written_again_without_loss(path: Path) -> None:
    data = _read(path)
    message = _model(path.parent.name, data).model_validate(data, by_alias=True, by_name=False)
    assert message.model_dump(mode="json", exclude_unset=True) == data


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_allowed_by_the_published_schema(path: Path) -> None:
    assert [
        error.message for error in Draft202012Validator(SCHEMAS[path.parent.name]).iter_errors(_read(path))
    ] == []


def test_every_message_has_an_example() -> None:
    assert {path.parent.name for path in EXAMPLES} == {*REQUEST_TYPES, *EVENT_TYPES}


def test_every_kind_of_job_and_every_capability_has_an_example() -> None:
    requests = [_read(path) for path in EXAMPLES if path.parent.name == JOB_REQUESTED]
    assert {request["kind"] for request in requests} == set(JOBS)
    assert {request["capability"] for request in requests if request["kind"] == "task"} == set(Capability)


def test_every_field_of_every_fact_stands_in_an_example() -> None:
    for message_type, model in EVENT_TYPES.items():
        shown = {field for path in (FOLDER / message_type).glob("*.json") for field in _read(path)}
        assert shown == set(model.model_fields), message_type
