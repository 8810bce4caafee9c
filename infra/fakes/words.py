"""What the fakes' language models say: something that fits what was asked for, the same for the same words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def answer_to(prompt: str, schema: Mapping[str, Any] | None) -> str:
    """Return an answer to a prompt; with a schema it is JSON of that shape."""
    if schema is not None:
        return json.dumps(_value(schema, prompt, schema))
    return f"An answer about: {' '.join(prompt.split()[:24])}"


def _value(schema: Mapping[str, Any], words: str, root: Mapping[str, Any], depth: int = 12) -> Any:
    if "$ref" in schema and depth:
        target: Any = root
        for step in str(schema["$ref"]).split("/")[1:]:
            target = target[step]
        return _value(target, words, root, depth - 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if schema.get(choice):
            return _value(schema[choice][0], words, root, depth - 1)
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", list(schema.get("properties", {})))
            known = schema.get("properties", {})
            return {name: _value(known.get(name, {}), words, root, depth - 1) for name in wanted}
        case "array":
            count = max(int(schema.get("minItems", 1)), 1)
            return [_value(schema.get("items", {}), words, root, depth - 1) for _ in range(count)]
        case "integer":
            return int(schema.get("minimum", 1))
        case "number":
            return float(schema.get("minimum", 1))
        case "boolean":
            return True
        case "null":
            return None
    return " ".join(words.split()[:12])[: int(schema.get("maxLength", 200))] or "words"
