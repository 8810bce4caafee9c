"""Which environments are built on this machine, and which Python each has."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from infra.environments.declared import Environment, declared, environment
from runtime.errors import EngineUnavailable
from runtime.settings import Settings

State = Literal["built", "missing", "half built", "of another machine", "broken", "stale"]
_RECORD = "built.json"
_RECORD_BYTES = 4096
_FOLDER = re.compile(r"([a-z][a-z0-9-]*)-[0-9a-f]{12}")
_ANSWERS_WITHIN_S = 30.0
_ASK = "import platform, sys; print(platform.python_version(), platform.machine(), sys.platform)"


@dataclass(frozen=True, slots=True)
class Record:
    """What was noted in an environment when it was whole: for which lock, and which interpreter runs it."""

    name: str
    digest: str
    python: str
    machine: str
    system: str

    def write(self, folder: Path) -> None:
        """Note it in the folder of the environment."""
        (folder / _RECORD).write_text(json.dumps(asdict(self)) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Built:
    """How one environment stands on this machine; `detail` says why it is not built."""

    name: str
    state: State
    folder: Path
    python: str = ""
    detail: str = ""


def environments_folder(home: Path | None = None) -> Path:
    """Return where environments are built: `REELBUS_ENVIRONMENTS`, else `environments` in a home."""
    settings = Settings()
    root = settings.environments or (home or settings.home) / "environments"
    return root.expanduser().resolve()


def folder_of(wanted: Environment, root: Path) -> Path:
    """Return the folder of an environment; its name changes with the lock."""
    return root / f"{wanted.name}-{wanted.digest}"


def python_of(name: str, home: Path | None = None) -> Path:
    """Return the interpreter of an environment.

    Raises:
        EngineUnavailable: it is not declared, not built, built by half, or for another machine; with what to run.
    """
    wanted = environment(name)
    found = look(wanted, environments_folder(home))
    if found.state == "built":
        return python_in(found.folder)
    raise EngineUnavailable(f"the environment {name} is {found.detail}: run `reelbus engines sync {name}`")


def python_in(folder: Path) -> Path:
    """Return where the interpreter of an environment lies."""
    return folder / "bin" / "python"


def look(wanted: Environment, root: Path, *, run: bool = False) -> Built:
    """Say how an environment stands; `run` also starts its interpreter, which takes a moment."""
    folder = folder_of(wanted, root)
    if not folder.exists():
        return Built(wanted.name, "missing", folder, detail="not built here")
    record, python = _record(folder), python_in(folder)
    if record is None or record.digest != wanted.digest or not os.access(python, os.X_OK):
        return Built(wanted.name, "half built", folder, detail="built by half")
    if (record.system, record.machine) != (here := (sys.platform, platform.machine())):
        built_for = f"{record.system} {record.machine}"
        detail = f"built for {built_for}, and this is {' '.join(here)}"
        return Built(wanted.name, "of another machine", folder, record.python, detail)
    if run:
        try:
            now = ask(python)
        except EngineUnavailable as error:
            return Built(wanted.name, "broken", folder, record.python, error.message)
        if now[0] != record.python:
            detail = f"built for Python {record.python}, and its interpreter is {now[0]} now"
            return Built(wanted.name, "broken", folder, record.python, detail)
    return Built(wanted.name, "built", folder, record.python)


def look_at_all(root: Path, declarations: Path | None = None) -> tuple[Built, ...]:
    """Say how every environment stands: those declared, then what was built for locks that are no more."""
    wanted = declared(declarations) if declarations else declared()
    found = [look(each, root, run=True) for each in wanted]
    return (*found, *(Built(_name(path), "stale", path) for path in stale(root, wanted)))


def stale(root: Path, wanted: tuple[Environment, ...]) -> list[Path]:
    """Return the folders of environments as they were locked before."""
    current = {folder_of(each, root) for each in wanted}
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if _FOLDER.fullmatch(path.name) and path not in current)


def ask(python: Path) -> tuple[str, str, str]:
    """Return version, architecture and system, as an interpreter says itself.

    Raises:
        EngineUnavailable: it does not run.
    """
    try:
        answer = subprocess.run(
            [python, "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN_S,
            check=True,
            env={"PATH": os.environ.get("PATH", "")},
        )
        version, machine, system = answer.stdout.split()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise EngineUnavailable(f"without an interpreter that runs ({python})") from error
    return version, machine, system


def _name(folder: Path) -> str:
    return folder.name.rpartition("-")[0]


def _record(folder: Path) -> Record | None:
    try:
        with (folder / _RECORD).open("rb") as file:
            return Record(**json.loads(file.read(_RECORD_BYTES)))
    except (OSError, ValueError, TypeError):
        return None
