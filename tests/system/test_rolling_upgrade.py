"""Two real builds, of which the newer has one more engine: its processes take over one by one, and no job pays for it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.system import System, Told, cli, job_id_of

ROOT = Path(__file__).parents[2]
ENGINE = "draft-tomorrow"
PICTURE = {
    "kind": "task",
    "capability": "image-generation",
    "params": {"prompt": "a fox", "width_px": 64, "height_px": 64},
    "quality": "best",
}
PARTS = {"intake": ["intake"], "coordinator": ["coordinator"], "image": ["worker", "image"]}


def newer_build(folder: Path) -> Path:
    """Our packages, with a catalogue that has one more row."""
    for package in ROOT.iterdir():
        if (package / "__init__.py").exists() or package.name in {"schemas", "engines"}:
            if package.name in {"catalog", "infra"}:  # the latter finds the others by its own place
                shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
            elif package.name != "tests":
                (folder / package.name).symlink_to(package)
    models = folder / "catalog" / "models" / "image.py"
    row = f'''    Model(
        name="{ENGINE}",
        capabilities=("image-generation",),
        family="draft",
        target="engines.draft.image:DraftImage",
        revision="1",
        description="The same pictures, of a newer build.",
        qualities=("standard",),
    ),
'''
    text = models.read_text("utf-8")
    begin = "IMAGE: tuple[Model, ...] = (\n"
    assert begin in text
    models.write_text(text.replace(begin, begin + row), "utf-8")
    return folder


class Processes:
    """One process of each part, of either build, on a stack of its own."""

    def __init__(self, home: Path, newer: Path) -> None:
        self._home, self._builds = home, {"old": ROOT, "new": newer}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, part: str, build: str) -> None:
        """Start a part, in place of the one that runs."""
        self.stop(part)
        folder = self._builds[build]
        with (self._home / "logs" / f"{part}-{build}.log").open("ab") as log:
            self._running[part] = subprocess.Popen(
                [sys.executable, "-m", "producers.cli", *PARTS[part]],
                cwd=folder,
                env={**os.environ, "REELBUS_HOME": str(self._home), "PYTHONPATH": str(folder)},
                stdout=log,
                stderr=log,
            )

    def stop(self, part: str) -> None:
        if (process := self._running.pop(part, None)) is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait(timeout=60)


@pytest.fixture
def stack() -> Iterator[tuple[System, Processes]]:
    home = Path(tempfile.mkdtemp(prefix="reelbus-rolling-"))
    newer = home / "newer"
    newer.mkdir()
    processes = Processes(home, newer_build(newer))
    try:
        bootstrap = json.loads(cli(home, "stack", "start", "--json", timeout_s=300.0).stdout)["bootstrap"]
        cli(home, "topics", "apply")
        (home / "logs").mkdir(exist_ok=True)
        yield System(home, bootstrap), processes
    finally:
        processes.close()
        cli(home, "stack", "stop", check=False, timeout_s=120.0)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.timeout(400)
async def test_a_newer_intake_and_coordinator_wait_for_a_newer_worker(
    stack: tuple[System, Processes],
) -> None:
    system, processes = stack

    async def submit(key: str) -> str:
        await system.send(PICTURE | {"idempotency_key": key})
        return job_id_of(key)

    async def cannot(job_id: str) -> None:
        """Wait until a worker has released the order of a job, which it cannot do."""

        def said(heard: list[Told]) -> bool:
            return any(t.data.get("job_id") == job_id and t.data.get("reason") == "cannot" for t in heard)

        await system.until(said, topics=("log",))

    for part in PARTS:
        processes.run(part, "old")
    jobs = [await submit("all old")]
    await system.end_of(jobs[0])
    processes.run("intake", "new")
    jobs.append(await submit("newer intake"))
    await cannot(jobs[-1])
    processes.run("coordinator", "new")
    jobs.append(await submit("newer coordinator"))
    await cannot(jobs[-1])
    processes.run("image", "new")
    jobs.append(await submit("all new"))
    ends = [await system.end_of(job_id) for job_id in jobs]
    assert [end.type for end in ends] == ["media.job.succeeded.v1"] * 4
    told = await system.until(lambda heard: len(heard) >= len(jobs), topics=("assets",))
    makers = {t.data["job_id"]: t.data["engine"]["name"] for t in told}
    assert [makers[job_id] for job_id in jobs] == ["draft-scene", ENGINE, ENGINE, ENGINE]
