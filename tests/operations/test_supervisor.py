"""The supervisor ends what lives and does nothing, and leaves those who stop the time that they were promised."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.child import spawn
from operations.stopping import stop_everything
from runtime.alive import process_start
from tests.system.system import running

SLOW_TO_STOP = """
import signal, sys, time
from pathlib import Path

def stop(*_):
    time.sleep(11)
    Path(sys.argv[1]).write_text("ended by itself")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
Path(sys.argv[1]).write_text("ready")
while True:
    time.sleep(60)
"""


def until(holds: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.stack
@pytest.mark.timeout(400)
def test_a_process_that_stands_still_is_killed_and_started_again_and_one_that_pauses_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REELBUS_WATCHDOG_S", "20")
    with running("silent", "--workers", "image=0,video=0,audio=0,composer=0") as system:
        (text,), (intake,) = system.pids("text"), system.pids("intake")
        os.kill(text, signal.SIGSTOP)
        os.kill(intake, signal.SIGSTOP)
        try:
            time.sleep(5)  # a pause, and no waiting for anything
        finally:
            os.kill(intake, signal.SIGCONT)
        until(lambda: process_start(text) is None, within_s=60)
        until(lambda: system.pids("text") not in ([], [text]), within_s=60)
        until(lambda: all(p["state"] == "running" for p in system.processes()), within_s=60)
        assert system.pids("intake") == [intake]
        assert "text-1 lives and does nothing" in (system.home / "logs" / "supervisor.log").read_text()


@pytest.mark.timeout(100)
def test_who_stops_has_the_drain_time_and_is_not_killed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELBUS_DRAIN_S", "30")
    word = tmp_path / "word"
    spawn(
        [sys.executable, "-c", SLOW_TO_STOP, str(word)],
        log=tmp_path / "logs" / "text-1.log",
        pid_file=tmp_path / "run" / "text-1.pid",
    )
    until(lambda: word.exists() and word.read_text() == "ready", within_s=30)
    stop_everything(tmp_path)
    assert word.read_text() == "ended by itself"
