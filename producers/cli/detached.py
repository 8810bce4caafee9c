"""How `up --detach` starts a supervisor in a session of its own, and waits for its word."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from infra.local.interpreter import module_command, module_path
from infra.local.stack import LocalStack
from producers.cli.exits import FAILED, Exit
from producers.cli.output import say
from runtime.errors import ReelbusError

DETACHED_WITHIN_S = 900.0
"""The first start of all fetches the servers, which may take minutes; one that fails is noticed at once."""


def start_detached(here: Path, workers: str = "", fleet: Path | None = None) -> str:
    """Start the supervisor in a session of its own and return its word that everything is ready.

    Interrupted before that, it leaves nothing behind.
    """
    LocalStack(here).home.create()
    log = here / "logs" / "supervisor.log"
    given = [*(["--workers", workers] if workers else []), *(["--fleet", str(fleet)] if fleet else [])]
    command = module_command("producers.cli", "up", *given)
    begin = log.stat().st_size if log.exists() else 0
    early: list[int] = []
    # An interrupt in the middle of the start would leave a supervisor that nobody knows: it waits a moment.
    before = {
        name: signal.signal(name, lambda n, _: early.append(n)) for name in (signal.SIGINT, signal.SIGTERM)
    }
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **module_path(), "REELBUS_HOME": str(here)},
        )
    for name, handler in before.items():
        signal.signal(name, handler)
    try:
        if early:
            raise KeyboardInterrupt
        return _ready_line(child, log, begin)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise


def _ready_line(child: subprocess.Popen[bytes], log: Path, begin: int) -> str:
    deadline = time.monotonic() + DETACHED_WITHIN_S
    while time.monotonic() < deadline:
        said = log.read_bytes()[begin:].decode("utf-8", "replace").splitlines()
        ready = next((line for line in said if line.startswith("ready")), None)
        if ready is not None:
            child.returncode = 0  # it lives on without us: do not warn about that
            return ready
        if child.poll() is not None:
            say(next((line for line in reversed(said) if line.strip()), f"reelbus: it ended; read {log}"))
            raise Exit(child.returncode if child.returncode > 0 else FAILED)
        time.sleep(0.05)
    child.returncode = 0
    raise ReelbusError(f"not ready in {DETACHED_WITHIN_S:.0f} s; read {log}")
