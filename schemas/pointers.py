"""How a place inside a JSON value is written: RFC 6901 pointers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Place = tuple[str | int, ...]
"""The names and indexes that lead to a value."""


def pointer(place: Iterable[str | int]) -> str:
    """Write a place as an RFC 6901 pointer: ("scenes", 0, "a/b") is "/scenes/0/a~1b"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def places(value: Any, pattern: tuple[str, ...], start: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Find each value that a pattern of names reaches, "*" standing for every index of an array."""
    if not pattern:
        yield start, value
    elif pattern[0] == "*":
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            yield from places(entry, pattern[1:], (*start, index))
    elif isinstance(value, dict) and pattern[0] in value:
        yield from places(value[pattern[0]], pattern[1:], (*start, pattern[0]))
