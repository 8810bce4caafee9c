"""Which environments there are: a folder beside this file for each, which holds `pyproject.toml` and `uv.lock`."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import EngineUnavailable

HERE = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment as it is declared: `requires_python` is a range such as `>=3.11`, `purpose` a sentence.

    `digest` names the bytes of both its files, so an environment that was built is of exactly one lock.
    """

    name: str
    folder: Path
    purpose: str
    requires_python: str
    digest: str


def declared(root: Path = HERE) -> tuple[Environment, ...]:
    """Return every environment, by name.

    Raises:
        EngineUnavailable: a file cannot be understood.
    """
    return tuple(_read(path.parent) for path in sorted(root.glob("*/pyproject.toml")))


def environment(name: str, root: Path = HERE) -> Environment:
    """Return the environment of a name.

    Raises:
        EngineUnavailable: there is none, or it cannot be understood.
    """
    if _NAME.fullmatch(name) and (root / name / "pyproject.toml").is_file():
        return _read(root / name)
    there = ", ".join(each.name for each in declared(root)) or "none"
    raise EngineUnavailable(f"there is no environment {name[:60]!r}; declared are: {there}")


def _read(folder: Path) -> Environment:
    try:
        text = (folder / "pyproject.toml").read_bytes()
        lock = (folder / "uv.lock").read_bytes()
        project = tomllib.loads(text.decode())["project"]
        name, purpose, requires = folder.name, str(project["description"]), str(project["requires-python"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(
            f"the environment {folder.name} cannot be read: its pyproject.toml needs a project with "
            "description and requires-python, and uv.lock must lie beside it"
        ) from error
    digest = hashlib.sha256(hashlib.sha256(text).digest() + lock).hexdigest()[:12]
    return Environment(name, folder, purpose, requires, digest)
