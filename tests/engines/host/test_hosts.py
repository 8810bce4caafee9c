"""Hosts start when they are needed, serve as their engines allow, charge nobody for another's fault, and leave nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from engines.host.failures import HandedBack
from engines.host.hosts import Confined, Hosts
from runtime.errors import Cancelled, EngineFailed, EngineMissing, EngineUnavailable
from tests.engines.host.hosting import VILLAIN, alive, row, task
from worker.report import TaskReport

ONE_AT_A_TIME = "tests.engines.host.villains:OneAtATime"


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([VILLAIN])
    yield hosts
    await hosts.close()


class Noting(TaskReport):
    """A report that remembers which files it was offered."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[tuple[str, Path]] = []

    def preview(self, path: Path) -> None:
        self.noted.append(("preview", path))

    def checkpoint(self, path: Path) -> None:
        self.noted.append(("checkpoint", path))


async def pid_of(hosts: Hosts, folder: Path, engine: object = VILLAIN) -> int:
    result = await hosts.run(engine, task(folder, "tells its pid"))  # type: ignore[arg-type]
    return int(result.products[0].path.read_text())


async def gone(*pids: int) -> None:
    async with asyncio.timeout(10):
        while any(map(alive, pids)):  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.02)


async def test_a_host_serves_many_tasks_side_by_side_and_another_engine_has_its_own(
    hosts: Hosts, tmp_path: Path
) -> None:
    pids = await asyncio.gather(*(pid_of(hosts, tmp_path) for _ in range(5)))
    assert len(set(pids)) == 1
    other = row()
    assert await pid_of(hosts, tmp_path, other) not in {*pids, os.getpid()}
    assert set(hosts.resident) == {VILLAIN.name, other.name}


async def test_an_engine_that_bears_one_task_at_a_time_gets_one_at_a_time(
    hosts: Hosts, tmp_path: Path
) -> None:
    alone = row(target=ONE_AT_A_TIME)
    works = [hosts.run(alone, task(tmp_path, "works", for_s=0.1)) for _ in range(4)]
    assert all(result.products for result in await asyncio.gather(*works))
    # One that nobody waits for any more is still in it, so the next one waits for its end.
    left = asyncio.create_task(hosts.run(alone, task(tmp_path, "works", for_s=5.0)))
    await asyncio.wait([left], timeout=0.3)
    left.cancel()
    assert (await hosts.run(alone, task(tmp_path))).products


async def test_who_waits_for_its_turn_hears_that_it_shall_stop(hosts: Hosts, tmp_path: Path) -> None:
    alone, report, waits = row(target=ONE_AT_A_TIME), TaskReport(), TaskReport()
    working = asyncio.create_task(hosts.run(alone, task(tmp_path, "works", report)))
    waiting = asyncio.create_task(hosts.run(alone, task(tmp_path, "", waits)))
    await asyncio.wait([working, waiting], timeout=0.5)
    waits.cancel("enough")
    with pytest.raises(Cancelled, match="enough"):
        await asyncio.wait_for(waiting, 5)
    report.cancel("enough, too")
    with pytest.raises(Cancelled, match="enough, too"):
        await asyncio.wait_for(working, 5)
    assert (await hosts.run(alone, task(tmp_path))).products


async def test_tasks_beside_one_that_does_not_obey_are_handed_back_and_those_of_other_hosts_go_on(
    hosts: Hosts, tmp_path: Path
) -> None:
    other, report = row(), TaskReport()
    culprit = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, "waits for ever", report)))
    beside = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, "works")))
    elsewhere = asyncio.create_task(hosts.run(other, task(tmp_path, "works", for_s=2.0)))
    await asyncio.wait([culprit, beside], timeout=0.5)
    report.cancel("enough")
    with pytest.raises(HandedBack):
        await asyncio.wait_for(beside, 10)
    with pytest.raises(Cancelled):
        await culprit
    assert (await elsewhere).products


async def test_all_tasks_of_a_host_that_dies_by_itself_fail_for_nobody_knows_whose_fault_it_was(
    hosts: Hosts, tmp_path: Path
) -> None:
    beside = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, "works")))
    await asyncio.wait([beside], timeout=0.3)
    with pytest.raises(EngineFailed, match="SIGSEGV"):
        await hosts.run(VILLAIN, task(tmp_path, "segfaults"))
    with pytest.raises(EngineFailed, match="SIGSEGV"):
        await beside


async def test_steps_previews_and_checkpoints_reach_the_report(hosts: Hosts, tmp_path: Path) -> None:
    report = Noting()
    shown = task(tmp_path, "shows", report)
    await hosts.run(VILLAIN, shown)
    # The one outside its folder was not believed.
    assert report.noted == [
        ("preview", shown.workdir / "early.webp"),
        ("checkpoint", shown.workdir / "early.webp"),
    ]
    await hosts.run(VILLAIN, task(tmp_path, "", report))
    assert report.look() == (1.0, "writing")


async def test_a_task_hears_that_its_worker_stops_soon_and_leaves_a_checkpoint(
    hosts: Hosts, tmp_path: Path
) -> None:
    report = TaskReport()
    working = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, "leaves a checkpoint", report)))
    await asyncio.wait([working], timeout=0.3)
    report.ask_for_checkpoint()
    result = await asyncio.wait_for(working, 20)
    assert report.take_checkpoint() == result.products[0].path


async def test_a_host_that_is_idle_ends_and_another_begins_when_it_is_needed(tmp_path: Path) -> None:
    hosts = Hosts(idle_s=0.3)
    try:
        pid = await pid_of(hosts, tmp_path)
        await gone(pid)
        assert hosts.resident == ()
        assert await pid_of(hosts, tmp_path) != pid
    finally:
        await hosts.close()


async def test_the_warm_parent_may_die_and_takes_its_hosts_with_it(hosts: Hosts, tmp_path: Path) -> None:
    pid = await pid_of(hosts, tmp_path)
    working = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, "works")))
    await asyncio.wait([working], timeout=0.3)
    assert hosts.warm_pid is not None
    os.kill(hosts.warm_pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match="ended with whoever had started it"):
        await asyncio.wait_for(working, 10)
    await gone(pid)
    assert (await hosts.run(VILLAIN, task(tmp_path))).products


async def test_a_warm_parent_that_stands_still_is_replaced(hosts: Hosts, tmp_path: Path) -> None:
    await pid_of(hosts, tmp_path)
    assert hosts.warm_pid is not None
    os.kill(hosts.warm_pid, signal.SIGSTOP)
    with pytest.raises(EngineFailed):
        await asyncio.wait_for(hosts.run(row(), task(tmp_path)), 20)
    assert (await hosts.run(VILLAIN, task(tmp_path))).products


async def test_closing_ends_every_host_and_what_it_left_behind(tmp_path: Path) -> None:
    hosts, other = Hosts(), row()
    pids = [await pid_of(hosts, tmp_path), await pid_of(hosts, tmp_path, other)]
    working = asyncio.create_task(hosts.run(other, task(tmp_path, "waits for ever")))
    await asyncio.wait([working], timeout=0.3)
    assert hosts.warm_pid is not None
    pids.append(hosts.warm_pid)
    await asyncio.wait_for(hosts.close(), 10)
    await gone(*pids)
    with pytest.raises(HandedBack):
        await working


WORKER = """
import asyncio, sys
from pathlib import Path
from engines.host.hosts import Hosts
from tests.engines.host.hosting import VILLAIN, task
async def main():
    folder = Path(sys.argv[1])
    hosts = Hosts()
    pids = [(await hosts.run(VILLAIN, task(folder, "tells its pid"))).products[0].path.read_text()]
    print("pids", pids[0], hosts.warm_pid, flush=True)
    await hosts.run(VILLAIN, task(folder, "holds the interpreter"))
asyncio.run(main())
"""


async def test_hosts_end_with_their_worker_whatever_they_do(tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert worker.stdout is not None
    async for line in worker.stdout:
        if line.startswith(b"pids"):
            break
    pids = [int(word) for word in line.split()[1:]]
    worker.kill()
    await worker.wait()
    assert len(pids) == 2
    await gone(*pids)


async def test_a_host_that_is_confined_is_so_before_its_engine_is_imported(tmp_path: Path) -> None:
    confined = Confined("tests.engines.host.villains:enter", {"note": str(tmp_path / "note")})
    hosts = Hosts(confine=lambda one: confined if one.runs_in == "sandbox" else None)
    try:
        await hosts.run(VILLAIN, task(tmp_path))
        assert not (tmp_path / "note").exists()
        pid = await pid_of(hosts, tmp_path, row(runs_in="sandbox"))
        assert (tmp_path / "note").read_text() == str(pid)
    finally:
        await hosts.close()


# Other Pythons.

ELSEWHERE = """
import sys
from pathlib import Path
from engines.contract import Product, Result, one_by_one

class Elsewhere:
    def load(self, device): pass
    def unload(self): pass
    def generate(self, tasks):
        return one_by_one(tasks, self.made)
    def made(self, task):
        path = task.workdir / "words.txt"
        found = [name for name in ("pydantic", "msgspec", "numpy", "structlog") if name in sys.modules]
        path.write_text(f"{sys.prefix} {found}")
        return Result((Product(path, "text/plain"),))
"""


def _places() -> str:
    """A version that pyenv has is not always one that is chosen."""
    return os.pathsep.join([*map(str, Path.home().glob(".pyenv/versions/*/bin")), os.environ.get("PATH", "")])


def pythons() -> list[str]:
    """Find this Python and, where there are some, others that are new enough."""
    found = {sys.version_info[:2]: sys.executable}
    versions = ("3.11", "3.12", "3.13", "3.14")
    for version in versions:
        path = shutil.which(f"python{version}", path=_places())
        if path is None:
            continue
        said = subprocess.run(
            [path, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
        )
        if said.returncode == 0:
            found.setdefault(tuple(map(int, version.split("."))), said.stdout.strip())  # type: ignore[arg-type]
    return list(found.values())


@pytest.mark.parametrize("base", pythons())
async def test_a_host_may_be_another_python_that_has_none_of_our_packages(tmp_path: Path, base: str) -> None:
    home = tmp_path / "environment"
    making = await asyncio.create_subprocess_exec(base, "-m", "venv", "--without-pip", home)
    assert await making.wait() == 0
    (site,) = home.glob("lib/python*/site-packages")
    (site / "elsewhere.py").write_text(ELSEWHERE)
    hosts = Hosts(python_of=lambda name: home / "bin" / "python")
    try:
        result = await hosts.run(row(target="elsewhere:Elsewhere", environment="there"), task(tmp_path))
        assert result.products[0].path.read_text() == f"{home} []"
    finally:
        await hosts.close()


async def test_an_environment_that_is_missing_half_built_or_of_another_machine_says_so(
    tmp_path: Path,
) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"\x7fELF" + bytes(60))
    foreign.chmod(0o755)
    venv.create(tmp_path / "half", symlinks=True)
    quits = tmp_path / "quits"
    quits.write_text("#!/bin/sh\nexit 3\n")
    quits.chmod(0o755)
    pythons = {
        "missing": tmp_path / "nowhere" / "python",
        "foreign": foreign,
        "quits": quits,
        "half": tmp_path / "half" / "bin" / "python",
    }
    words = {
        "missing": "the environment missing of the engine .* does not start: No such file or directory",
        "foreign": "the environment foreign of the engine .* does not start: Exec format error",
        "quits": "the environment quits of the engine .* does not start: it ended with status 3",
        "half": "needs elsewhere, which is not installed in its environment half",
        "unknown": "the environment unknown is not installed",
    }

    def python_of(name: str) -> Path:
        if name not in pythons:
            raise EngineUnavailable(f"the environment {name} is not installed")
        return pythons[name]

    if (old := shutil.which("python3.10", path=_places())) is not None:
        pythons["old"] = Path(old)
        words["old"] = (
            r"the environment old .* does not start: it is Python 3\.10\.\d+, and 3\.11 is the oldest"
        )
    hosts = Hosts(python_of=python_of)
    try:
        for name, said in words.items():
            engine = replace(VILLAIN, name=name, target="elsewhere:Elsewhere", environment=name)
            with pytest.raises(EngineMissing, match=said):
                await asyncio.wait_for(hosts.run(engine, task(tmp_path)), 20)
    finally:
        await hosts.close()


SHUT = """
import importlib.abc, sys
class Only(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or name in {allowed}:
            return None
        raise ImportError(f"{{name}} is not allowed", name=name)
sys.meta_path.insert(0, Only())
sys.path.insert(0, {root!r})
import engines.host.child, engines.host.warm
print(sorted(name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names))
"""
OURS = {
    "engines", "engines.contract", "engines.host", "engines.host.answering", "engines.host.child", "engines.host.ties",
    "engines.host.warm", "engines.host.wire", "engines.remote_contract", "runtime", "runtime.errors", "schemas",
    "schemas.codes",
}  # fmt: skip


@pytest.mark.parametrize("python", pythons())
def test_the_side_of_the_host_needs_the_standard_library_and_nothing_else(python: str) -> None:
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run(
        [python, "-I", "-S", "-c", SHUT.format(allowed=OURS, root=root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout.replace("'", '"'))) - {"__main__"} <= OURS
