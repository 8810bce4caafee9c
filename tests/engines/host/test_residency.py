"""Loaded engines share a budget of memory: who was not used for longest leaves, and nobody is ended at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Model
from engines.host.devices import read_devices, roomiest
from engines.host.hosts import Hosts
from engines.host.residency import Resident, who_leaves
from tests.engines.host.hosting import row, task
from tests.engines.host.villains import LOADS_WHEN
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


# What is loaded before it is needed.

SLOW = "tests.engines.host.villains:SlowToLoad"


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that slow engines wait for when they are loaded."""
    monkeypatch.setenv(LOADS_WHEN, str(tmp_path / "go"))
    return tmp_path / "go"


async def pid_of(hosts: Hosts, engine: Model, folder: Path) -> int:
    result = await hosts.run(engine, task(folder, "tells its pid"))
    return int(result.products[0].path.read_text())


@pytest.mark.parametrize("budget_bytes", [0, LARGE])
async def test_a_loaded_engine_does_not_wait_while_others_are_loaded(
    tmp_path: Path, go: Path, budget_bytes: int
) -> None:
    hosts, loaded, coming, next_one = (
        Hosts([row()], budget_bytes=budget_bytes),
        row(),
        row(target=SLOW),
        row(),
    )
    try:
        first = await pid_of(hosts, loaded, tmp_path)
        hosts.prefetch(coming)
        needs_it = asyncio.create_task(hosts.run(coming, task(tmp_path)))
        for _ in range(3):
            assert await asyncio.wait_for(pid_of(hosts, loaded, tmp_path), 20) == first
        # Nor does another one that fits beside the two.
        await asyncio.wait_for(hosts.run(next_one, task(tmp_path)), 20)
        assert not needs_it.done()
        assert coming.name not in hosts.resident
        go.touch()  # noqa: ASYNC240  # an empty file
        assert (await asyncio.wait_for(needs_it, 20)).products
        assert set(hosts.resident) == {loaded.name, coming.name, next_one.name}
    finally:
        await hosts.close()


async def test_what_is_fetched_ahead_is_there_when_it_is_needed_and_goes_when_it_never_is(
    tmp_path: Path,
) -> None:
    hosts, needed, never = Hosts([row()], idle_s=1.0), row(), row()
    try:
        for engine in (needed, never):
            hosts.prefetch(engine)
            hosts.prefetch(engine)
        async with asyncio.timeout(20):
            while len(hosts.resident) < 2:  # noqa: ASYNC110  # other processes tell nobody
                await asyncio.sleep(0.01)
        pid = hosts.pids[needed.name]
        assert await pid_of(hosts, needed, tmp_path) == pid
        async with asyncio.timeout(20):
            while hosts.resident:  # noqa: ASYNC110  # other processes tell nobody
                await asyncio.sleep(0.01)
    finally:
        await hosts.close()


async def test_nobody_leaves_for_what_is_not_needed_yet(hosts: Hosts, tmp_path: Path, go: Path) -> None:
    there, coming = large(), large(target=SLOW)
    await hosts.run(there, task(tmp_path))
    hosts.prefetch(coming)
    assert hosts.resident == (there.name,)
    needs_it = asyncio.create_task(hosts.run(coming, task(tmp_path)))
    go.touch()  # noqa: ASYNC240  # an empty file
    assert (await asyncio.wait_for(needs_it, 20)).products
    assert hosts.resident == (coming.name,)


async def test_of_two_that_do_not_fit_together_one_waits_until_the_other_was_loaded_and_used(
    hosts: Hosts, tmp_path: Path, go: Path
) -> None:
    first, second = large(target=SLOW), large()
    loading = asyncio.create_task(hosts.run(first, task(tmp_path)))
    await asyncio.wait([loading], timeout=0.2)
    waits = asyncio.create_task(hosts.run(second, task(tmp_path)))
    done, _ = await asyncio.wait([loading, waits], timeout=0.5)
    assert not done
    go.touch()  # noqa: ASYNC240  # an empty file
    assert all(result.products for result in await asyncio.wait_for(asyncio.gather(loading, waits), 30))
    assert hosts.resident == (second.name,)


# On devices.


def on_a_device(**changes: object) -> Model:
    return row(target="tests.engines.host.villains:OnADevice", **changes)


async def device_of(hosts: Hosts, engine: Model, folder: Path, **params: object) -> str:
    result = await hosts.run(engine, task(folder, **params))
    device = result.products[0].path.read_text()
    assert hosts.device_of(engine.name) == device
    return device


def test_devices_are_read_and_the_one_with_most_room_is_taken() -> None:
    assert read_devices("cuda:0=80,cuda:1") == {"cuda:0": 80, "cuda:1": 0}
    assert roomiest({"a": 100, "b": 100}, {"a": 60, "b": 10}, 50) == "b"
    assert roomiest({"a": 100, "b": 100}, {}, 50) == "a"
    assert roomiest({"a": 100, "b": 300}, {"a": 0, "b": 250}, 100) == "a"
    assert roomiest({"a": 100, "b": 0}, {"a": 60, "b": 900}, 50) == "b"


async def test_engines_share_a_device_and_the_one_that_was_not_used_for_longest_leaves_it(
    tmp_path: Path,
) -> None:
    hosts = Hosts([row()], devices={"gpu:0": 100})
    try:
        elsewhere, first, second, third = row(), on_a_device(), on_a_device(), on_a_device()
        await hosts.run(elsewhere, task(tmp_path))
        assert hosts.device_of(elsewhere.name) == "cpu"
        assert await device_of(hosts, first, tmp_path) == "gpu:0"
        # Nobody knew what it takes; when it is loaded that is known, and the older one leaves.
        assert await device_of(hosts, second, tmp_path) == "gpu:0"
        await until_resident(hosts, elsewhere.name, second.name)
        assert await device_of(hosts, second, tmp_path, holds=30) == "gpu:0"
        assert await device_of(hosts, third, tmp_path) == "gpu:0"
        assert set(hosts.resident) == {elsewhere.name, second.name, third.name}
        # What it took before it is expected to take again.
        assert await device_of(hosts, first, tmp_path) == "gpu:0"
        assert set(hosts.resident) == {elsewhere.name, first.name}
    finally:
        await hosts.close()


async def test_an_engine_gets_the_device_on_which_it_fits(tmp_path: Path) -> None:
    hosts = Hosts([row()], devices={"gpu:0": 100, "gpu:1": 100})
    try:
        engines = [on_a_device(device_bytes=60) for _ in range(3)]
        assert [await device_of(hosts, engine, tmp_path) for engine in engines[:2]] == ["gpu:0", "gpu:1"]
        assert len(hosts.resident) == 2
        assert await device_of(hosts, engines[2], tmp_path) == "gpu:0"
        await until_resident(hosts, engines[1].name, engines[2].name)
    finally:
        await hosts.close()


async def until_resident(hosts: Hosts, *names: str) -> None:
    async with asyncio.timeout(20):
        while set(hosts.resident) != set(names):  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.01)
