"""How one server is brought up, repaired, brought down and described, whichever server it is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.local.child import Child, recorded, terminate
from infra.local.failures import ServerFailed

_STOP_GRACE_S = 15.0  # the first stop also writes a class archive, about 3 s
_POLL_S = 0.03

Role = Literal["broker", "store"]
State = Literal["running", "starting", "stopped", "external"]


@dataclass(frozen=True)
class Server:
    """One server of the stack: how it is launched, when it is ready, what to do when it ended well."""

    role: Role
    log: Path
    pid_file: Path
    launch: Callable[[], Child]
    ready: Callable[[], bool]
    ended: Callable[[], None]
    ready_within_s: float = 60.0
    answers_within_s: float = 10.0  # a process that is there already is given up after this
    index: int = 1  # of several with the same role


@dataclass(frozen=True)
class ServerStatus:
    """How one server is; `external` is named by the environment and not ours to start or stop."""

    role: Role
    state: State
    pid: int | None = None
    rss_bytes: int | None = None
    index: int = 1


def bring_up(server: Server) -> None:
    """Return when `server` answers: at once when it does, else after starting or replacing its process.

    Raises:
        ServerFailed: it ended twice or did not become ready in time.
    """
    running = recorded(server.pid_file)
    if running is not None:
        if _wait_ready(server, running, server.answers_within_s):
            return
        terminate(running, grace_s=2.0)  # it runs, but does not answer
    child = _launched(server)
    if _wait_ready(server, child, server.ready_within_s):
        return
    if not child.alive():
        # Another server may have taken the port in between; the second launch picks a free one.
        child = _launched(server)
        if _wait_ready(server, child, server.ready_within_s):
            return
    ended = not child.alive()
    terminate(child, grace_s=2.0)
    what = "ended while it started" if ended else f"was not ready after {server.ready_within_s:.0f} s"
    raise ServerFailed(f"the {server.role} {what}: {last_words(server.log)} Read {server.log} for more.")


def bring_down(server: Server) -> None:
    """End the server's process; harmless when it does not run."""
    running = recorded(server.pid_file)
    if running is not None and terminate(running, grace_s=_STOP_GRACE_S):
        server.ended()
    server.pid_file.unlink(missing_ok=True)


def status_of(server: Server) -> ServerStatus:
    """Say how the server is now."""
    running = recorded(server.pid_file)
    if running is None:
        return ServerStatus(server.role, "stopped", index=server.index)
    state: State = "running" if server.ready() else "starting"
    return ServerStatus(server.role, state, running.pid, running.rss_bytes(), server.index)


def last_words(log: Path) -> str:
    """Return the last telling line of a log as a sentence, without its stack trace."""
    try:
        lines = log.read_text("utf-8", "replace")[-20_000:].splitlines()
    except OSError:
        return "it left no log."
    telling = [
        line for line in lines if line.strip() and not line.startswith(("\t", " ", "[warning]", "OpenJDK"))
    ]
    if not telling:
        return "it left no log."
    worst = [
        line for line in telling if any(word in line for word in ("ERROR", "FATAL", "Exception", "Error"))
    ]
    return (worst or telling)[-1].strip()[:300].rstrip(".") + "."


def _launched(server: Server) -> Child:
    try:
        return server.launch()
    except (OSError, subprocess.SubprocessError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        place = f" at {error.filename}" if isinstance(error, OSError) and error.filename else ""
        raise ServerFailed(
            f"the {server.role} could not be started: {reason}{place}; `reelbus doctor` says what is missing."
        ) from error


def _wait_ready(server: Server, child: Child, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not child.alive():
            return False
        # The process is looked at again: a stranger on the same port would answer for a dead child.
        if server.ready() and child.alive():
            return True
        time.sleep(_POLL_S)
    return False
