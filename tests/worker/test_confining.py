"""Hosts that read foreign media reach the folders of their own tasks, in every thread, and make there what they make."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from catalog.models import Model, model
from engines.contract import Input, Task
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from schemas.choices import RunsIn
from worker.confining import confined
from worker.folders import roots_of, task_folders
from worker.measuring import MEASURING, measured_in
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
async def test_a_host_in_the_sandbox_reaches_the_folders_of_its_own_tasks_and_nothing_else(
    tmp_path: Path, runs_in: RunsIn, said: str
) -> None:
    row, other, folder = replace(ROW, runs_in=runs_in), model("composer"), scratch(tmp_path)
    assert other is not None
    hosts = Hosts([row], confine=partial(confined, scratch=folder, limits=Limits()))
    try:
        with task_folders(other, folder) as others, task_folders(row, folder) as (given, made):
            for place in (*others, given):
                (place / "file").write_text("somebody's")
            outside = str(tmp_path / "outside")
            inputs = {"/own": Input(given / "file")}
            answers = []
            for each in others:
                params = {"outside": outside, "others": str(each)}
                task = Task("task", "image-generation", params, 1, made, TaskReport(), inputs)
                (product,) = (await hosts.run(row, task)).products
                answers.append(json.loads(await asyncio.to_thread(product.path.read_bytes)))
    finally:
        await hosts.close()
    for answer in answers:
        assert answer.pop("threads")
        assert answer.pop("own input") == "done"
        assert set(answer.values()) == {said}
        assert len(answer) == 8


async def test_a_file_that_another_made_is_lent_to_who_measures_it(tmp_path: Path) -> None:
    folder, row = scratch(tmp_path), model("composer")
    assert row is not None
    hosts = Hosts([MEASURING], confine=partial(confined, scratch=folder, limits=Limits()))
    try:
        with task_folders(row, folder) as (_, made):
            Image.new("RGB", (3, 2)).save(picture := made / "picture.png")
            facts = await measured_in(hosts, picture, folder, TaskReport())
    finally:
        await hosts.close()
    assert (facts["width_px"], facts["height_px"]) == (3, 2)
    assert not [path for path in folder.rglob("*") if path.is_file()]


async def test_the_composer_composes_there(tmp_path: Path) -> None:
    row = model("composer")
    assert row is not None
    assert row.runs_in == "sandbox"
    folder = scratch(tmp_path)
    given, workdir = roots_of(row, folder)
    Image.new("RGB", (64, 36), "#204060").save(still := given / "still.png")
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
