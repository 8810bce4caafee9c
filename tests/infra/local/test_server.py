"""How a server is repaired, given up and described, shown with a small server of our own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.child import Child, recorded, spawn
from infra.local.failures import ServerFailed
from infra.local.ports import pick
from infra.local.probe import http_ok
from infra.local.server import Server, bring_down, bring_up, last_words, status_of

HEALTHY = """
import http.server, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
FAILING = "import sys; sys.exit('java.lang.IllegalStateException: the data folder is damaged')"


def freeze(pid: int) -> None:
    """Stop a process and return when none of its threads runs."""
    os.kill(pid, signal.SIGSTOP)
    while any(
        stat.read_text().rpartition(")")[2].split()[0] != "T"
        for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    ):
        time.sleep(0.01)


class Bench:
    """A server whose code the test chooses, with a record of its launches and good ends."""

    def __init__(self, folder: Path) -> None:
        self.port = pick()
        self.code = HEALTHY
        self.launches = 0
        self.good_ends = 0
        self.server = Server(
            role="store",
            log=folder / "store.log",
            pid_file=folder / "store.pid",
            launch=self._launch,
            ready=lambda: http_ok("127.0.0.1", self.port, "/"),
            ended=self._ended,
            ready_within_s=20,
            answers_within_s=1.5,
        )

    def _launch(self) -> Child:
        self.launches += 1
        command = [sys.executable, "-c", self.code, str(self.port)]
        return spawn(command, log=self.server.log, pid_file=self.server.pid_file)

    def _ended(self) -> None:
        self.good_ends += 1

    def pid(self) -> int:
        child = recorded(self.server.pid_file)
        assert child is not None
        return child.pid


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bring_down(bench.server)


def test_a_server_that_answers_is_left_as_it_is(bench: Bench) -> None:
    bring_up(bench.server)
    pid = bench.pid()
    bring_up(bench.server)
    assert (bench.launches, bench.pid()) == (1, pid)
    status = status_of(bench.server)
    assert (status.state, status.pid) == ("running", pid)
    bring_down(bench.server)
    bring_down(bench.server)
    assert status_of(bench.server).state == "stopped"
    assert bench.good_ends == 1


def test_a_server_that_hangs_is_replaced(bench: Bench) -> None:
    bring_up(bench.server)
    hanging = bench.pid()
    freeze(hanging)
    assert status_of(bench.server).state == "starting"
    bring_up(bench.server)
    assert bench.pid() != hanging
    assert status_of(bench.server).state == "running"


def test_a_server_that_ends_is_tried_once_more_and_then_reported_in_its_own_words(bench: Bench) -> None:
    bench.code = FAILING
    with pytest.raises(ServerFailed, match=r"the store ended while it started: .*folder is damaged\. Read "):
        bring_up(bench.server)
    assert bench.launches == 2


def test_a_server_that_never_answers_is_given_up(bench: Bench) -> None:
    bench.code = "import time; time.sleep(60)"
    slow = Server(**{**vars(bench.server), "ready_within_s": 0.3})
    with pytest.raises(ServerFailed, match="was not ready after"):
        bring_up(slow)
    assert status_of(slow).state == "stopped"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it left no log."),
        ("10:00 INFO ready\n", "10:00 INFO ready."),
        ("ERROR bad port.\n\tat kafka.Kafka(Kafka.java:1)\nINFO stopped\n", "ERROR bad port."),
    ],
)
def test_the_last_words_are_the_worst_line_without_its_trace(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "log").write_text(text, "utf-8")
    assert last_words(tmp_path / "log") == said


def test_a_server_that_cannot_be_launched_is_reported_without_a_traceback(bench: Bench) -> None:
    def launch() -> Child:
        raise PermissionError(13, "Permission denied", "/cache")

    broken = Server(**{**vars(bench.server), "launch": launch})
    with pytest.raises(ServerFailed, match=r"could not be started: Permission denied at /cache; .*doctor"):
        bring_up(broken)
