"""What runs in a home: where the supervisor leaves word of itself and of its processes, and what stands there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from infra.local.child import Child, recorded
from infra.local.stack import LocalStack
from runtime.alive import process_start
from runtime.errors import ReelbusError
from runtime.settings import Settings

STOP_BEYOND_DRAIN_S = 2.0
"""What a process may take to its end beside `REELBUS_DRAIN_S`; the larger part is its own (`runtime.process`)."""


def processes_file(home: Path) -> Path:
    """Return where the supervisor leaves word of its processes."""
    return home / "run" / "processes.json"


def supervisor_pid_file(home: Path) -> Path:
    """Return where the supervisor is recorded."""
    return home / "run" / "supervisor.pid"


def supervisor_of(home: Path) -> Child | None:
    """Return the supervisor that runs in this home."""
    return recorded(supervisor_pid_file(home))


def ready(home: Path) -> bool:
    """Say whether every process of this home is ready."""
    found = processes_of(home)
    return bool(found) and all(entry["state"] == "running" for entry in found)


def processes_of(home: Path) -> list[dict[str, object]]:
    """Return role, index, pid, state and health port of every process that the supervisor of this home started.

    One that is gone has no pid, and the state `stopped` when no supervisor is there to start it again.
    """
    try:
        entries: list[dict[str, object]] = json.loads(processes_file(home).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    gone = {"pid": None, "state": "stopped" if supervisor_of(home) is None else "restarting"}
    return [
        entry
        if entry["pid"] is None or recorded(home / "run" / f"{entry['role']}-{entry['index']}.pid")
        else entry | gone
        for entry in entries
    ]


def write_processes(home: Path, text: str) -> None:
    """Leave word of every process; a reader finds the old word or the new one, never half of one."""
    fresh = processes_file(home).with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(processes_file(home))


def forget(home: Path) -> None:
    """Take away the word of the supervisor and of its processes: nothing runs here any more."""
    for path in (processes_file(home), supervisor_pid_file(home)):
        path.unlink(missing_ok=True)


def stop_grace_s(home: Path) -> float:
    """Return how long processes of this home may take to stop: as whoever started them was told, not as we are."""
    try:
        return float(json.loads(supervisor_pid_file(home).read_text("utf-8"))["stop_grace_s"])
    except (OSError, ValueError, KeyError, TypeError):
        return Settings().drain_s + STOP_BEYOND_DRAIN_S


def record_self(home: Path) -> None:
    """Record this process as the supervisor of the home, and how long its processes may take to stop."""
    (home / "run").mkdir(parents=True, exist_ok=True)
    supervisor_pid_file(home).write_text(
        json.dumps(
            {
                "pid": os.getpid(),
                "started": process_start(os.getpid()) or "",
                "stop_grace_s": Settings().drain_s + STOP_BEYOND_DRAIN_S,
            }
        ),
        "utf-8",
    )


class AlreadyUp(ReelbusError):
    """A supervisor runs in this home."""


@contextlib.contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Hold this home for as long as this process lives: the system lets go of it when the process is killed."""
    LocalStack(home).home.create()
    with (home / "run" / "supervisor.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp(
                f"already up in {home}; `reelbus status` shows it, `reelbus down` stops it"
            ) from None
        yield
