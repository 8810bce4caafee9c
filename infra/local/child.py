"""How a server runs as a process of its own: started, recognised later by pid and start time, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from runtime.alive import process_start

_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_POLL_S = 0.02


@dataclass(frozen=True)
class Child:
    """A server process, recorded in a pid file; `started` tells it from a later process with its number."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Say whether this very process still runs."""
        with contextlib.suppress(ChildProcessError):  # it is not ours: another process started it
            os.waitpid(self.pid, os.WNOHANG)
        return process_start(self.pid) == self.started

    def rss_bytes(self) -> int | None:
        """Return its resident memory, or None where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE")


def spawn(command: list[str], *, log: Path, pid_file: Path, env: dict[str, str] | None = None) -> Child:
    """Start `command` in a session of its own, its output appended to `log`, and record it in `pid_file`."""
    output = open_log(log)
    try:
        # Not subprocess.Popen: the server outlives the object, and often this process, on purpose.
        pid = os.posix_spawn(
            command[0],
            command,
            env if env is not None else dict(os.environ),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
            ],
            setsid=True,
            setsigmask=[],
        )
    finally:
        os.close(output)
    child = Child(pid=pid, started=process_start(pid) or "")
    record(child, pid_file)
    return child


def open_log(log: Path) -> int:
    """Return a file to append output to, closed where another program is started."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)


def record(child: Child, pid_file: Path) -> None:
    """Leave word of a process, so that others find it with `recorded`."""
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = pid_file.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": child.pid, "started": child.started}), "utf-8")
    fresh.replace(pid_file)


def recorded(pid_file: Path) -> Child | None:
    """Return the process that `pid_file` names if that very process still runs."""
    try:
        entry = json.loads(pid_file.read_text("utf-8"))
        child = Child(pid=int(entry["pid"]), started=str(entry["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return child if child.alive() else None


def terminate(child: Child, *, grace_s: float) -> bool:
    """Ask the process to end, kill it after `grace_s`; return whether it ended by itself."""
    if not child.alive():
        return True
    _signal(child.pid, signal.SIGCONT)  # a stopped process does not hear SIGTERM
    _signal(child.pid, signal.SIGTERM)
    return await_end(child, grace_s)


def await_end(child: Child, grace_s: float) -> bool:
    """Wait for a process that was asked to end, kill it after `grace_s`; return whether it ended by itself."""
    if _gone(child, grace_s):
        return True
    _signal(child.pid, signal.SIGKILL)
    _gone(child, 5.0)
    return False


def _gone(child: Child, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while child.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
