"""How a speech program is run: bounded in time, and killed when the task is cancelled."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

from runtime.errors import EngineFailed, EngineUnavailable, TimedOut

_LOOK_EVERY_S = 0.2


def run_child(command: Sequence[str], stdin: bytes, limit_s: float, alive: Callable[[], None]) -> bytes:
    """Return what `command` wrote to stdout; `alive` is called several times a second and may raise.

    Raises: EngineUnavailable when the program cannot start, EngineFailed when it fails, TimedOut after
    `limit_s`, and whatever `alive` raises; the child is gone in every case.
    """
    try:
        child = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise EngineUnavailable("the speech program cannot be started") from error
    start = time.monotonic()
    pending: bytes | None = stdin
    with child:
        try:
            while True:
                try:
                    out, _ = child.communicate(pending, timeout=_LOOK_EVERY_S)
                    break
                except subprocess.TimeoutExpired:
                    pending = None  # communicate keeps what it has not written yet
                    alive()
                    if time.monotonic() - start > limit_s:
                        raise TimedOut("the speech program did not finish in time") from None
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0 and not out:
        raise EngineFailed("the speech program ended without a result")
    return out
