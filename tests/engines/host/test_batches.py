"""Like tasks become one call of their engine, and each of them has its own end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from catalog.models import Model
from engines.contract import Task
from engines.host.batches import Batches
from engines.host.failures import HandedBack
from engines.host.hosts import Hosts
from runtime.errors import Cancelled, EngineFailed, OutOfMemory
from tests.engines.host.hosting import row, task
from worker.report import TaskReport


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([batching()])
    yield hosts
    await hosts.close()


def batching(**changes: Any) -> Model:
    return row(
        **{
            "target": "tests.engines.host.villains:InBatches",
            "largest_batch": 4,
            "batch_key": ("size",),
            **changes,
        }
    )


async def counts(hosts: Hosts, engine: Model, tasks: list[Task]) -> list[int]:
    results = await asyncio.gather(*(hosts.run(engine, one) for one in tasks))
    return [int(result.products[0].path.read_text()) for result in results]


async def begun(report: TaskReport) -> None:
    """Return when the engine says that it works on a task."""
    async with asyncio.timeout(20):
        while report.look()[1] != "waiting":  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.01)


async def test_tasks_that_come_together_are_one_call_of_at_most_the_largest_batch(
    hosts: Hosts, tmp_path: Path
) -> None:
    engine = batching()
    assert await counts(hosts, engine, [task(tmp_path) for _ in range(6)]) == [4, 4, 4, 4, 2, 2]
    assert await counts(hosts, engine, [task(tmp_path)]) == [1]


async def test_only_like_tasks_are_one_batch(hosts: Hosts, tmp_path: Path) -> None:
    tasks = [task(tmp_path, size=number % 2, other=number) for number in range(4)]
    assert await counts(hosts, batching(), tasks) == [2, 2, 2, 2]


async def test_what_comes_while_a_batch_runs_is_the_next(hosts: Hosts, tmp_path: Path) -> None:
    engine, go = batching(), tmp_path / "go"
    at_work = TaskReport()
    first = asyncio.create_task(counts(hosts, engine, [task(tmp_path, report=at_work, go=str(go))]))
    await begun(at_work)
    later = [asyncio.create_task(counts(hosts, engine, [task(tmp_path)])) for _ in range(3)]
    await asyncio.sleep(0)  # each of them has asked
    go.touch()
    assert await first == [1]
    assert [await one for one in later] == [[3], [3], [3]]


async def test_one_of_a_batch_fails_or_is_cancelled_and_the_others_are_made(
    hosts: Hosts, tmp_path: Path
) -> None:
    engine, go = batching(), tmp_path / "go"
    await hosts.ready(engine)
    stopped = TaskReport()
    tasks = [
        task(tmp_path, "fails"),
        task(tmp_path, report=stopped, go=str(tmp_path / "never")),
        task(tmp_path, go=str(go)),
    ]
    running = [asyncio.create_task(hosts.run(engine, one)) for one in tasks]
    with pytest.raises(OutOfMemory):
        await running[0]
    stopped.cancel("enough")
    with pytest.raises(Cancelled):
        await running[1]
    go.touch()
    assert (await running[2]).products[0].path.read_text() == "3"


async def test_who_is_cancelled_before_its_batch_begins_is_not_in_it(hosts: Hosts, tmp_path: Path) -> None:
    engine, go = batching(), tmp_path / "go"
    at_work = TaskReport()
    first = asyncio.create_task(hosts.run(engine, task(tmp_path, report=at_work, go=str(go))))
    await begun(at_work)
    stopped = TaskReport()
    second = asyncio.create_task(hosts.run(engine, task(tmp_path, report=stopped)))
    third = asyncio.create_task(counts(hosts, engine, [task(tmp_path)]))
    await asyncio.sleep(0)  # both have asked
    stopped.cancel("enough")
    with pytest.raises(Cancelled):
        await second
    go.touch()
    await first
    assert await third == [1]


async def test_who_is_cancelled_while_its_host_begins_does_not_wait_for_that(tmp_path: Path) -> None:
    asked, report = asyncio.Event(), TaskReport()

    async def never(*_: object) -> Any:
        asked.set()
        await asyncio.Event().wait()

    batches = Batches(batching(), asyncio.Lock(), never)
    waiting = asyncio.create_task(batches.run(task(tmp_path, report=report)))
    await asked.wait()
    report.cancel("enough")
    async with asyncio.timeout(20):
        with pytest.raises(Cancelled):
            await waiting
    await batches.close()


async def test_a_batch_whose_host_dies_fails_as_a_whole_and_the_next_is_made(
    hosts: Hosts, tmp_path: Path
) -> None:
    engine = batching()
    reports = [TaskReport(), TaskReport()]
    tasks = [task(tmp_path, report=report, go=str(tmp_path / "never")) for report in reports]
    running = [asyncio.create_task(hosts.run(engine, one)) for one in tasks]
    for report in reports:
        await begun(report)
    os.kill(next(iter(hosts.pids.values())), signal.SIGKILL)
    for one in running:
        with pytest.raises((EngineFailed, HandedBack)):
            await one
    assert await counts(hosts, engine, [task(tmp_path)]) == [1]
