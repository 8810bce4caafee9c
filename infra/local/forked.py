"""How a process begins as a copy of this one, which has imported already what it needs."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from infra.local.child import Child, open_log, record
from runtime.alive import process_start

_M_ARENA_MAX = -8
_ARENAS = 2
"""Heaps for the many threads of FFmpeg and OpenCV; each keeps what was freed in it (mallopt(3))."""
_ALONE_WITHIN_S = 0.5


def can_fork() -> bool:
    """Say whether a copy of this process could live: a thread that is not copied may hold a lock for ever.

    A thread that was joined a moment ago may still be ending, so it is waited for.
    """
    if not sys.platform.startswith("linux"):
        return False
    deadline = time.monotonic() + _ALONE_WITHIN_S
    while len(os.listdir("/proc/self/task")) > 1:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def fork(run: Callable[[], object], *, name: str, log: Path, pid_file: Path, env: Mapping[str, str]) -> Child:
    """Run `run` in a copy of this process: a session of its own, no open files of ours, output appended to `log`.

    The copy has the environment `env`, and ends when `run` returns or raises, never in the caller's code. `name` is
    what `top` calls it. Ask `can_fork` before.
    """
    # What is garbage now would be collected in the copy, and close files there that have got its number since.
    # What is frozen is not touched again, so that its memory stays shared, and the next copy begins at once.
    gc.collect()
    gc.freeze()
    output = open_log(log)
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _live(run, name, output, env, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(output)
    child = Child(pid=pid, started=process_start(pid) or "")
    record(child, pid_file)
    return child


def _live(
    run: Callable[[], object],
    name: str,
    output: int,
    env: Mapping[str, str],
    signals: set[signal.Signals] | set[int],
) -> NoReturn:
    status = 1
    try:
        _become_another(name, output, env)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # the caller's frames below must not see it: they belong to the other process
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]  # as at the end of any Python process
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _become_another(name: str, output: int, env: Mapping[str, str]) -> None:
    """Leave everything behind that belongs to the process that was copied: signals, files, environment, name."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for heard in signal.valid_signals():
        if callable(signal.getsignal(heard)):
            signal.signal(heard, signal.default_int_handler if heard == signal.SIGINT else signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # The objects that hold these files stay: the frames below are never left.
    for number in sorted(int(entry) for entry in os.listdir("/proc/self/fd")):
        if number > 2:
            with contextlib.suppress(OSError):
                os.close(number)
    os.environ.clear()
    os.environ.update(env)
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name[:15], "utf-8")
    with contextlib.suppress(AttributeError, OSError):
        # The C library reads MALLOC_ARENA_MAX where a program begins, and this one goes on.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
