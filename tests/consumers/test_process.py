"""Whether a process that is asked to stop is gone in time, whatever its threads do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

RUNS = """
import asyncio, ctypes, sys, threading, time
from consumers.process import Stopping, main
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
