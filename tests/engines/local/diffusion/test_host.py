"""SDXL runs in a host of its own environment, whose packages its worker has not: many at once, killed, and resumed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog.models import Model
from engines.contract import Input, Task
from engines.host.hosts import Hosts
from runtime.errors import AssetInvalid, Cancelled, EngineFailed
from tests.models.environment import build
from worker.report import TaskReport

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv-models" / "bin" / "python"
FOLDER = ROOT / ".cache" / "tiny-sdxl"
ENGINE = f"""
from pathlib import Path
from engines.local.diffusion.sdxl import Sdxl

class TinySdxl(Sdxl):
    def __init__(self):
        super().__init__(Path({str(FOLDER)!r}))
"""
"""A host of another Python sees nothing of the tests, so this lies among the packages of its environment."""
ROW = Model(
    name="tiny-sdxl",
    capabilities=("image-generation", "image-editing"),
    family="local",
    target="tiny_sdxl:TinySdxl",
    revision="1",
    description="SDXL with random weights.",
    environment="torch",
)


LONG = {"steps": 400, "width_px": 160, "height_px": 160}
"""Some seconds: a checkpoint is written a second after the last one at the soonest."""


@pytest.fixture(scope="module", autouse=True)
def checkpoint() -> None:
    """The environment of the model tests, and a checkpoint that it has written."""
    build(PYTHON.parents[1])
    (site,) = PYTHON.parents[1].glob("lib/python*/site-packages")
    (site / "tiny_sdxl.py").write_text(ENGINE, "utf-8")
    if not FOLDER.is_dir():
        subprocess.run([str(PYTHON), "-m", "tests.models.tiny", str(FOLDER)], cwd=ROOT, check=True)


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    made = Hosts(python_of=lambda _: PYTHON)
    yield made
    await made.close()


def task(folder: Path, name: str, report: TaskReport | None = None, **params: Any) -> Task:
    workdir = folder / name / "made"
    workdir.mkdir(parents=True)
    params = {"prompt": "a fox", "width_px": 64, "height_px": 64, "steps": 4, **params}
    return Task(name, "image-generation", params, 7, workdir, report or TaskReport())


async def test_pictures_come_out_of_its_own_environment_and_the_worker_never_imports_torch(
    hosts: Hosts, tmp_path: Path
) -> None:
    results = await asyncio.gather(*(hosts.run(ROW, task(tmp_path, f"t{n}")) for n in range(3)))
    contents = {result.products[0].path.read_bytes() for result in results}
    assert len(contents) == 1, "equal work gives equal bytes, whoever shares its steps"
    with Image.open(results[0].products[0].path) as made:
        assert made.size == (64, 64)
    assert "torch" not in sys.modules

    stopped = TaskReport()
    running = asyncio.ensure_future(hosts.run(ROW, task(tmp_path, "long", stopped, **LONG)))
    await under_way(stopped, running)
    stopped.cancel("enough")
    with pytest.raises(Cancelled):
        await running

    first = TaskReport()
    dying = asyncio.ensure_future(hosts.run(ROW, task(tmp_path, "first", first, **LONG)))
    await under_way(first, dying)
    first.ask_for_checkpoint()
    while (left := first.take_checkpoint()) is None:  # a host of another process says so
        assert not dying.done(), "it ended before it handed anything out"
        await asyncio.sleep(0.01)
    kept = tmp_path / "left.safetensors"
    kept.write_bytes(left.read_bytes())
    (host,) = hosts.living
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed):
        await dying

    second, alone = TaskReport(), TaskReport()
    resumed = replace(task(tmp_path, "second", second, **LONG), checkpoint=kept)
    going_on = await hosts.run(ROW, resumed)
    whole = await hosts.run(ROW, task(tmp_path, "whole", alone, **LONG))
    assert going_on.products[0].path.read_bytes() == whole.products[0].path.read_bytes()


async def test_given_pictures_are_read_beside_the_host_and_named_where_they_are_wrong(
    hosts: Hosts, tmp_path: Path
) -> None:
    Image.linear_gradient("L").resize((64, 64)).save(tmp_path / "given.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "given.png").read_bytes()[:50])
    Image.new("L", (64, 32)).save(tmp_path / "mask.png")

    def edit(name: str, **given: str) -> Task:
        inputs = {f"/{pointer}": Input(tmp_path / file) for pointer, file in given.items()}
        return replace(task(tmp_path, name), capability="image-editing", inputs=inputs)

    made = await hosts.run(ROW, edit("good", image="given.png"))
    with Image.open(made.products[0].path) as picture:
        assert picture.size == (64, 64)
    (host,) = hosts.living
    with pytest.raises(AssetInvalid, match=r"^/image: "):
        await hosts.run(ROW, edit("broken", image="broken.png"))
    with pytest.raises(AssetInvalid, match=r"^/mask: .*64 x 32"):
        await hosts.run(ROW, edit("other", image="given.png", mask="mask.png"))
    assert [each.pid for each in hosts.living] == [host.pid]


async def under_way(report: TaskReport, work: asyncio.Future[Any]) -> None:
    while report.look()[0] < 0.01:  # a host of another process says so
        assert not work.done(), "it ended before anybody saw it"
        await asyncio.sleep(0.01)
