"""How bytes become JSON values: RFC 8259 without the freedoms that two readers may take differently."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from bus.unreadable import DlqReason, Unreadable

MAX_DEPTH = 64
"""Arrays and objects inside each other, the outermost counted."""

_DOUBLE_DIGITS = 309
"""Digits of the largest integer that a double can hold; JSON has no leading zeros to inflate them."""

# Possessive quantifiers keep the scan linear on hostile text (an endless string of escaped quotes).
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(data: bytes | None, max_depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value that `data` spells.

    An unpaired surrogate escape is grammatical, but no text: it becomes U+FFFD, as when UTF-8 is written.

    Raises:
        Unreadable: No value, not UTF-8, a byte order mark, not JSON, NaN or Infinity, a number beyond a
            double, a name twice in one object, or nesting over `max_depth`.
    """
    if not data:
        raise Unreadable(DlqReason.NO_VALUE, "the record has no value")
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(DlqReason.BYTE_ORDER_MARK, "the value begins with a byte order mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(DlqReason.NOT_UTF8, f"byte {error.start} is not UTF-8") from None
    _check_depth(data, max_depth)
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_double,
            parse_int=_integer,
            object_pairs_hook=_without_doubles,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(DlqReason.NOT_JSON, f"{error.msg} at {where}") from None
    return _mend(value) if _SURROGATE_ESCAPE.search(data) else value


def _check_depth(data: bytes, max_depth: int) -> None:
    """Refuse deep nesting before the parser, whose recursion a deep document would exhaust, sees it."""
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return
    depth = 0
    for token in _TOKEN.finditer(data):
        match token.group():
            case b"[" | b"{":
                depth += 1
                if depth > max_depth:
                    raise Unreadable(DlqReason.TOO_DEEP, f"more than {max_depth} levels of nesting")
            case b"]" | b"}":
                depth -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(DlqReason.NOT_JSON, f"{name} is not JSON")


def _double(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise Unreadable(DlqReason.NUMBER_OUT_OF_RANGE, "a number is beyond a double")
    return value


def _integer(literal: str) -> int:
    # The length first: Python refuses to convert more than 4300 digits with an error of its own.
    if len(literal) <= _DOUBLE_DIGITS + 1:
        value = int(literal)
        try:
            float(value)
        except OverflowError:
            pass
        else:
            return value
    raise Unreadable(DlqReason.NUMBER_OUT_OF_RANGE, "a number is beyond a double")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable(DlqReason.DUPLICATE_NAME, "an object has the same name twice")
    return members


def _mend(value: Any) -> Any:
    """Return `value` with every unpaired surrogate replaced, so that it can be written as UTF-8 again."""
    match value:
        case str():
            return _LONE_SURROGATE.sub("�", value)
        case list():
            return [_mend(item) for item in value]
        case dict():
            return _without_doubles([(_mend(name), _mend(item)) for name, item in value.items()])
        case _:
            return value
