"""How a validation error is told to the person who made it: our code, a pointer, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from heapq import nlargest
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from schemas.base import JobId, Name
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.fieldnames import known_fields
from schemas.overlay import Colour
from schemas.pointers import Place, pointer

TOLD_AT_MOST = 1000
_QUOTED_CHARACTERS = 60
_LISTED_NAMES = 40
_COMPARED_NAMES = 5
_TELLING_CHARACTERS = 3


def explain(error: ValidationError, model: type[BaseModel], data: Any) -> list[Problem]:
    """Say the errors of a request in our words, 1000 at most; `data` is the request as it was given to `model`."""
    return [
        _problem(line, model, data)
        for line in error.errors(include_url=False)[:TOLD_AT_MOST]
        if not _is_echo(line, data)
    ]


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Ask whether the known name that looks most like a wrong one was meant; empty when none does."""
    if not isinstance(name, str):
        return ""
    wrong = name[:100].lower()
    by_lower = {right.lower(): right for right in sorted(known, reverse=True)}
    if len(wrong) >= _TELLING_CHARACTERS and (
        begun := sorted(right for right in by_lower if right.startswith(wrong))
    ):
        return f'did you mean "{by_lower[begun[0]]}"?'
    # Comparing letter by letter is slow: only names that share many pairs of letters are worth it.
    pairs = _pairs(wrong)
    closest = nlargest(
        _COMPARED_NAMES, by_lower, key=lambda right: (len(pairs & _pairs(right)) / (1 + len(right)), right)
    )
    like = difflib.get_close_matches(wrong, closest, n=1, cutoff=0.5)
    return f'did you mean "{by_lower[like[0]]}"?' if like else ""


@lru_cache(maxsize=4096)
def _pairs(name: str) -> frozenset[str]:
    padded = f" {name} "
    return frozenset(padded[start : start + 2] for start in range(len(padded) - 1))


def nearest(name: object, known: Iterable[str]) -> str:
    """Name the known name that looks most like a wrong one, and what else is known."""
    names = sorted(known)
    listed = ", ".join(names[:_LISTED_NAMES]) + (
        f" and {len(names) - _LISTED_NAMES} more" if len(names) > _LISTED_NAMES else ""
    )
    return " ".join(filter(None, (did_you_mean(name, names), f"known: {listed or 'none'}")))


def quoted(name: object) -> str:
    """A name from a request, short enough for a sentence."""
    text = str(name)
    return f'"{text}"' if len(text) <= _QUOTED_CHARACTERS else f'"{text[:_QUOTED_CHARACTERS]}…"'


def _problem(line: Any, model: type[BaseModel], data: Any) -> Problem:
    place = _place(line, data)
    if line["type"] == "extra_forbidden":
        known = known_fields(model, place[:-1], data)
        message = f"no field {quoted(place[-1])} here; {nearest(place[-1], known)}"
        return Problem(code=ErrorCode.UNKNOWN_FIELD, path=pointer(place), message=message)
    # The capabilities are the only enumeration among requests.
    code = ErrorCode.UNSUPPORTED if line["type"] == "enum" else ErrorCode.INVALID_REQUEST
    return Problem(code=code, path=pointer(place), message=_sentence(line))


def _is_echo(line: Any, data: Any) -> bool:
    """Whether an error only follows from others: a list counted without its wrong entries."""
    if line["type"] == "default_factory_not_called":
        return True
    if line["type"] != "too_short":
        return False
    value: Any = data
    for part in _place(line, data):
        value = value[part]
    return len(value) >= int(line["ctx"]["min_length"])


def _place(line: Any, data: Any) -> Place:
    """Where the error is, in names and indexes of the request alone."""
    found: list[str | int] = []
    value = data
    location = line["loc"]
    for position, part in enumerate(location):
        if _holds(value, part):
            value = value[part]
        elif position < len(location) - 1 or line["type"] not in _AT_ABSENT_FIELDS:
            continue  # "[key]": the name itself is wrong
        found.append(part)
    return tuple(found)


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


_AT_ABSENT_FIELDS = frozenset(("missing", "rule_broken"))


def _pattern(text: Any) -> str:
    return str(get_args(text)[1].pattern)


_PATTERNS: Mapping[str, str] = {
    _pattern(Name): "1 to 63 letters, digits, '.', '_' or '-', the first a letter or a digit",
    _pattern(Colour): "a colour as #rrggbb",
    _pattern(JobId): "the id of a job, a lower-case UUID",
}

_EXPECTED: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "an array",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "string_unicode": "valid Unicode text",
    "finite_number": "a finite number",
}

_LIMITS: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": ("ge", "must be at least", ""),
    "greater_than": ("gt", "must be more than", ""),
    "less_than_equal": ("le", "must be at most", ""),
    "less_than": ("lt", "must be less than", ""),
    "string_too_short": ("min_length", "must have at least", " characters"),
    "string_too_long": ("max_length", "must have at most", " characters"),
    "too_short": ("min_length", "needs at least", " entries"),
    "too_long": ("max_length", "may have at most", " entries"),
}


def _sentence(line: Any) -> str:
    kind, ctx, value = line["type"], line.get("ctx", {}), line["input"]
    if kind == "missing":
        return "this field is required"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, not {_json_kind(value)}"
    if kind in _LIMITS:
        word, must, of = _LIMITS[kind]
        limit = ctx[word]
        if of and limit == 1:
            return "must not be empty"
        return f"{must} {int(limit) if limit == int(limit) else limit}{of}"
    if kind in ("enum", "literal_error"):
        expected = {"True": "true"}.get(ctx["expected"], ctx["expected"].replace("'", '"'))
        meant = did_you_mean(value, expected.split('"')[1::2])
        return f"expected {expected}; {meant}" if meant else f"expected {expected}"
    if kind == "string_pattern_mismatch":
        return f"expected {_PATTERNS.get(ctx['pattern'], 'another form of text')}"
    return str(line["msg"])


def _json_kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    return "an array" if isinstance(value, list | tuple) else "an object"
