"""Hosts that read foreign media reach their worker's folder of tasks, in every thread, and make there what they make."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from catalog.models import Model, model
from engines.contract import Input, Task
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from worker.confining import confined
from worker.report import TaskReport

ROW = Model(
    name="curious",
    capabilities=("image-generation",),
    family="local",
    target="tests.worker.curious:Curious",
    revision="1",
    description="It says what it could reach.",
)


def scratch(tmp_path: Path) -> Path:
    (folder := tmp_path / "scratch").mkdir()
    return folder


@pytest.mark.parametrize(("runs_in", "said"), [("sandbox", "refused"), ("host", "done")])
async def test_a_host_in_the_sandbox_reaches_nothing_else(tmp_path: Path, runs_in: str, said: str) -> None:
    row = Model(**{**{name: getattr(ROW, name) for name in ROW.__slots__}, "runs_in": runs_in})
    folder = scratch(tmp_path)
    hosts = Hosts([row], confine=partial(confined, scratch=folder, limits=Limits()))
    try:
        (workdir := folder / "task").mkdir()
        outside = str(tmp_path / "outside")
        task = Task("task", "image-generation", {"outside": outside}, 1, workdir, TaskReport())
        (product,) = (await hosts.run(row, task)).products
        answer = json.loads(await asyncio.to_thread(product.path.read_bytes))
    finally:
        await hosts.close()
    assert answer.pop("threads")
    assert answer == dict.fromkeys(("passwd", "outside", "socket", "signal"), said)


async def test_the_composer_composes_there(tmp_path: Path) -> None:
    row = model("composer")
    assert row is not None
    assert row.runs_in == "sandbox"
    folder = scratch(tmp_path)
    (workdir := folder / "task").mkdir()
    Image.new("RGB", (64, 36), "#204060").save(still := folder / "still.png")
    clip = {"source": "s3://media/still", "start_s": 0, "duration_s": 0.5}
    canvas = {"width_px": 64, "height_px": 36, "fps": 10}
    timeline = {"canvas": canvas, "tracks": [{"kind": "video", "clips": [clip]}], "output": {}}
    task = Task(
        "task",
        "composition",
        {"timeline": timeline},
        1,
        workdir,
        TaskReport(),
        {"/timeline/tracks/0/clips/0/source": Input(still, "image/png")},
    )
    hosts = Hosts([row], confine=partial(confined, scratch=folder, limits=Limits(2 * 1024**3)))
    try:
        result = await hosts.run(row, task)
    finally:
        await hosts.close()
    assert result.products[0].path.stat().st_size > 0
