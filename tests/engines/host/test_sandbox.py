"""What foreign code can do in the sandbox and, so that this says something, what it can do without."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from engines.host.sandbox import Confinement, code_of_this_python, possible

ROOT = Path(__file__).parents[3]
HOSTILE = Path(__file__).parent / "hostile.py"
MAY = (
    "reads its input",
    "makes and moves files in its folder",
    "starts a thread",
    "talks through a stream",
    "looks at itself",
    "sends itself a signal",
    "draws chance",
    "allocates a little",
)
MAY_NOT = (
    "read /etc/passwd",
    "read a file of its user",
    "read it through a link",
    "list the folder beside",
    "write outside",
    "change outside",
    "cut outside",
    "change rights outside",
    "change times outside",
    "watch what others do",
    "outlive its parent",
    "make a link",
    "make a second name",
    "move out",
    "make a pipe",
    "connect by TCP",
    "connect a socket it was left",
    "send by UDP",
    "connect to a path",
    "connect to an abstract name",
    "send to a path from a pair",
    "read another's memory",
    "open another's memory",
    "see another's command",
    "signal its parent",
    "signal another",
    "fork",
    "run a program",
    "fill the disk",
    "open many files",
    "eat memory",
    "eat shared memory",
)
VICTIM = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1 % 2**64), 0, 0, 0)  # where Yama asks, anybody may look
secret = ctypes.create_string_buffer(b"secret")
print(ctypes.addressof(secret), flush=True)
sys.stdin.read()
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *(["-c", code] if code else []), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """What became of every attempt, confined and free."""
    here = tmp_path_factory.mktemp("sandbox")
    abstract = f"reelbus-{uuid.uuid4().hex}"
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for name in (str(here / "listens"), "\0" + abstract):
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(name)
            listening.listen()
        reading = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        reading.bind(str(here / "datagrams"))
        victim = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", VICTIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert victim.stdout is not None
        facts = {
            "victim": victim.pid,
            "address": int(victim.stdout.readline()),
            "port": server.getsockname()[1],
            "path": str(here / "listens"),
            "abstract": abstract,
            "datagram": str(here / "datagrams"),
        }
        yield {mode: attempts(here / mode, mode, facts) for mode in ("free", "confined")}


def attempts(folder: Path, mode: str, facts: dict[str, Any]) -> dict[str, str]:
    work, outside = folder / "work", folder / "outside"
    work.mkdir(parents=True)
    outside.mkdir()
    for name in ("secret", "mine"):
        (outside / name).write_text("of the user")
    (folder / "input").write_bytes(b"foreign")
    (work / "given").symlink_to(outside / "secret")
    more = {
        "work": str(work),
        "outside": str(outside),
        "input": str(folder / "input"),
        "link": str(work / "given"),
    }
    done = run("", str(HOSTILE), mode, json.dumps({**facts, **more}))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["achieved"] == (None if mode == "free" else [possible().landlock, possible().seccomp])
    if mode == "confined":
        assert (outside / "mine").read_text() == "of the user"
        assert sorted(path.name for path in outside.iterdir()) == ["mine", "secret"]
    return dict(answer["said"])


@pytest.mark.parametrize("what", MAY)
def test_what_engines_do_they_may(said: dict[str, dict[str, str]], what: str) -> None:
    assert {mode: tried[what] for mode, tried in said.items()} == {"free": "done", "confined": "done"}


@pytest.mark.parametrize("what", MAY_NOT)
def test_what_would_be_possible_without_it_is_refused(said: dict[str, dict[str, str]], what: str) -> None:
    assert said["free"][what] == "done"
    assert said["confined"][what] != "done"


def test_every_attempt_is_judged(said: dict[str, dict[str, str]]) -> None:
    assert set(said["free"]) == set(said["confined"]) == {*MAY, *MAY_NOT}


@pytest.mark.parametrize("confined", [True, False])
def test_computing_ends_after_its_seconds(*, confined: bool) -> None:
    code = f"""
import time
from engines.host.sandbox import Confinement, enter
{"enter(Confinement(cpu_s=0))" if confined else ""}
while time.process_time() < 2.5: pass
"""
    assert run(code).returncode == (-signal.SIGKILL if confined else 0)


def test_limits_are_for_good() -> None:
    code = """
import resource
from engines.host.sandbox import Confinement, enter
enter(Confinement(memory_bytes=2**30, file_bytes=5, open_files=50, cpu_s=100))
for name in ("DATA", "AS", "FSIZE", "NOFILE", "CORE"):
    soft, hard = resource.getrlimit(getattr(resource, "RLIMIT_" + name))
    print(name, soft, soft == hard)
"""
    assert run(code).stdout.splitlines() == [
        f"DATA {2**30} True",
        f"AS {5 * 2**30} True",
        "FSIZE 5 True",
        "NOFILE 50 True",
        "CORE 0 True",
    ]


def test_a_limit_that_is_lower_already_stays() -> None:
    code = """
import resource
from engines.host.sandbox import Confinement, enter
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
enter(Confinement(open_files=50))
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    assert run(code).stdout.split() == ["20", "20"]


def test_files_that_are_not_named_are_closed() -> None:
    code = """
import os
from engines.host.sandbox import Confinement, enter
kept, left = os.pipe()
enter(Confinement(keep=(kept,)))
os.fstat(kept)
try:
    os.fstat(left)
except OSError as error:
    print(error.errno)
"""
    assert run(code).stdout.split() == ["9"]


def test_a_process_with_a_second_thread_is_not_confined_by_half() -> None:
    code = """
import threading
from engines.host.sandbox import Confinement, enter
threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    enter(Confinement())
except RuntimeError as error:
    print(error)
"""
    assert run(code).stdout.strip() == "a process is confined before it has a second thread"


def test_what_it_starts_is_confined_too_where_it_may_start_something(tmp_path: Path) -> None:
    code = f"""
import subprocess
from engines.host.sandbox import Confinement, enter
enter(Confinement(forks=True, writable=({str(tmp_path)!r},), file_bytes=2**20))
print(subprocess.run(["cat", "/etc/passwd"], stderr=subprocess.DEVNULL).returncode)
print(subprocess.run(["sh", "-c", {f"echo x > {tmp_path}/made"!r}]).returncode)
print(subprocess.run(["sh", "-c", {f"echo x > {tmp_path}.out"!r}], stderr=subprocess.DEVNULL).returncode != 0)
"""
    assert run(code).stdout.split() == ["1", "0", "True"]


def test_code_that_aborts_ends_by_its_own_signal() -> None:
    code = "import os\nfrom engines.host.sandbox import Confinement, enter\nenter(Confinement())\nos.abort()"
    assert run(code).returncode == -signal.SIGABRT


def test_of_a_checkout_only_packages_are_readable() -> None:
    readable, listed = code_of_this_python()
    assert str(ROOT / "engines") in readable
    assert not {str(ROOT), str(ROOT / ".env"), str(ROOT / "docs")} & set(readable)
    assert all(Path(path).is_dir() for path in listed)


def test_nothing_is_given_up_by_looking() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    possible()
    assert Path("/etc/passwd").exists()
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_confinement_crosses_a_wire_as_json() -> None:
    sent = json.dumps(asdict(Confinement(readable=("/etc/passwd",), keep=(), file_bytes=7)))
    code = f"""
import json, resource
from engines.host.sandbox import enter_as
enter_as(json.loads({sent!r}))
print(open("/etc/passwd").read(5), resource.getrlimit(resource.RLIMIT_FSIZE)[0])
"""
    assert run(code).stdout.split() == [Path("/etc/passwd").read_text()[:5], "7"]


def test_settings_of_the_folder_it_began_in_are_not_in_its_way(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REELBUS_BUCKET=secret")
    code = f"""
import os
os.chdir({str(tmp_path)!r})
from engines.host.sandbox import Confinement, enter
enter(Confinement())
from runtime.settings import Settings
print(Settings().bucket)
"""
    assert run(code).stdout.split() == ["media"]
