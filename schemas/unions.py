"""How a message of several shapes is published: as a union of closed objects, for generators of code.

`if`/`then`, and branches that only say what is `required`, mean nothing to json-schema-to-typescript, quicktype and
their like: they make `unknown` of the one and let any field into the other. A union they understand. What is accepted
stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
_BRANCHES = ("oneOf", "anyOf")
_HAVE_NAMES = frozenset({*_BRANCHES, "enum", "properties"})


def by_capability(
    work: Schema, params: Mapping[str, Schema], suffix: str
) -> tuple[Schema, dict[str, Schema]]:
    """Return the union that stands for an object of a capability and its parameters, and its options by name.

    `params` has the schema of the parameters of each capability. The options of text-to-speech are called
    TextToSpeechTask where `suffix` is Task.
    """
    options = {
        camel(capability) + suffix: work
        | {
            "properties": _first(
                work["properties"] | {"capability": {"const": capability, "type": "string"}, "params": taken},
                ("kind", "id", "capability", "params"),
            )
        }
        for capability, taken in params.items()
    }
    union = {"description": work.get("description", ""), "oneOf": [_reference(name) for name in options]}
    return union, options


def split(name: str, schema: Schema) -> tuple[Schema, dict[str, Schema]] | None:
    """Return an object whose branches say which field it needs as a union of objects, and those by name.

    None where it has no such branches. FilmRequested, which needs a brief or scenes, becomes FilmRequestedByBrief or
    FilmRequestedByScenes.
    """
    word = next((word for word in _BRANCHES if word in schema and "properties" in schema), None)
    if word is None:
        return None
    branches = schema[word]
    needed = {field for branch in branches for field in branch["required"]}
    options = {}
    for branch in branches:
        fields = {
            field: _merged(inner, branch.get("properties", {}).get(field))
            for field, inner in schema["properties"].items()
            # Of `oneOf` no other branch may hold, so its field may not be there.
            if word == "anyOf" or field not in needed or field in branch["required"]
        }
        plain = {key: value for key, value in schema.items() if key != word}
        required = [*schema.get("required", ()), *branch["required"]]
        options[f"{name}By{''.join(map(camel, branch['required']))}"] = plain | {
            "properties": _first(fields, ("kind", *branch["required"])),
            "required": required,
        }
    union = {"description": schema.get("description", ""), word: [_reference(option) for option in options]}
    return union, options


def named(value: Any, parts: Mapping[str, Schema]) -> Any:
    """Refer to a part by its name wherever it is written out; its default goes with the part."""
    if isinstance(value, list):
        return [named(entry, parts) for entry in value]
    if not isinstance(value, dict):
        return value
    for name, part in parts.items():
        if value in (part, {key: inner for key, inner in part.items() if key != "default"}):
            return _reference(name)
    return {key: named(inner, parts) for key, inner in value.items()}


def titled(name: str, schema: Schema) -> Schema:
    """Give a name to each enumeration, union and object inside a schema, after the field that has it.

    Generators of code would call them AnonymousSchema_1, 2, 3.
    """
    inner = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in inner:
        inner["properties"] = {
            field: _titled(name + camel(field), value) for field, value in inner["properties"].items()
        }
    if isinstance(inner.get("items"), dict):
        inner["items"] = _titled(f"{name}Item", inner["items"])
    for word in _BRANCHES:
        if word in inner:
            inner[word] = [_titled(f"{name}Option{n}", option) for n, option in enumerate(inner[word], 1)]
    return {"title": schema.get("title", name)} | inner


def _titled(name: str, schema: Schema) -> Schema:
    if _HAVE_NAMES & schema.keys() or schema.get("type") == "object":
        return titled(name, schema)
    if schema.get("type") == "array":
        return {key: value for key, value in titled(name, schema).items() if key != "title"}
    return schema


def references(value: Any) -> Iterator[str]:
    """Yield the names of all definitions that a schema refers to."""
    if isinstance(value, dict):
        if isinstance(found := value.get("$ref"), str):
            yield found.rsplit("/", 1)[1]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def _merged(field: Schema, more: Schema | None) -> Schema:
    """Return a field with what a branch asks of it, which is said of its arrays."""
    if more is None:
        return field
    if field.get("type") == "array":
        return {key: value for key, value in field.items() if key != "default"} | more
    if "anyOf" in field:
        options = [_merged(each, more) if each.get("type") == "array" else each for each in field["anyOf"]]
        return {"anyOf": options}
    return field


def _first(fields: Schema, names: tuple[str, ...]) -> Schema:
    """Put what tells the options apart before the rest: validators look at it first."""
    return {name: fields[name] for name in names if name in fields} | fields


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def camel(words: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]", words))
