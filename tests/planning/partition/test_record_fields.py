"""Whether the fields of a job are the same wherever they are written down: in the job, and in its records in parts."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
import pytest

from planning.job.state import NOT_BEGUN, STATE_VERSION, Degradation, Failure, Job, Node, Product, Replaced
from planning.partition.records import PARTED_ABOVE_NODES, _Frame, _Head, _Whole, packed, parts_of, read_job

_JOB_ID = "7d3c0e8a-0000-4000-8000-000000000000"
_OTHERWISE: dict[str, Any] = {
    "version": STATE_VERSION,
    "run": 3,
    "status": "succeeded",
    "error": Failure("timeout", "it took too long", "n1"),
    "products": [Product("film", {"key": "k"}, 7)],
    "degraded": [Degradation("unsupported", "no sound")],
    "needs": ["n0"],
    "checkpoint": {"key": "c"},
    "replaced": [Replaced("first", "engine_failed: it broke")],
}
"""Values of fields that no plain type gives; `version` stays, for a newer one is not read."""
_OF_TYPE: dict[Any, Any] = {
    str: "said",
    int: 41,
    float: 0.25,
    bool: True,
    str | None: "said",
    list[str]: ["one", "two"],
    dict[str, str]: {"a": "b"},
    dict[str, Any]: {"a": [1, {"b": None}]},
    dict[str, list[str]]: {"a": ["b", "c"]},
    dict[str, dict[str, Any]]: {"/image": {"key": "k"}},
}


def fields_of(kind: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    """Return each field's name in JSON, and its type."""
    hints = get_type_hints(kind)
    return {field.name: (field.encode_name, hints[field.name]) for field in msgspec.structs.fields(kind)}


def defaults_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        field.name: field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        for field in msgspec.structs.fields(kind)
        if field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
    }


def filled(kind: type[msgspec.Struct], **given: Any) -> dict[str, Any]:
    """Return a value for every field that is another than its default."""
    values = {}
    for name, hint in get_type_hints(kind).items():
        if name not in kind.__struct_fields__:
            continue
        values[name] = given[name] if name in given else _OTHERWISE.get(name, _OF_TYPE.get(hint))
        assert values[name] is not None, f"say in this test what {kind.__name__}.{name} may be"
    return values


def test_each_field_of_a_job_stands_in_one_of_its_two_records_and_nothing_else_does() -> None:
    frame, head = fields_of(_Frame), fields_of(_Head)
    assert frame.keys() & head.keys() == set()
    assert (frame.keys() - {"names"}) | head.keys() == fields_of(Job).keys() - {"nodes"}
    assert tuple(frame)[-1] == "names"  # which is left out when a job is put together again


@pytest.mark.parametrize("kind", [_Frame, _Head])
def test_a_field_has_one_type_one_name_in_json_and_one_default(kind: type[msgspec.Struct]) -> None:
    job = fields_of(Job)
    assert {name: said for name, said in fields_of(kind).items() if name in job} == {
        name: said for name, said in job.items() if name in fields_of(kind)
    }
    defaults = {name: value for name, value in defaults_of(kind).items() if name in job}
    assert defaults == {name: defaults_of(Job)[name] for name in defaults}


def test_what_is_looked_at_first_stands_in_every_first_record() -> None:
    whole, head = fields_of(_Whole), fields_of(_Head)
    assert whole["version"] == head["version"] == fields_of(Job)["version"]
    assert whole["split"][0] == _Head.__struct_config__.tag_field
    assert _Head.__struct_config__.tag != defaults_of(_Whole)["split"]
    assert whole["split"][0] not in {said for said, _ in fields_of(Job).values()}


def test_a_job_in_parts_comes_back_with_every_field_that_it_had() -> None:
    names = [f"n{number}" for number in range(PARTED_ABOVE_NODES + 1)]
    nodes = {name: Node(**filled(Node, node_id=name, status="done")) for name in names}
    job = Job(**filled(Job, job_id=_JOB_ID, nodes=nodes))
    left = {name for name, value in defaults_of(Job).items() if getattr(job, name) == value} - {"version"}
    assert left == set(), "these would come back even if they were forgotten"
    parts = parts_of(job)
    assert len(parts) == 2 + len(nodes)
    assert read_job(_JOB_ID, packed(job, parts, parts)) == job


def test_a_job_that_has_not_moved_is_written_as_if_it_had_never_been_in_parts() -> None:
    nodes = {
        f"n{n}": Node(**filled(Node, node_id=f"n{n}", status="done")) for n in range(PARTED_ABOVE_NODES + 1)
    }
    job = Job(**filled(Job, job_id=_JOB_ID, nodes=nodes, job_fraction=NOT_BEGUN))
    found = read_job(_JOB_ID, packed(job, parts_of(job), parts_of(job)))
    assert found is not None
    assert msgspec.json.encode(found) == msgspec.json.encode(job)
