"""How a file that an operator writes is read: bounded, as TOML, and whatever is wrong with it is said of that file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.errors import InvalidRequest

MOST_BYTES = 1024 * 1024


def read_toml(path: Path, called: str, invalid: type[InvalidRequest]) -> dict[str, Any]:
    """Return what a file says; `called` is what it is to its reader, as `fleet file`.

    Raises:
        InvalidRequest: it cannot be read, is too large, or is no TOML; as the class that was given.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise invalid(f"the {called} {path} is larger than {MOST_BYTES} bytes")
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise invalid(f"the {called} {path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise invalid(f"the {called} {path} is no TOML: {error}") from error


def refuse(path: Path, called: str, problems: Sequence[str], invalid: type[InvalidRequest]) -> None:
    """Say everything that is wrong with a file, a line each; nothing where nothing is.

    Raises:
        InvalidRequest: there are problems; as the class that was given.
    """
    if problems:
        raise invalid(
            "\n".join((f"the {called} {path} cannot be used:", *(f"  {each}" for each in problems)))
        )
