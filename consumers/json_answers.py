"""Whether an answer is the JSON that was asked for: checked before it is remembered, in bounded work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runtime.errors import EngineFailed, InvalidRequest
from schemas.patterns import matches

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
MOST_STEPS = 300_000
"""So many keywords of a schema are looked at for one answer: seconds at most. Schemas can double with every level."""

_CHECK = Callable[[Any, Any, Any, Mapping[str, Any]], Iterator[Any] | None]


def check_answer(path: Path, media_type: str, schema: Mapping[str, Any]) -> None:
    """Return when the file holds JSON that fits the schema (its own dialect, else JSON Schema 2020-12); blocking.

    Nothing is fetched for a reference, and patterns are matched in linear time.

    Raises:
        EngineFailed: the answer is no JSON, or not what the schema asks for; another attempt may be.
        InvalidRequest: the schema is not one, or asks for more work than one answer is worth.
        ImportError: what checks schemas is not installed.
    """
    answer = _read(path, media_type)
    if '"unevaluatedProperties":' in (text := json.dumps(schema)) and '"patternProperties":' in text:
        raise InvalidRequest(
            "parameter json_schema: unevaluatedProperties beside patternProperties is not supported"
        )
    from jsonschema.exceptions import SchemaError, best_match
    from jsonschema.validators import Draft202012Validator, extend, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    room = _Room(MOST_STEPS)
    # The library's own use Python's `re`, which an unlucky pattern keeps busy for ever.
    own: dict[str, _CHECK] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    try:
        dialect = validator_for(schema, default=Draft202012Validator)
        dialect.check_schema(schema)
        counted = {word: room.counting(own.get(word, check)) for word, check in dialect.VALIDATORS.items()}
        wrong = best_match(extend(dialect, counted)(schema, registry=Registry()).iter_errors(answer))
    except _UNUSABLE as error:
        raise InvalidRequest(f"parameter json_schema cannot be used ({type(error).__name__})") from error
    except (SchemaError, Unresolvable) as error:
        raise InvalidRequest(
            "parameter json_schema is no JSON Schema, or refers to what it does not have"
        ) from error
    if wrong is not None:
        place = "/".join(map(str, wrong.absolute_path))
        raise EngineFailed(
            f"the answer does not fit its json_schema at /{place}: {wrong.validator or 'not allowed'}"
        )


def _read(path: Path, media_type: str) -> Any:
    if media_type != "application/json":
        raise EngineFailed(f"the answer is {media_type}, and its json_schema asks for application/json")
    if path.stat().st_size > LARGEST_ANSWER_BYTES:
        raise EngineFailed(f"the answer is over {LARGEST_ANSWER_BYTES} bytes")
    try:
        return json.loads(path.read_bytes(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise EngineFailed("the answer is no JSON, and its json_schema asks for it") from error


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


class TooManySteps(Exception):
    """The schema asks for more steps than there are."""


_UNUSABLE = (TooManySteps, RecursionError, AttributeError, KeyError, TypeError, ValueError)
"""What the library meets in a schema that only looks like one."""


class _Room:
    def __init__(self, steps: int) -> None:
        self._left = steps

    def counting(self, check: _CHECK) -> _CHECK:
        """Return the check of a keyword, which gives up when all steps are used."""

        def counted(
            validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]
        ) -> Iterator[Any] | None:
            self._left -= 1
            if self._left < 0:
                raise TooManySteps
            return check(validator, value, instance, schema)

        return counted


def _pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield _wrong("does not match the pattern")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[Any]:
    for pattern, inner in patterns.items() if isinstance(instance, dict) else ():
        for name, value in instance.items():
            if matches(pattern, name):
                yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, inner: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[Any]:
    patterns = schema.get("patternProperties", {})
    for name, value in instance.items() if isinstance(instance, dict) else ():
        if name not in schema.get("properties", {}) and not any(matches(each, name) for each in patterns):
            yield from validator.descend(value, inner, path=name)


def _wrong(message: str) -> Exception:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)
