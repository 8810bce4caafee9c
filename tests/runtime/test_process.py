"""Whether a process that is asked to stop is gone in time, whatever its threads do, and one that does nothing is noticed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.notify import notify

RUNS = """
import asyncio, ctypes, sys, threading, time
from runtime.process import Stopping, main
from runtime.settings import Settings

async def run(settings: Settings, stopping: Stopping) -> None:
    {beside}
    stopping.readiness("test", lambda: True)
    print("ready", flush=True)
    await stopping.asked.wait()
    {after}

main("test", run)
"""

ENGINE_THAT_HEARS_NOTHING = "asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)"
WORK_THAT_DOES_NOT_END = "await asyncio.sleep(60)"
# PyDLL keeps the interpreter's lock: for a minute no other Python code of the process runs.
CODE_THAT_LETS_NOBODY_ELSE_RUN = (
    "await asyncio.to_thread(lambda: (time.sleep(0.1), ctypes.PyDLL(None).sleep(60)))"
)


@pytest.mark.parametrize(
    ("beside", "after", "within_s", "status"),
    [
        ("pass", "pass", 1.0, 0),
        (ENGINE_THAT_HEARS_NOTHING, "pass", 1.0, 0),
        ("pass", WORK_THAT_DOES_NOT_END, 3.0, 0),
        ("pass", CODE_THAT_LETS_NOBODY_ELSE_RUN, 3.5, -signal.SIGALRM),
    ],
    ids=["idle", "a thread goes on", "work goes on", "the interpreter is held"],
)
def test_a_process_that_is_asked_to_stop_is_gone_in_time(
    beside: str, after: str, within_s: float, status: int
) -> None:
    drain_s = 1.0
    with subprocess.Popen(
        [sys.executable, "-c", RUNS.format(beside=beside, after=after)],
        env={**os.environ, "REELBUS_DRAIN_S": str(drain_s)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        asked_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == status
    assert time.monotonic() - asked_at < within_s + 1.0  # a busy machine


HELD = """
import asyncio, ctypes
from runtime.process import Stopping, main
from runtime.settings import Settings

async def run(settings: Settings, stopping: Stopping) -> None:
    await asyncio.to_thread(lambda: ctypes.PyDLL(None).sleep({held_s}))
    stopping.ask()

main("test", run)
"""


@pytest.mark.parametrize(("held_s", "status"), [(1, 0), (60, 1)], ids=["a second", "a minute"])
def test_code_that_lets_nobody_else_run_may_take_a_moment_and_not_for_ever(held_s: int, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD.format(held_s=held_s)],
        env={**os.environ, "REELBUS_WATCHDOG_S": "8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert ("Timeout" in done.stderr) == bool(status)


NOTIFIES = """
import asyncio
from runtime.process import Stopping, main
from runtime.settings import Settings

async def run(settings: Settings, stopping: Stopping) -> None:
    stopping.pulse("work", lambda: {age_s})
    stopping.readiness("test", lambda: True)
    await stopping.asked.wait()

main("test", run)
"""


@pytest.mark.parametrize(("age_s", "beats"), [(0, True), (1000, False)], ids=["works", "stands"])
def test_a_process_says_that_it_works_for_as_long_as_it_does(
    tmp_path: Path, age_s: int, *, beats: bool
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60.0)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
        with subprocess.Popen(
            [sys.executable, "-c", NOTIFIES.format(age_s=age_s)],
            env={**os.environ, **environment},
            stderr=subprocess.DEVNULL,
        ) as process:
            said = b""
            # The first beat may come before the work has begun.
            while b"READY=1" not in said:
                said = listening.recv(4096)
            listening.settimeout(2.0 if not beats else 60.0)
            try:
                said = listening.recv(4096)
            except TimeoutError:
                said = b""
            assert (b"WATCHDOG=1" in said) == beats
            assert not beats or f"MAINPID={process.pid}".encode() in said
            process.terminate()


def test_nobody_waits_for_a_supervisor_that_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        for _ in range(2_000):  # more than its queue takes
            notify("WATCHDOG=1")
    notify("WATCHDOG=1")  # and when it is gone
