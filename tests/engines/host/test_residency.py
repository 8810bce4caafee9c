"""Loaded engines share a budget of memory: who was not used for longest leaves, and nobody is ended at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Model
from engines.host.hosts import Hosts
from engines.host.residency import Resident, who_leaves
from tests.engines.host.hosting import row, task
from worker.report import TaskReport

MIB = 2**20
LARGE = 2_000 * MIB
"""More than any host of these tests holds: two such engines never fit."""


def named(name: str, size_bytes: int, used_s: float = 0.0, *, busy: bool = False) -> Resident:
    return Resident(name, size_bytes, used_s, busy)


def test_nobody_leaves_while_there_is_room() -> None:
    assert who_leaves([named("a", 4), named("b", 4)], 2, 10) == ()


def test_who_was_not_used_for_longest_leaves_first_and_who_is_at_work_last() -> None:
    residents = [named("busy", 4, 1.0, busy=True), named("old", 4, 2.0), named("new", 4, 3.0)]
    assert who_leaves(residents, 2, 10) == ("old",)
    assert who_leaves(residents, 6, 10) == ("old", "new")
    assert who_leaves(residents, 10, 10) == ("old", "new", "busy")


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.booleans()), max_size=8),
    st.integers(0, 100),
    st.integers(1, 100),
)
def test_what_stays_fits_or_all_leave_and_no_more_leave_than_must(
    found: list[tuple[int, int, bool]], needed: int, budget: int
) -> None:
    residents = [
        Resident(str(number), size, float(used), busy) for number, (size, used, busy) in enumerate(found)
    ]
    leaving = who_leaves(residents, needed, budget)
    stays = [one for one in residents if one.name not in leaving]
    assert not stays or sum(one.size_bytes for one in stays) + needed <= budget
    if leaving:
        last = next(one for one in residents if one.name == leaving[-1])
        assert sum(one.size_bytes for one in (*stays, last)) + needed > budget


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([row()], budget_bytes=LARGE)
    yield hosts
    await hosts.close()


def large(**changes: object) -> Model:
    return row(memory_bytes=LARGE, **changes)


async def test_an_engine_that_comes_takes_the_place_of_one_without_work(hosts: Hosts, tmp_path: Path) -> None:
    first, second = large(), large()
    await hosts.run(first, task(tmp_path))
    assert hosts.resident == (first.name,)
    await hosts.run(second, task(tmp_path))
    assert hosts.resident == (second.name,)
    await hosts.run(first, task(tmp_path))
    assert hosts.resident == (first.name,)


async def test_one_at_work_ends_its_task_before_it_leaves_and_takes_no_other(
    hosts: Hosts, tmp_path: Path
) -> None:
    engine = {"target": "tests.engines.host.villains:InBatches"}
    first, second, go, report = large(**engine), large(), tmp_path / "go", TaskReport()
    at_work = asyncio.create_task(hosts.run(first, task(tmp_path, report=report, go=str(go))))
    async with asyncio.timeout(20):
        while report.look()[1] != "waiting":  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.01)
    comes = asyncio.create_task(hosts.run(second, task(tmp_path)))
    done, _ = await asyncio.wait([comes], timeout=0.3)
    assert not done
    again = asyncio.create_task(hosts.run(first, task(tmp_path)))
    go.touch()
    await asyncio.wait_for(asyncio.gather(at_work, comes, again), 30)
    assert hosts.resident == (first.name,)


async def test_small_ones_stay_beside_each_other(tmp_path: Path) -> None:
    hosts = Hosts([row()], budget_bytes=LARGE)
    try:
        first, second = row(), row()
        await hosts.run(first, task(tmp_path))
        await hosts.run(second, task(tmp_path))
        assert hosts.resident == (first.name, second.name)
    finally:
        await hosts.close()
