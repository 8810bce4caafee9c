"""Which processes run engines for the workers of a home: a small file for each, so that anybody may look.

Only the standard library is used. Whoever starts a host writes its file; it says nothing that was asked for.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from runtime.alive import process_start

HostState = Literal["starting", "idle", "working", "ending"]
_FILE_BYTES = 16 * 1024
_MOST_FILES = 4096


@dataclass(frozen=True, slots=True)
class Host:
    """One process that runs engines.

    `started` is what `runtime.alive.process_start` says of the pid: a later process with that number is another.
    `engines` are loaded in it, `environment` is the one it runs in ("" is its worker's own), `memory_bytes` what it
    held when this was written, `since` when it was first seen, seconds since the epoch.
    """

    pid: int
    started: str
    worker_id: str
    engines: tuple[str, ...] = ()
    environment: str = ""
    memory_bytes: int = 0
    since: float = 0.0
    state: HostState = "starting"


def folder(home: Path) -> Path:
    """Return where the files of a home lie."""
    return home / "hosts"


def write(home: Path, host: Host) -> None:
    """Write down what a host is now, in place of what was written before.

    Raises:
        OSError: the home cannot be written; hosts run without it.
    """
    there = folder(home)
    there.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, fresh = tempfile.mkstemp(dir=there, prefix=".", suffix=".new")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump(asdict(host), file)
    Path(fresh).replace(there / f"{host.pid}.json")


def forget(home: Path, pid: int) -> None:
    """Take away what was written of a host that has ended."""
    with suppress(OSError):
        (folder(home) / f"{pid}.json").unlink()


def running(home: Path) -> tuple[Host, ...]:
    """Return the hosts of a home that live, by pid. What cannot be read, or has died, is passed over and left."""
    found = [_read(path) for path in sorted(folder(home).glob("*.json"))[:_MOST_FILES]]
    alive = [host for host in found if host is not None and process_start(host.pid) == host.started]
    return tuple(sorted(alive, key=lambda host: host.pid))


def forget_dead(home: Path) -> None:
    """Take away what hosts left that nobody could take away: a worker does it when it starts."""
    alive = {host.pid for host in running(home)}
    for path in folder(home).glob("*.json"):
        if not (path.stem.isdecimal() and int(path.stem) in alive):
            with suppress(OSError):
                path.unlink()


def _read(path: Path) -> Host | None:
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_FILE_BYTES))
        known = {field.name for field in fields(Host)}
        host = Host(**{name: value for name, value in said.items() if name in known})
        return Host(**{**asdict(host), "pid": int(host.pid), "engines": tuple(map(str, host.engines))})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
