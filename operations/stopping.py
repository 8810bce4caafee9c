"""How everything in a home is stopped: together, within the time that it was promised."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from infra.local.child import Child, await_end, recorded, terminate
from infra.local.stack import LocalStack
from operations.processes import forget, stop_grace_s, supervisor_of


def stop_everything(home: Path) -> None:
    """Stop what runs in this home: through the supervisor when there is one, else each process by its record."""
    supervisor, grace_s = supervisor_of(home), stop_grace_s(home)
    if supervisor is not None:
        terminate(supervisor, grace_s=grace_s + 20.0)
    stop_recorded(home, grace_s)
    LocalStack(home).stop()
    forget(home)


def stop_recorded(home: Path, grace_s: float) -> None:
    """Stop every process of ours that has a record in this home."""
    pid_files = sorted((home / "run").glob("*-*.pid"))
    stop_together([child for child in map(recorded, pid_files) if child is not None], grace_s)
    for pid_file in pid_files:
        pid_file.unlink(missing_ok=True)


def stop_together(children: Sequence[Child], grace_s: float) -> None:
    """Ask all to stop, then wait for each; together they have `grace_s`."""
    alive = [child for child in children if child.alive()]
    for child in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)
            os.kill(child.pid, signal.SIGCONT)  # a stopped process does not hear SIGTERM
    deadline = time.monotonic() + grace_s
    for child in alive:
        await_end(child, max(deadline - time.monotonic(), 0.1))
