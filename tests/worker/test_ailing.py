"""A worker says of an engine that it fails for everybody, or cannot be loaded, and takes it back when that is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engines.contract import Finished, Task
from runtime.errors import EngineFailed
from runtime.settings import Settings
from schemas.base import Message
from schemas.codes import ErrorCode
from schemas.log import CANNOT, TaskFailed, TaskReleased, TaskSucceeded
from schemas.orders import ORDER_TYPE, WorkerAnnounced, WorkOrder
from tests.worker.test_consumer import NOBODY, ORDER, EmptyStore, Reader, Voice, _record
from worker.ailing import AILS_FOR_MS, FAILED_JOBS, Ailing
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines


def order(number: int, attempt: int = 1) -> WorkOrder:
    job_id = f"00000000-0000-0000-0000-00000000000{number}"
    return ORDER.model_copy(update={"job_id": job_id, "attempt": attempt, "task_id": f"t{number}{attempt}"})


def about(number: int) -> dict[str, Any]:
    return {"job_id": order(number).job_id, "run": 1, "node_id": "n", "attempt": 1, "worker_id": "w"}


def failed(number: int, code: ErrorCode = ErrorCode.ENGINE_FAILED) -> TaskFailed:
    return TaskFailed(**about(number), code=code, message="no", retryable=True)


def done(number: int, *, cached: bool) -> TaskSucceeded:
    return TaskSucceeded.model_construct(**about(number), cached=cached)


def test_an_engine_ails_when_it_failed_for_several_jobs_in_a_row_and_for_a_while() -> None:
    ailing = Ailing()
    for attempt in range(5):
        ailing.heard(order(1, attempt), failed(1), 0)
    assert ailing.words(0) == {}
    for number in range(2, FAILED_JOBS + 1):
        ailing.heard(order(number), failed(number), 1000)
    said = "it failed for 3 jobs in a row, at last with engine_failed"
    assert ailing.words(1000) == {"draft-story": said}
    assert ailing.words(1000 + AILS_FOR_MS) == {}


def test_what_it_made_clears_it_and_what_was_remembered_does_not() -> None:
    ailing = Ailing()
    for number in (1, 2, 3):
        ailing.heard(order(number), failed(number), 0)
    ailing.heard(order(4), done(4, cached=True), 0)
    ailing.heard(order(4), None, 0)
    ailing.heard(order(4), TaskReleased(**about(4)), 0)
    assert ailing.words(0)
    ailing.heard(order(4), done(4, cached=False), 0)
    assert ailing.words(0) == {}


def test_the_fault_of_a_request_or_of_the_store_is_no_sign() -> None:
    ailing = Ailing()
    for number, code in enumerate(
        (ErrorCode.INVALID_REQUEST, ErrorCode.MODERATION_BLOCKED, ErrorCode.STORAGE_FAILED)
    ):
        ailing.heard(order(number), failed(number, code), 0)
        ailing.heard(order(number), failed(number, ErrorCode.UNSUPPORTED), 0)
    assert ailing.words(0) == {}


def test_what_cannot_be_loaded_ails_at_once_and_all_do_where_nothing_is_taken() -> None:
    ailing = Ailing()
    lacks = TaskReleased(**about(1), reason=CANNOT, engine="draft-story", message="no module torch")
    ailing.heard(order(1), lacks, 0)
    assert ailing.words(0) == {"draft-story": "it cannot be loaded: no module torch"}
    said = Ailing().words(0, ["a partition is paused"], ("draft-scene",))
    assert said == {"draft-scene": "its worker takes no orders: a partition is paused"}
    assert Ailing().words(0, [], ("draft-scene",)) == {}


class Breaks:
    """An engine that does nothing for anybody."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        raise EngineFailed("out of order")

    def unload(self) -> None:
        """Nothing was loaded."""


class ThreeJobs(Reader):
    """Gives an order of each of three jobs."""

    def __init__(self) -> None:
        super().__init__(NOBODY)
        self._orders = [_record(ORDER_TYPE, order(number)) for number in (1, 2, 3)]

    async def commit(self, offsets: object) -> None:
        """Nothing is done with them."""


class Hears(Voice):
    """Notes what a worker announces."""

    def __init__(self) -> None:
        super().__init__()
        self.ails = asyncio.Event()

    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> None:
        await super().publish(topic, key, type, message, id=id, subject=subject)
        if isinstance(message, WorkerAnnounced) and "draft-story" in message.ailing:
            self.ails.set()


async def test_a_worker_announces_an_engine_that_fails_for_all(tmp_path: Path) -> None:
    voice = Hears()
    context: Any = WorkerContext("w", Engines(lambda _: Breaks()), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    worker = Worker("text", Settings(worker_slots=1), ThreeJobs(), voice, SimpleNamespace(), context)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run(NOBODY))
    async with asyncio.timeout(20):
        await voice.ails.wait()
    worker.loop.stop()
    await running
