"""A worker obeys stops, also those that come before the work does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bus.cloudevents import encode
from engines.contract import Finished, Task
from runtime.errors import EngineFailed
from runtime.process import Disobeyed
from runtime.settings import Settings
from schemas.base import Message
from schemas.log import LeaseRenewed, TaskFailed, TaskReleased, TaskStarted
from schemas.orders import ORDER_TYPE, STOP_TYPE, StopTask, WorkOrder
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines

ORDER = WorkOrder(
    job_id="00000000-0000-0000-0000-000000000001",
    run=1,
    node_id="n",
    attempt=1,
    task_id="t",
    tenant="default",
    lane="interactive",
    quality="draft",
    capability="text-generation",
    role="n",
    engine="draft-story",
    params={"prompt": "a fox"},
    seed=7,
)


class Control:
    """`media.control`, with one stop on it; it is obeyed when the worker asks for the next."""

    def __init__(self, stop: StopTask) -> None:
        self.send, self.obeyed = asyncio.Event(), asyncio.Event()
        self._stop: StopTask | None = stop

    def __aiter__(self) -> Control:
        return self

    async def __anext__(self) -> Any:
        if self._stop is None:
            self.obeyed.set()
            await asyncio.Event().wait()
        await self.send.wait()
        record, self._stop = _record(STOP_TYPE, self._stop), None
        return record


class Silence(Control):
    """`media.control`, with nothing on it."""

    def __init__(self) -> None:
        super().__init__(StopTask(job_id=ORDER.job_id, run=1, reason="never sent"))

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()


NOBODY = Silence()


class Reader:
    """Gives one order; between its claim and its begin, while the offset is committed, the stop arrives."""

    connected, last_poll_age_s, assignment = True, 0.0, ()

    def __init__(self, control: Control) -> None:
        self.empty = asyncio.Event()
        self._control = control
        self._orders = [_record(ORDER_TYPE, ORDER)]

    async def connect(self) -> None:
        """Join."""

    async def disconnect(self) -> None:
        """Leave."""

    async def poll(self, most: int) -> list[Any]:
        if not self._orders:
            self.empty.set()
            await asyncio.Event().wait()
        return [self._orders.pop()]

    async def commit(self, offsets: object) -> None:
        self._control.send.set()
        await self._control.obeyed.wait()

    async def idle(self) -> None:
        await asyncio.sleep(0)

    def wake(self) -> None:
        """Nothing waits."""


class Voice:
    """Notes what a worker says."""

    def __init__(self) -> None:
        self.said: list[Message] = []

    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> None:
        if topic.endswith(".log"):
            self.said.append(message)

    async def publish_record(self, topic: str, key: str, value: bytes | None, headers: Any, /) -> None:
        """Nobody listens."""


class NeverAsked:
    """An engine that no order may reach."""

    def load(self, device: str) -> None:
        raise AssertionError("loaded for work that nobody wants")

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        raise AssertionError("asked for work that nobody wants")


class EmptyStore:
    """A store that remembers nothing."""

    async def read_result_entry(self, fingerprint: str) -> None:
        return None


class SlowReader(Reader):
    """Gives its order after the stop has arrived."""

    async def poll(self, most: int) -> list[Any]:
        self._control.send.set()
        await self._control.obeyed.wait()
        return await super().poll(most)


async def test_a_stop_that_comes_between_the_claim_and_the_work_stops_the_work(tmp_path: Path) -> None:
    control = Control(StopTask(job_id=ORDER.job_id, run=1, reason="enough"))
    assert await words(control, Reader(control), tmp_path) == [TaskStarted]


async def test_an_order_of_a_run_that_was_stopped_is_left_alone(tmp_path: Path) -> None:
    control = Control(StopTask(job_id=ORDER.job_id, run=1, reason="enough"))
    assert await words(control, SlowReader(control), tmp_path) == []


async def test_an_attempt_that_was_stopped_is_handed_back_for_its_run_goes_on(tmp_path: Path) -> None:
    stop = StopTask(job_id=ORDER.job_id, run=1, node_id="n", attempt=1, reason="no longer wanted")
    control = Control(stop)
    assert await words(control, SlowReader(control), tmp_path) == [TaskReleased]


class Nobody:
    """`media.control`, on which nobody says anything."""

    def __init__(self) -> None:
        self.send, self.obeyed = asyncio.Event(), asyncio.Event()
        self.obeyed.set()

    def __aiter__(self) -> Nobody:
        return self

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()


class GoesOn:
    """An engine that works until it was told to end, and gives nothing."""

    def __init__(self) -> None:
        self.enough = threading.Event()

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        self.enough.wait(60)
        raise EngineFailed("it was enough")


class Listening(Voice):
    """Ends the work when its lease has grown."""

    def __init__(self, engine: GoesOn, grown_s: float) -> None:
        super().__init__()
        self._engine, self._grown_s = engine, grown_s

    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> None:
        await super().publish(topic, key, type, message, id=id, subject=subject)
        if isinstance(message, LeaseRenewed) and message.lease_s >= self._grown_s:
            self._engine.enough.set()


async def test_the_lease_of_an_attempt_grows_with_its_age_and_every_word_says_how_long_it_is(
    tmp_path: Path,
) -> None:
    control, engine = Nobody(), GoesOn()
    voice = Listening(engine, grown_s=1.2)
    context: Any = WorkerContext("w", Engines(lambda _: engine), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    reader: Any = Reader(control)  # type: ignore[arg-type]
    settings = Settings(worker_slots=1, lease_s=0.6)
    worker = Worker("text", settings, reader, voice, SimpleNamespace(), context)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run(control))
    async with asyncio.timeout(60):
        await reader.empty.wait()
        worker.loop.stop()
        await running
    leases = [word.lease_s for word in voice.said if isinstance(word, TaskStarted | LeaseRenewed)]
    assert leases[0] == 0.6
    assert leases == sorted(leases)
    assert leases[-1] == 1.2
    assert [type(word) for word in voice.said][-1] is TaskFailed


class Obedient:
    """An engine that works until it hears that it shall stop."""

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        while True:
            tasks[0].report.step(0, 1, "working")
            threading.Event().wait(0.02)


class LateReader(Reader):
    """Gives one order that its job's deadline leaves a tenth of a second for; nobody ever tells to stop it."""

    def __init__(self) -> None:
        super().__init__(NOBODY)
        late = ORDER.model_copy(update={"deadline_ms": 1_100})
        self._orders = [_record(ORDER_TYPE, late, timestamp=1_000)]

    async def commit(self, offsets: object) -> None:
        """It is committed."""


async def test_a_worker_stops_what_takes_too_long_by_itself_and_says_so(tmp_path: Path) -> None:
    reader, voice = LateReader(), Voice()
    context: Any = WorkerContext("w", Engines(lambda _: Obedient()), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    worker = Worker("text", Settings(worker_slots=1), reader, voice, SimpleNamespace(), context)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run(NOBODY))
    await asyncio.wait_for(reader.empty.wait(), 20)  # the order's slot is free again
    worker.loop.stop()
    await running
    assert [type(word) for word in voice.said] == [TaskStarted, TaskFailed]
    failed = voice.said[1]
    assert isinstance(failed, TaskFailed)
    assert (failed.code, failed.retryable) == ("timeout", True)


async def test_an_attempt_that_does_not_come_back_is_told_with_all_beside_it_and_the_worker_ends(
    tmp_path: Path,
) -> None:
    class Deaf(Obedient):
        def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
            release.wait()
            return iter(())

    release = threading.Event()
    reader, voice, leaving = LateReader(), Voice(), []
    context: Any = WorkerContext("w", Engines(lambda _: Deaf()), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    settings = Settings(worker_slots=1, obey_s=0.5)
    worker = Worker("text", settings, reader, voice, SimpleNamespace(), context, leaving.append)  # type: ignore[arg-type]
    try:
        with pytest.raises(Disobeyed):
            await asyncio.wait_for(worker.run(NOBODY), 20)
    finally:
        release.set()
    assert len(leaving) == 1
    # That it took too long is a failure like another: whoever folds the log counts it.
    assert [type(word) for word in voice.said] == [TaskStarted, TaskFailed]


async def test_a_worker_that_hears_no_stops_any_more_ends(tmp_path: Path) -> None:
    class Broken(Control):
        async def __anext__(self) -> Any:
            raise OSError("the topic cannot be read")

    class Idle(Reader):
        async def poll(self, most: int) -> list[Any]:
            return await asyncio.Event().wait()  # type: ignore[return-value]  # it never ends

    broken = Broken(StopTask(job_id=ORDER.job_id, run=1, reason="enough"))
    context: Any = WorkerContext("w", Engines(lambda _: NeverAsked()), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    worker = Worker("text", Settings(), Idle(broken), Voice(), SimpleNamespace(), context)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="cannot be read"):
        await asyncio.wait_for(worker.run(broken), 20)


async def words(control: Control, reader: Any, folder: Path) -> list[type[Message]]:
    """Return what a worker told the log about the order."""
    voice = Voice()
    context: Any = WorkerContext("w", Engines(lambda _: NeverAsked()), EmptyStore(), folder, False)  # type: ignore[arg-type]
    worker = Worker("text", Settings(worker_slots=1), reader, voice, SimpleNamespace(), context)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run(control))
    await reader.empty.wait()  # the order's slot is free again
    worker.loop.stop()
    await running
    return [type(word) for word in voice.said]


def _record(type: str, message: Message, *, timestamp: int = 0) -> Any:
    value, headers = encode(type, message.to_bytes(), id="id", source="/test")
    return SimpleNamespace(
        topic="t", partition=0, offset=0, timestamp=timestamp, key=b"k", value=value, headers=headers
    )
