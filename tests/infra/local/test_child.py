"""How server processes are started, recognised and ended."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from infra.local.child import Child, recorded, spawn, terminate
from runtime.alive import process_start

LOOP = "import time; print('up', flush=True)\nwhile True: time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LOOP


def start(tmp_path: Path, code: str = LOOP) -> Child:
    log = tmp_path / "server.log"
    child = spawn([sys.executable, "-u", "-c", code], log=log, pid_file=tmp_path / "server.pid")
    deadline = time.monotonic() + 20
    while "up" not in log.read_text("utf-8"):
        assert time.monotonic() < deadline
    return child


def test_a_child_is_found_again_by_its_pid_file(tmp_path: Path) -> None:
    child = start(tmp_path)
    assert recorded(tmp_path / "server.pid") == child
    assert os.getsid(child.pid) == child.pid
    assert terminate(child, grace_s=5)
    assert recorded(tmp_path / "server.pid") is None


def test_a_later_process_with_the_same_number_is_never_taken_for_ours(tmp_path: Path) -> None:
    pid_file = tmp_path / "server.pid"
    pid_file.write_text(json.dumps({"pid": os.getpid(), "started": "long ago"}), "utf-8")
    assert recorded(pid_file) is None
    assert terminate(Child(pid=os.getpid(), started="long ago"), grace_s=0)


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    child = start(tmp_path, STUBBORN)
    assert not terminate(child, grace_s=0.2)
    assert not child.alive()


def test_a_stopped_child_ends_by_itself(tmp_path: Path) -> None:
    child = start(tmp_path)
    os.kill(child.pid, signal.SIGSTOP)
    assert terminate(child, grace_s=5)


def test_a_dead_child_is_dead_although_nobody_waited_for_it(tmp_path: Path) -> None:
    child = start(tmp_path)
    os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while child.alive():
        assert time.monotonic() < deadline


def test_a_broken_pid_file_names_nobody(tmp_path: Path) -> None:
    pid_file = tmp_path / "server.pid"
    for text in ("", "12", '{"pid": "x", "started": ""}', "{"):
        pid_file.write_text(text, "utf-8")
        assert recorded(pid_file) is None


def test_the_start_of_no_process_is_none() -> None:
    assert process_start(2**22 + 1) is None
    assert process_start(os.getpid())


def test_a_grown_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"x" * (17 * 1024 * 1024))
    child = start(tmp_path)
    assert log.stat().st_size < 1000
    assert (tmp_path / "server.old.log").is_file()
    terminate(child, grace_s=5)
