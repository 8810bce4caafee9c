"""Every engine of the catalogue keeps the contract in a host, confined where its row says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from catalog.models import MODELS, PLACEHOLDER, Model
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from runtime.errors import Cancelled, ReelbusError
from tests.engines.host.hosting import alive
from tests.engines.test_every_engine import Watched, digests, small_task
from tests.engines.test_every_engine import picture as picture  # noqa: PLC0414  # a fixture
from tests.environments import python_of
from worker.confining import confined
from worker.folders import roots_of
from worker.report import TaskReport

HOSTED = [
    row
    for row in (*MODELS, PLACEHOLDER)
    if row.runs_in != "thread" and not row.provider and all(source.kind != "hub" for source in row.weights)
]
hosted = pytest.mark.parametrize("row", HOSTED, ids=[row.name for row in HOSTED])


@pytest_asyncio.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Hosts, Hosts]]:
    """Two workers' hosts, side by side."""
    confine = partial(confined, scratch=tmp_path, limits=Limits())
    pair = Hosts(confine=confine, python_of=python_of), Hosts(confine=confine, python_of=python_of)
    yield pair
    await asyncio.gather(*(hosts.close() for hosts in pair))


def capability_of(row: Model) -> str:
    return row.capabilities[-1] if row.capabilities else "image-generation"


@hosted
async def test_two_hosts_side_by_side_give_the_same_and_say_how_far_they_are(
    pair: tuple[Hosts, Hosts], row: Model, picture: Path, tmp_path: Path
) -> None:
    root, folder = roots_of(row, tmp_path)
    given = root / "picture.png"
    given.write_bytes(picture.read_bytes())  # noqa: ASYNC240  # small
    reports = [Watched(), Watched()]
    made = await asyncio.gather(
        *(
            hosts.run(row, small_task(capability_of(row), given, folder, name, report))
            for hosts, name, report in zip(pair, "ab", reports, strict=True)
        )
    )
    assert not row.deterministic or digests(made[0]) == digests(made[1])
    for report in reports:
        assert report.fractions == sorted(report.fractions)
        assert report.fractions[-1] == 1.0


@hosted
async def test_what_it_meets_is_an_error_of_ours_and_its_memory_is_given_back(
    pair: tuple[Hosts, Hosts], row: Model, picture: Path, tmp_path: Path
) -> None:
    hosts, _ = pair
    task = small_task(capability_of(row), picture, roots_of(row, tmp_path).made, "nonsense", Watched())
    with pytest.raises(ReelbusError):
        await hosts.run(row, replace(task, params={"timeline": 7, "width_px": "wide"}, inputs={}))
    pid = hosts.pids[row.name]
    stopped = TaskReport()
    stopped.cancel("enough")
    with pytest.raises(Cancelled):
        await hosts.run(row, replace(task, task_id="stopped", report=stopped))
    await hosts.leave(row.name)
    assert hosts.resident == ()
    assert not alive(pid)
