"""Whether an answer is the JSON that was asked for: checked before it is remembered, in bounded work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runtime.errors import EngineFailed, InvalidRequest
from schemas.patterns import matches

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
MOST_STEPS = 300_000
"""So many keywords of a schema are looked at for one answer: seconds at most. Schemas can double with every level."""

_Check = Callable[[Any, Any, Any, Mapping[str, Any]], Iterator[Any] | None]


class JsonJudge:
    """Says whether answers fit a schema: its own dialect, else JSON Schema 2020-12.

    Nothing is fetched for a reference, and patterns are matched in linear time. Making one and asking it blocks.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Look at the schema before anybody pays for an answer.

        Raises:
            InvalidRequest: it is none, or has no end.
            ImportError: what checks schemas is not installed.
        """
        from jsonschema.validators import Draft202012Validator, validator_for

        if '"unevaluatedProperties":' in (text := json.dumps(schema)) and '"patternProperties":' in text:
            raise InvalidRequest("parameter json_schema: unevaluatedProperties beside patternProperties")
        self._schema = dict(schema)
        with _unusable_told():
            self._dialect = validator_for(self._schema, default=Draft202012Validator)
            self._dialect.check_schema(self._schema)
        self._first_error({})

    def check(self, path: Path, media_type: str) -> None:
        """Return when the file holds JSON that fits.

        Raises:
            EngineFailed: it does not; another attempt may.
            InvalidRequest: the schema asks for more work than one answer is worth.
        """
        wrong = self._first_error(_read(path, media_type))
        if wrong is not None:
            place = "/".join(map(str, wrong.absolute_path))
            word = wrong.validator or "not allowed"
            raise EngineFailed(f"the answer does not fit its json_schema at /{place}: {word}")

    def _first_error(self, answer: Any) -> Any:
        from jsonschema.exceptions import best_match
        from jsonschema.validators import extend
        from referencing import Registry

        room = _Room(MOST_STEPS)
        words = self._dialect.VALIDATORS.items()
        counted = {word: room.counting(_OWN.get(word) or check) for word, check in words}
        judge = extend(self._dialect, counted)  # type: ignore[no-untyped-call]  # its stubs leave it open
        with _unusable_told():
            return best_match(judge(self._schema, registry=Registry()).iter_errors(answer))


@contextmanager
def _unusable_told() -> Iterator[None]:
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    try:
        yield
    except _UNUSABLE as error:
        raise InvalidRequest(f"parameter json_schema cannot be used ({type(error).__name__})") from error
    except (SchemaError, Unresolvable) as error:
        message = "parameter json_schema is no JSON Schema, or refers to what it does not have"
        raise InvalidRequest(message) from error


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

    def counting(self, check: _Check) -> _Check:
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


_OWN: Mapping[str, _Check] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}
"""The library's own use Python's `re`, which an unlucky pattern keeps busy for ever."""


def _wrong(message: str) -> Exception:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)
