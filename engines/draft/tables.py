"""How the tables of the draft engines are read: TOML files beside the code that uses them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def read_table(code: str, name: str | None = None) -> dict[str, Any]:
    """Return the table beside a file of code (its `__file__`), of the same name if none is given; lists come as tuples.

    A module reads its table once, when it is imported: an engine does that when it is loaded, or with its first task.
    """
    place = Path(code).with_suffix(".toml") if name is None else Path(code).with_name(f"{name}.toml")
    found = _fixed(tomllib.loads(place.read_text("utf-8")))
    assert isinstance(found, dict)  # noqa: S101  every TOML file is one
    return found


def _fixed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _fixed(inner) for key, inner in value.items()}
    return tuple(map(_fixed, value)) if isinstance(value, list) else value
