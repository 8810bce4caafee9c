"""A worker that runs its engines in hosts lives on, whatever they do; what cannot be read back costs a host and no worker."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from bus.cloudevents import encode
from engines.host.hosts import Hosts
from runtime.errors import AssetInvalid, EngineFailed
from runtime.settings import Settings
from schemas.log import TaskFailed, TaskReleased, TaskSucceeded
from schemas.orders import STOP_TYPE, StopTask, WorkOrder
from tests.chaos.hosts import ROWS, Coordinator, Everything, Shelf
from tests.worker.test_consumer import ORDER
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines
from worker.measuring import MEASURING, measured_in
from worker.report import TaskReport
from worker.threads import EngineThreads


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts(tuple(ROWS.values()))
    yield hosts
    await hosts.close()


def ordered(number: int, prompt: str, **changes: Any) -> WorkOrder:
    job_id = f"00000000-0000-5000-8000-{number:012d}"
    fields = {"job_id": job_id, "task_id": f"t{number}", "engine": "villain", "params": {"prompt": prompt}}
    return ORDER.model_copy(update=fields | changes)


class Control:
    """`media.control`, on which a test says something."""

    def __init__(self) -> None:
        self._records: asyncio.Queue[Any] = asyncio.Queue()

    def stop(self, order: WorkOrder) -> None:
        word = StopTask(job_id=order.job_id, run=1, reason="enough")
        value, headers = encode(STOP_TYPE, word.to_bytes(), id="id", source="/test")
        self._records.put_nowait(SimpleNamespace(value=value, headers=headers))

    def __aiter__(self) -> Control:
        return self

    async def __anext__(self) -> Any:
        return await self._records.get()


class Said(Coordinator):
    """Notes what the worker says, and sends nothing again."""

    def __init__(self, orders: list[WorkOrder]) -> None:
        super().__init__(orders)
        self.said: list[Any] = []
        self.news = asyncio.Condition()

    async def publish(
        self, topic: str, key: str, type: str, message: Any, /, *, id: str, subject: str
    ) -> None:
        if topic.endswith(".log"):
            self.said.append(message)
            async with self.news:
                self.news.notify_all()

    async def until(self, kind: type[Any], number: int) -> Any:
        def found() -> Any:
            return next(
                (one for one in self.said if isinstance(one, kind) and one.job_id.endswith(f"{number:012d}")),
                None,
            )

        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(found)
        return found()


@asynccontextmanager
async def at_work(
    hosts: Hosts, folder: Path, said: Said, control: Control, store: Any, slots: int
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker with these hosts takes what `said` has for it, until the end."""
    threads = EngineThreads(slots)
    context = WorkerContext(
        "w",
        Engines(),
        store,
        folder / "scratch",
        False,
        threads=threads,
        hosts=hosts,
        find=ROWS.get,
        offering=Everything(),
    )
    reader: Any = said
    dead: Any = SimpleNamespace()
    worker = Worker("text", Settings(worker_slots=slots), reader, said, dead, context)
    running = asyncio.create_task(worker.run(control))
    try:
        yield running
    finally:
        worker.loop.stop()
        await running
        threads.close()


async def test_a_stop_that_is_not_obeyed_costs_the_host_and_what_ran_beside_it_is_handed_back(
    hosts: Hosts, tmp_path: Path
) -> None:
    hangs, beside = ordered(1, "|holds the interpreter"), ordered(2, "|works")
    elsewhere, later = ordered(3, "a fox|works", engine="innocent"), ordered(4, "a fox")
    said, control = Said([hangs, beside, elsewhere]), Control()
    store: Any = Shelf()
    async with at_work(hosts, tmp_path, said, control, store, slots=3) as running:
        async with asyncio.timeout(30):
            while not {"villain", "innocent"} <= set(hosts.resident):  # noqa: ASYNC110  # other processes begin
                await asyncio.sleep(0.05)
        control.stop(hangs)
        await said.until(TaskReleased, 2)
        said.put(later)
        assert (await said.until(TaskSucceeded, 4)).products[0].asset.text == "a fox"
        control.stop(elsewhere)
        assert not running.done()
    assert not [word for word in said.said if isinstance(word, TaskFailed)]


async def test_the_death_of_a_host_is_told_as_the_failure_of_its_order(hosts: Hosts, tmp_path: Path) -> None:
    said, control = Said([ordered(1, "|segfaults")]), Control()
    store: Any = Shelf()
    async with at_work(hosts, tmp_path, said, control, store, slots=1):
        failed = await said.until(TaskFailed, 1)
    assert (failed.code, failed.retryable) == ("engine_failed", True)
    assert failed.message == "the process of the engine villain ended by signal 11 (SIGSEGV)"


async def test_products_are_measured_in_a_host_that_may_die_of_them(hosts: Hosts, tmp_path: Path) -> None:
    picture, broken = tmp_path / "picture.png", tmp_path / "broken.png"
    picture.write_bytes(_png(3, 2))
    broken.write_bytes(_png(3, 2)[:40])
    facts = await measured_in(hosts, picture, tmp_path, TaskReport())
    assert (facts["media_type"], facts["width_px"], facts["height_px"]) == ("image/png", 3, 2)
    with pytest.raises(AssetInvalid):
        await measured_in(hosts, broken, tmp_path, TaskReport())
    os.kill(hosts.pids[MEASURING.name], signal.SIGSTOP)
    report = TaskReport()
    measuring = asyncio.create_task(measured_in(hosts, picture, tmp_path, report))
    await asyncio.wait([measuring], timeout=0.3)
    os.kill(hosts.pids[MEASURING.name], signal.SIGKILL)
    with pytest.raises(EngineFailed, match="ended by signal 9"):
        await measuring
    assert (await measured_in(hosts, picture, tmp_path, report))["width_px"] == 3
    assert not [name for name in os.listdir(tmp_path) if name.startswith("measured-")]


def _png(width_px: int, height_px: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\x00" + bytes(3 * width_px)) * height_px)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_the_engine_of_an_order_is_loaded_from_when_it_is_claimed(hosts: Hosts, tmp_path: Path) -> None:
    """Before its inputs are here, or anything else that a store may keep it waiting for."""
    stored = asyncio.Event()

    class Waits(Shelf):
        async def read_result_entry(self, fingerprint: str) -> None:
            await stored.wait()

    said, control = Said([ordered(1, "a fox")]), Control()
    store: Any = Waits()
    async with at_work(hosts, tmp_path, said, control, store, slots=1):
        async with asyncio.timeout(30):
            while hosts.resident != ("villain",):  # noqa: ASYNC110  # another process begins
                await asyncio.sleep(0.02)
        stored.set()
        await said.until(TaskSucceeded, 1)
