"""An operator has an engine loaded before there is work for it, and unloaded again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest_asyncio

from engines.host.hosts import Hosts
from schemas.orders import EngineWanted
from tests.engines.host.hosting import row
from worker.context import WorkerContext
from worker.engines import Engines
from worker.wanted import WantedEngines

MINE, OTHERS, BROKEN = row(), row(), row(target="tests.engines.host.villains:NeedsMore")
ROWS = {one.name: one for one in (MINE, OTHERS, BROKEN)}


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([MINE])
    yield hosts
    await hosts.close()


@pytest_asyncio.fixture
async def wanted(hosts: Hosts, tmp_path: Path) -> AsyncIterator[WantedEngines]:
    offering: Any = SimpleNamespace(loadable=(MINE.name, BROKEN.name), missing={})
    store: Any = SimpleNamespace()
    context = WorkerContext(
        "w", Engines(), store, tmp_path, False, hosts=hosts, find=ROWS.get, offering=offering
    )
    wanted = WantedEngines(context)
    yield wanted
    await wanted.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.01)


async def test_an_engine_is_loaded_and_unloaded_as_wanted(hosts: Hosts, wanted: WantedEngines) -> None:
    wanted.heard(EngineWanted(engine=MINE.name, loaded=True))
    await until(lambda: hosts.resident == (MINE.name,))
    wanted.heard(EngineWanted(engine=MINE.name, loaded=False))
    await until(lambda: hosts.resident == ())


async def test_what_is_not_offered_not_known_or_cannot_be_loaded_changes_nothing(
    hosts: Hosts, wanted: WantedEngines
) -> None:
    for name in (OTHERS.name, "nobody", BROKEN.name):
        wanted.heard(EngineWanted(engine=name, loaded=True))
        wanted.heard(EngineWanted(engine=name, loaded=False))
    wanted.heard(EngineWanted(engine=MINE.name, loaded=True))
    await until(lambda: hosts.resident == (MINE.name,))
