"""Long work goes on where an earlier attempt left it: shown with an engine that counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engines.contract import Finished, Product, Result, Task
from runtime.settings import Settings
from schemas.log import LeaseRenewed, TaskReleased, TaskSucceeded
from schemas.orders import ORDER_TYPE, WorkOrder
from storage.store import Store
from tests.worker.test_consumer import NOBODY, ORDER, Reader, Voice, _record
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines

WHOLE = 6


class Counter:
    """Counts to six, one number when it is let; hands out how far it is after each, and is asked for it at a stop."""

    def __init__(self) -> None:
        self.counted: list[int] = []
        self.asked = threading.Event()
        self.go = threading.Semaphore(0)

    def load(self, device: str) -> None: ...

    def unload(self) -> None: ...

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        (task,) = tasks
        number = int(task.checkpoint.read_text()) if task.checkpoint else 0
        while number < WHOLE:
            while not self.go.acquire(timeout=0.05):
                if task.report.wants_checkpoint:
                    self.asked.set()
                task.report.check()
            number += 1
            self.counted.append(number)
            path = task.workdir / f"count-{number}"
            path.write_text(str(number))
            task.report.checkpoint(path)
            task.report.step(number, WHOLE, "counting")
        path = task.workdir / "counted.txt"
        path.write_text(str(number))
        yield Finished(task.task_id, Result((Product(path, "text/plain", text=str(number)),)))


class OneOrder(Reader):
    """Gives one order."""

    def __init__(self, order: WorkOrder) -> None:
        super().__init__(NOBODY)
        self._orders = [_record(ORDER_TYPE, order)]

    async def commit(self, offsets: object) -> None:
        """It is committed."""


class Attentive(Voice):
    """Wakes whoever waits for a word of one kind."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Condition()

    async def publish(
        self, topic: str, key: str, type: str, message: Any, /, *, id: str, subject: str
    ) -> None:
        await super().publish(topic, key, type, message, id=id, subject=subject)
        async with self.news:
            self.news.notify_all()

    def checkpoints(self) -> list[LeaseRenewed]:
        return [word for word in self.said if isinstance(word, LeaseRenewed) and word.checkpoint is not None]

    async def hears(self, count: int) -> None:
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(lambda: len(self.checkpoints()) >= count)


def at_work(order: WorkOrder, engine: Counter, store: Store, folder: Path, voice: Voice) -> Worker:
    context = WorkerContext("w", Engines(lambda _: engine), store, folder, False)  # type: ignore[arg-type,return-value]
    settings = Settings(worker_slots=1, drain_s=2.0)
    return Worker("text", settings, OneOrder(order), voice, SimpleNamespace(), context)  # type: ignore[arg-type]


async def test_a_worker_that_stops_asks_for_a_checkpoint_and_the_next_attempt_goes_on_from_it(
    store: Store, tmp_path: Path
) -> None:
    engine, voice = Counter(), Attentive()
    worker = at_work(ORDER, engine, store, tmp_path, voice)
    running = asyncio.create_task(worker.run(NOBODY))
    engine.go.release()
    await voice.hears(1)
    worker.stop()
    assert await asyncio.to_thread(engine.asked.wait, 30)
    engine.go.release(2)  # what it counts now is told at once: its worker stops
    await asyncio.wait_for(running, 30)
    assert isinstance(voice.said[-1], TaskReleased)
    left = voice.checkpoints()[-1].checkpoint
    assert engine.counted == [1, 2, 3]

    later = Counter()
    later.go.release(WHOLE)
    again = ORDER.model_copy(update={"attempt": 2, "task_id": "t2", "checkpoint": left})
    second = Attentive()
    other = at_work(again, later, store, tmp_path, second)
    running = asyncio.create_task(other.run(NOBODY))
    await asyncio.wait_for(other.loop._reader.empty.wait(), 30)  # type: ignore[attr-defined]
    other.stop()
    await asyncio.wait_for(running, 30)
    assert isinstance(second.said[-1], TaskSucceeded)
    assert later.counted == [4, 5, 6]


async def test_a_checkpoint_that_is_gone_begins_the_work_anew(store: Store, tmp_path: Path) -> None:
    from tests.planning.jobs import asset

    engine, voice = Counter(), Attentive()
    engine.go.release(WHOLE)
    order = ORDER.model_copy(update={"seed": 8, "checkpoint": asset("swept away")})
    worker = at_work(order, engine, store, tmp_path, voice)
    running = asyncio.create_task(worker.run(NOBODY))
    await asyncio.wait_for(worker.loop._reader.empty.wait(), 30)  # type: ignore[attr-defined]
    worker.stop()
    await asyncio.wait_for(running, 30)
    assert engine.counted == [1, 2, 3, 4, 5, 6]
