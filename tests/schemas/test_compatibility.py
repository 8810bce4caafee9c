"""What was published stays true: a later version takes every request it took and tells every fact it told."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas.export import json_schemas
from schemas.facts import EVENT_TYPES

FROZEN = sorted((Path(schemas.__file__).parent / "json" / "frozen").glob("v*/*.json"))
SCHEMAS = json_schemas()

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def _resolved(schema: Any, document: Any) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _as_union(schema: Any) -> Any:
    """Say what the first version said with `if`/`then` and with bare branches as the union that it means.

    Later versions say it as a union themselves, for generators of code.
    """
    if not isinstance(schema, dict) or "properties" not in schema:
        return schema
    word = next((word for word in ("allOf", "oneOf", "anyOf") if word in schema), None)
    if word is None:
        return schema
    plain = {key: value for key, value in schema.items() if key != word}
    if word == "allOf":
        return {"oneOf": [_with(plain, part["if"], part["then"]) for part in schema[word]]}
    asked = {name for branch in schema[word] for name in branch["required"]}
    options = []
    for branch in schema[word]:
        gone = asked - set(branch["required"]) if word == "oneOf" else set()
        kept = {name: inner for name, inner in plain["properties"].items() if name not in gone}
        for name, more in branch.get("properties", {}).items():
            kept[name] = _narrower(kept[name], more)
        required = [*plain.get("required", ()), *branch["required"]]
        options.append(plain | {"properties": kept, "required": required})
    return {word: options}


def _narrower(field: Any, more: Any) -> Any:
    if not isinstance(more, dict) or "anyOf" not in field:
        return {key: value for key, value in field.items() if key != "default"} | (more or {})
    return {"anyOf": [o | more if o.get("type") == more["type"] else o for o in field["anyOf"]]}


def _with(plain: Any, *parts: Any) -> Any:
    fields = dict(plain["properties"])
    for part in parts:
        for name, inner in part["properties"].items():
            fields[name] = inner | ({"type": "string"} if "const" in inner else {})
    return plain | {"properties": fields}


def _breaks(old: Any, new: Any, documents: tuple[Any, Any], *, told: bool, at: str = "") -> Iterator[str]:
    """Yield what an old reader (of facts, `told`) or an old writer (of requests) can no longer rely on."""
    old, new = _as_union(_resolved(old, documents[0])), _as_union(_resolved(new, documents[1]))
    if not isinstance(old, dict) or not isinstance(new, dict) or not old or not new:
        return
    word = next((word for word in ("oneOf", "anyOf") if word in new and "properties" in old), None)
    if word is not None and not told:
        # What was one shape is one of several now.
        found = [list(_breaks(old, option, documents, told=told, at=at)) for option in new[word]]
        yield from min(found, key=len)
        return
    if old.get("type") != new.get("type"):
        yield f"{at}: type {old.get('type')} became {new.get('type')}"
    was, now = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{at}/{name}: no longer always there" for name in sorted(was - now) if told)
    yield from (f"{at}/{name}: required now" for name in sorted(now - was) if not told)
    for name, inner in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from _breaks(inner, new["properties"][name], documents, told=told, at=f"{at}/{name}")
        else:
            yield f"{at}/{name}: removed"
    if not told:
        yield from _narrowed(old, new, at)
    for word in ("items", "additionalProperties", "then", "propertyNames"):
        if word in old and word in new:
            yield from _breaks(old[word], new[word], documents, told=told, at=f"{at}/{word}")
    for word in ("anyOf", "oneOf", "allOf"):
        if len(new.get(word, ())) < len(old.get(word, ())):
            yield f"{at}: fewer options"
        for index, (before, after) in enumerate(zip(old.get(word, ()), new.get(word, ()), strict=False)):
            yield from _breaks(before, after, documents, told=told, at=f"{at}/{word}{index}")


def _narrowed(old: Any, new: Any, at: str) -> Iterator[str]:
    yield from (
        f"{at}: {gone!r} refused now" for gone in old.get("enum", ()) if gone not in new.get("enum", [gone])
    )
    for word in LOWER:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield f"{at}: {word} rose"
    for word in UPPER:
        if word in new and new[word] < old.get(word, float("inf")):
            yield f"{at}: {word} fell"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{at}: another pattern"
    if new.get("const", old.get("const")) != old.get("const"):
        yield f"{at}: another constant"
    if "default" in old and old["default"] != new.get("default"):
        yield f"{at}: another default"


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_published_version_still_holds(path: Path) -> None:
    old, new = json.loads(path.read_text()), SCHEMAS[path.stem]
    assert list(_breaks(old, new, (old, new), told=path.stem in EVENT_TYPES)) == []


def test_every_message_is_kept_for_comparison() -> None:
    assert {path.stem for path in FROZEN} == set(SCHEMAS)


FILM = "FilmRequestedByBrief"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d[FILM]["properties"].pop("style"), "removed"),
        (lambda d: d[FILM]["required"].append("style"), "required now"),
        (lambda d: d[FILM]["properties"]["fps"].update(maximum=60), "maximum fell"),
        (lambda d: d["Captions"]["enum"].remove("none"), "refused now"),
        (lambda d: d["ImageGeneration"]["properties"]["steps"].update(type="number"), "became number"),
        (lambda d: d["SoundFormat"].update(default="mp3"), "another default"),
    ],
)
def test_a_change_that_breaks_a_writer_is_noticed(change: Any, complaint: str) -> None:
    old = SCHEMAS["media.job.requested.v1"]
    new = copy.deepcopy(old)
    change(new["$defs"])
    assert any(complaint in found for found in _breaks(old, new, (old, new), told=False))


def test_a_new_optional_field_breaks_nobody() -> None:
    old = SCHEMAS["media.job.requested.v1"]
    new = copy.deepcopy(old)
    new["$defs"][FILM]["properties"]["mood_board"] = {"type": "string"}
    assert list(_breaks(old, new, (old, new), told=False)) == []


def test_a_fact_that_leaves_out_a_field_is_noticed() -> None:
    old = SCHEMAS["media.job.failed.v1"]
    new = copy.deepcopy(old)
    new["required"].remove("error")
    assert list(_breaks(old, new, (old, new), told=True)) == ["/error: no longer always there"]
