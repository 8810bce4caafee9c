"""How a copy of a process begins: with nothing left of the one that it was copied from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local.child import Child, recorded
from runtime.alive import process_start

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux is forked on")

ROOT = Path(__file__).parents[3]
PARENT = """
import fcntl, json, os, signal, sys, threading, time
from pathlib import Path
from infra.local.forked import can_fork, fork

folder = Path(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: print("the handler of the parent", flush=True))
lock = (folder / "lock").open("a")
fcntl.flock(lock, fcntl.LOCK_EX)
assert can_fork()

def run():
{body}

child = fork(run, name="kite-1", log=folder / "child.log", pid_file=folder / "child.pid",
             env={{"PATH": "/usr/bin", "MARK": "mine"}})
print(json.dumps([child.pid, child.started]), flush=True)
{after}
"""


def forked(tmp_path: Path, body: str, after: str = "time.sleep(0.01)") -> Child:
    """Run a parent that makes a copy of itself, and return the copy."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PARENT.format(body=lines, after=after), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pid, started = json.loads(done.stdout.splitlines()[0])
    return Child(pid, started)


def until(tmp_path: Path, words: str) -> str:
    deadline = time.monotonic() + 30
    log = tmp_path / "child.log"
    while not log.exists() or words not in log.read_text("utf-8"):
        assert time.monotonic() < deadline, log.read_text("utf-8") if log.exists() else "no log"
    return log.read_text("utf-8")


def test_a_copy_has_its_own_session_environment_output_and_name_and_none_of_the_files(tmp_path: Path) -> None:
    child = forked(
        tmp_path,
        """
told = {
    "session": os.getsid(0) == os.getpid(),
    "environment": dict(os.environ),
    "files": [n for n in map(int, os.listdir("/proc/self/fd")) if n > 2 and os.path.exists(f"/proc/self/fd/{n}")],
    "name": Path("/proc/self/comm").read_text().strip(),
    "handler": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
}
print(json.dumps(told), flush=True)
time.sleep(600)
""",
    )
    told = json.loads(until(tmp_path, "blocked").splitlines()[0])
    assert told == {
        "session": True,
        "environment": {"PATH": "/usr/bin", "MARK": "mine"},
        "files": [],
        "name": "kite-1",
        "handler": True,
        "blocked": [],
    }
    assert recorded(tmp_path / "child.pid") == child
    # The lock went with the parent: a copy must not hold what was the parent's.
    subprocess.run(["flock", "-n", str(tmp_path / "lock"), "true"], check=True, timeout=20)
    os.kill(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while process_start(child.pid) == child.started:
        assert time.monotonic() < deadline
    assert "the handler of the parent" not in (tmp_path / "child.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("print('done')", 0, "done"),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('a reason')", 1, ""),
        ("raise RuntimeError('a defect')", 1, "RuntimeError: a defect"),
        ("import atexit; atexit.register(lambda: print('last words')); print('first')", 0, "last words"),
    ],
)
def test_a_copy_ends_as_a_process_of_its_own_ends_and_never_in_its_parents_code(
    tmp_path: Path, body: str, status: int, words: str
) -> None:
    forked(
        tmp_path,
        body,
        after=f"pid, ended = os.waitpid(child.pid, 0); assert os.waitstatus_to_exitcode(ended) == {status}, ended",
    )
    log = (tmp_path / "child.log").read_text("utf-8")
    assert words in log
    assert log.count(str(os.getpid())) == 0


def test_a_process_with_threads_says_that_it_must_not_be_copied(tmp_path: Path) -> None:
    code = (
        "import threading, time\n"
        "from infra.local.forked import can_fork\n"
        "ended = threading.Thread(target=time.sleep, args=(0.01,)); ended.start(); ended.join()\n"
        "assert can_fork()\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "assert not can_fork()\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_crash_of_the_interpreter_itself_is_told_in_the_log(tmp_path: Path) -> None:
    forked(
        tmp_path,
        "import faulthandler; faulthandler.enable(); faulthandler._sigabrt()",
        after="pid, ended = os.waitpid(child.pid, 0); assert os.WIFSIGNALED(ended)",
    )
    assert "Fatal Python error: Aborted" in (tmp_path / "child.log").read_text("utf-8")
