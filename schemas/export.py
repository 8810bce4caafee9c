"""How the messages are published: `python -m schemas.export` writes JSON Schemas and AsyncAPI."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from schemas.asyncapi import asyncapi
from schemas.facts import EVENT_TYPES
from schemas.film import Film
from schemas.overlay import Blend, Length, Position
from schemas.params.audio import TextToSpeech
from schemas.params.image import ImageGeneration
from schemas.references import AssetAddress, AssetRef
from schemas.requests import (
    CANCEL_REQUESTED,
    JOB_REQUESTED,
    JOBS,
    REPLAY_REQUESTED,
    CancelRequested,
    Engines,
    Item,
    JobRequested,
    Labels,
    Node,
    ReplayRequested,
    Work,
)
from schemas.unions import by_capability, camel, named, references, split, titled

HERE = Path(__file__).parent
_MODE: JsonSchemaMode = "validation"
_TITLES = {CANCEL_REQUESTED: "CancelRequested"}
_PARTS: Mapping[str, Any] = {
    "AssetAddress": AssetAddress,
    "AssetRef": AssetRef,
    "Engines": Engines,
    "Labels": Labels,
    "Length": Length,
    "Position": Position,
    "Blend": Blend,
}
"""Types that stand in many messages and get one name."""
_FIELDS: Mapping[str, tuple[type[BaseModel], str]] = {
    "Priority": (JobRequested, "priority"),
    "OnFailure": (JobRequested, "on_failure"),
    "Quality": (JobRequested, "quality"),
    "AspectRatio": (Film, "aspect_ratio"),
    "Resolution": (Film, "resolution"),
    "Captions": (Film, "captions"),
    "PictureFormat": (ImageGeneration, "format"),
    "SoundFormat": (TextToSpeech, "format"),
}
"""Fields of which the same holds, with the default that they have everywhere."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, JsonSchemaValue]:
    """Return the JSON Schema (2020-12) of the data of each public message, by its type."""
    schemas = {JOB_REQUESTED: _one_of(JOBS, JOB_REQUESTED)}
    requests: Mapping[str, type[BaseModel]] = {
        CANCEL_REQUESTED: CancelRequested,
        REPLAY_REQUESTED: ReplayRequested,
    }
    for name, model in requests.items():
        schemas[name] = _document(model.model_json_schema(schema_generator=_Requests), name)
    for name, model in EVENT_TYPES.items():
        schemas[name] = _document(model.model_json_schema(schema_generator=_Facts), name)
    return schemas


def files() -> dict[Path, str]:
    """Return every generated file and its text."""
    schemas = json_schemas()
    texts = {HERE / "json" / f"{name}.json": _text(schema) for name, schema in schemas.items()}
    texts[HERE / "asyncapi.json"] = _text(asyncapi(schemas))
    return texts


class _Requests(GenerateJsonSchema):
    """A field that may be left out has no default in the schema when none is written for it."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


class _Facts(_Requests):
    """A fact leaves out what it does not know, and says null nowhere."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def _one_of(kinds: Mapping[str, type[BaseModel]], name: str) -> JsonSchemaValue:
    works: list[type[Work]] = [Item, Node, *(model for model in kinds.values() if issubclass(model, Work))]
    params = {table for work in works for table in work.tables.values()}
    by_name = sorted(params, key=lambda model: model.__name__)
    models: list[type[BaseModel]] = [*kinds.values(), *works, *by_name]
    # The order of the names, which decides the text of the file, is that of the list without its repeats.
    references, shared = models_json_schema(
        [(model, _MODE) for model in dict.fromkeys(models)], schema_generator=_Requests
    )
    definitions = shared["$defs"]
    for work in works:
        taken = {str(capability): references[table, _MODE] for capability, table in work.tables.items()}
        suffix = work.__name__.removesuffix("Requested")
        definitions[work.__name__], options = by_capability(definitions[work.__name__], taken, suffix)
        definitions |= options
    return _document(
        {"oneOf": [references[model, _MODE] for model in kinds.values()], "$defs": definitions}, name
    )


def _named_parts() -> dict[str, JsonSchemaValue]:
    """The parts that many messages have, which generators of code shall give one name."""
    written = {
        name: _plain(TypeAdapter(part).json_schema(schema_generator=_Requests))
        for name, part in _PARTS.items()
    }
    for name, (model, field) in _FIELDS.items():
        written[name] = _plain(model.model_json_schema(schema_generator=_Requests))["properties"][field]
    return {
        name: {key: inner for key, inner in part.items() if key != "$defs"} for name, part in written.items()
    }


def _document(schema: JsonSchemaValue, name: str) -> JsonSchemaValue:
    head: JsonSchemaValue = {"$schema": DIALECT, "$id": f"urn:reelbus:{name}", "title": name}
    plain: JsonSchemaValue = _plain(schema)
    definitions: dict[str, JsonSchemaValue] = plain.pop("$defs", {})
    if (union := split(_TITLES.get(name, name), plain)) is not None:
        plain, options = union
        definitions |= options
    for key, definition in list(definitions.items()):
        if (union := split(key, definition)) is not None:
            definitions[key], options = union
            definitions |= options
    parts = {key: part for key, part in _named_parts().items() if key not in definitions}
    node = {"FromNode": definitions["FromNode"]} if "FromNode" in definitions else {}
    plain = named(plain, node | parts)
    definitions = {key: _inside(part, node | parts) for key, part in (definitions | parts).items()}
    used = _reached(plain, definitions)
    if used:
        plain["$defs"] = {key: titled(key, definitions[key]) for key in sorted(used)}
    return head | {key: inner for key, inner in titled(camel(name), plain).items() if key != "title"}


def _inside(part: JsonSchemaValue, parts: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    """Name the parts inside a definition, which may be a part itself."""
    return {key: named(inner, parts) for key, inner in part.items()}


def _reached(plain: JsonSchemaValue, definitions: Mapping[str, JsonSchemaValue]) -> set[str]:
    found: set[str] = set()
    new = set(references(plain))
    while new:
        found |= new
        new = {name for known in new for name in references(definitions[known])} - found
    return found


def _plain(value: Any, *, names: bool = False) -> Any:
    """Say in standard words what pydantic says in its own; the keys of `names` are no keywords."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    plain: dict[str, Any] = {}
    for key, inner in value.items():
        if names:
            plain[_anchored(key)] = _plain(inner)
        elif key in _LIMITS:
            plain[_LIMITS[key]] = inner
        elif key == "pattern":
            plain[key] = _anchored(inner)
        elif key == "title":
            continue
        elif key == "default" and isinstance(inner, dict):
            plain[key] = {name: setting for name, setting in inner.items() if setting is not None}
        elif key in ("default", "const", "enum", "examples"):
            plain[key] = inner
        else:
            plain[key] = _plain(inner, names=key in ("properties", "patternProperties", "$defs"))
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    return plain


def _anchored(pattern: str) -> str:
    # JSON Schema's expressions are ECMAScript's, whose ^ and $ are the ends of the whole text.
    return pattern.replace(r"\A", "^", 1).replace(r"\z", "$", 1)


_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def _text(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the generated files, or say which differ."""
    parser = argparse.ArgumentParser(prog="python -m schemas.export", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    parser.add_argument("--freeze", action="store_true", help="keep copies for later versions to honour")
    options = parser.parse_args(arguments)
    texts = files()
    if options.freeze:
        frozen = HERE / "json" / "frozen" / "v1"
        texts |= {frozen / path.name: text for path, text in texts.items() if path.parent.name == "json"}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        sys.stderr.write(f"{'differs' if options.check else 'wrote'}: {path.relative_to(HERE.parent)}\n")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], "utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
