"""Workers that are real: loop, lane reader, worker, work and store of production, in processes that die."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bus.cloudevents import Event, Headers, Record, encode
from bus.lanes import LaneReader
from bus.unreadable import DlqReason
from catalog.models import MODELS, model
from consumers.assembly.coordinator.outgoing import KafkaOutgoing
from planning.job.commands import Dispatch, Stop
from runtime.errors import BusUnreachable
from runtime.process import GRACE_AFTER_DRAIN_S, LEAVE_WITHIN_S, RECONNECT_S, Disobeyed
from runtime.settings import Settings
from schemas.base import Message
from schemas.log import TaskEvent
from schemas.orders import StopTask, WorkOrder
from schemas.topics import tasks_topics, topics
from tests.simulation.away_engine import AwayEngine
from tests.simulation.clock import OWNER, wake
from tests.simulation.engine import SimulatedEngine, measured
from tests.simulation.hosts import Hosting, HostLuck, SimulatedHosts, unwanted
from tests.simulation.life import Life
from tests.simulation.pools import SimulatedOffering
from tests.simulation.process import Crashed
from tests.simulation.store import Bucket, store_of
from tests.simulation.strangers import row_of
from tests.simulation.tasks import SimulatedConsumer, TaskGroup, TaskRecord
from tests.simulation.worker_oracle import Watch
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines
from worker.obedience import Attempt
from worker.threads import EngineThreads

if TYPE_CHECKING:
    from tests.simulation.world import World

PREFIX = "media"
LOOK_EVERY_S = 0.4
PARTITIONS = {spec.name: spec.partitions for spec in topics(PREFIX)}

_DRAFTS = tuple(row.name for row in MODELS if row.family == "draft")
"""Schedules stay as they are when the catalogue grows."""


class RealWorkers:
    """All workers of the world, their store, and the topics between them and the coordinators."""

    def __init__(self, world: World) -> None:
        self._world, self._loop, self._luck, self._draw = world, world.loop, world.luck, world.draw
        self.bucket = Bucket(world.loop, world.luck, world.draw)
        self.watch = Watch(world, self.bucket)
        self.hosting = Hosting.of(world.luck.plan) if world.strangers is None else None
        self.host_luck = HostLuck(world)
        self._desk = _Desk()
        self._outgoing = KafkaOutgoing(self._desk, PREFIX)  # type: ignore[arg-type]  # a publisher that only notes
        self._groups: dict[str, TaskGroup] = {}
        self._processes: list[WorkerProcess] = []
        self._born = 0
        self._under_way = 0
        self._closing = False

    @property
    def busy(self) -> int:
        """How much there is still to do."""
        unread = sum(group.unread() for group in self._groups.values())
        return self._under_way + unread + sum(process.busy for process in self._processes)

    def order(self, order: WorkOrder, late_s: float) -> None:
        """Put an order on the topic and partition that the real sender chooses."""
        self.watch.ordered(order)
        _now(self._outgoing.send([Dispatch(order)], [], []))
        for sent in self._desk.take():
            self.later(late_s + self._draw.random() * 0.01, self._append, *sent)

    def stop(self, stop: StopTask, late_s: float) -> None:
        """Tell every worker that lives now to stop something."""
        _now(self._outgoing.send([], [Stop(stop)], []))
        for topic, partition, value, headers in self._desk.take():
            record = TaskRecord(topic, partition, 0, value, headers)
            for process in self._processes:
                if not self._luck.bad("stop_lost", 0.05):
                    self.later(late_s + self._draw.random() * 0.02, process.control.put, record, stop)

    def close(self) -> None:
        """Let no process go on."""
        self._closing = True
        for process in list(self._processes):
            process.life.end()

    def gone(self, process: WorkerProcess) -> None:
        """A worker ended: whoever looks after it starts another."""
        if process in self._processes:
            self._processes.remove(process)
            if not self._closing:
                self._loop.after(self._draw.uniform(0.2, 3.0), self._start, process.modality)

    def verdict(self) -> None:
        """Judge what can only be judged at the end."""
        for process in self._processes:
            if not process.life.dead:
                self.watch.rests(process)
        self.watch.verdict()

    def _append(self, topic: str, partition: int, value: bytes, headers: Headers) -> None:
        modality = topic.split(".")[-2]
        group = self._groups.get(modality)
        if group is None:
            if not self._groups:
                self._look()
                self._loop.after(self._draw.uniform(0.0, 3.0), self._disturb)
            lanes = {lane: PARTITIONS[lane] for lane in tasks_topics(PREFIX, modality)}
            group = self._groups[modality] = TaskGroup(
                lanes, self._loop, self._luck, self._draw, self._passed
            )
            for _ in range(self._draw.choice((1, 1, 2, 3))):
                self._start(modality)
        group.append(topic, partition, value, headers)

    def _passed(self, member: SimulatedConsumer, task_id: str) -> None:
        """A worker commits an offset behind an order."""
        for process in self._processes:
            if process.member is member:
                self.watch.passes(process, task_id)

    def _start(self, modality: str) -> None:
        if not self._closing:
            self._born += 1
            group = self._groups[modality]
            self._processes.append(WorkerProcess(self._world, self, group, modality, self._born))

    def _disturb(self) -> None:
        """What happens to workers from outside, now and then."""
        if self._closing or self._luck.left <= 0:
            return
        if self._processes:
            process = self._draw.choice(self._processes)
            if self._luck.bad("worker_stop", 0.3):
                process.ask_to_stop()
            elif self._luck.bad("worker_crash", 0.1):
                process.life.end()
            elif self._luck.bad("worker_pause", 0.1):
                process.life.stand_still(self._draw.uniform(0.5, 20.0))
            if self.hosting is not None and self.host_luck.bad("engine_unwanted", 0.3):
                process.control.put(unwanted(self._draw.choice(_DRAFTS), PREFIX), None)
            if self._luck.bad("worker_shuffle", 0.2):
                self._groups[process.modality].rebalance()
            if self._luck.bad("worker_joins", 0.1) and len(self._processes) < 8:
                self._start(process.modality)
        if self._luck.bad("store_away", 0.05):
            self.bucket.go_away()
        self._loop.after(self._draw.uniform(0.2, 3.0), self._disturb)

    def _look(self) -> None:
        if not self._closing:
            self._world.look()
            self._loop.after(LOOK_EVERY_S, self._look)

    def later(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        """Do something that the world must wait for."""
        self._under_way += 1
        self._loop.after(delay_s, self._do, action, arguments)

    def _do(self, action: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._under_way -= 1
        action(*arguments)


class WorkerProcess:
    """One incarnation of a worker process; it is the publisher and the dead letters of its worker."""

    def __init__(
        self, world: World, workers: RealWorkers, group: TaskGroup, modality: str, number: int
    ) -> None:
        self.world, self.watch, self.modality = world, workers.watch, modality
        self.worker_id = f"{modality}-{number}"
        self.slots = world.draw.choice((1, 1, 2, 3, 4))
        self.heard: list[tuple[float, StopTask]] = []
        self.asked_to_stop_s: float | None = None
        self.life = Life(world.loop, world.luck, world.draw, self._silent)
        self.control = _Control(self)
        self._workers, self._group, self._loop, self._luck = workers, group, world.loop, world.luck
        self.member: SimulatedConsumer | None = None
        settings = _settings(self.slots)
        self._drain_s = settings.drain_s
        strangers = world.strangers
        engine = SimulatedEngine(self) if strangers is None else AwayEngine(self, strangers)
        self._threads = EngineThreads(self.slots)
        self.leaves = False
        self.hosts: SimulatedHosts | None = None
        if workers.hosting is not None:
            self.hosts = SimulatedHosts(self, workers.hosting, workers.host_luck)
        context = WorkerContext(
            self.worker_id,
            Engines(build=lambda _: engine),
            store_of(workers.bucket, self.life),
            _scratch() / f"{os.getpid()}",
            memo_across_tenants=False,
            measure=measured,
            tidy=_nothing,
            threads=self._threads,
            offering=SimulatedOffering(self._luck),
            find=model if strangers is None else row_of,
            now_ms=lambda: world.loop.now_ms,
            hosts=self.hosts,
        )
        reader = LaneReader("", modality, tasks_topics(PREFIX, modality), build=self._consumer)
        self._worker = Worker(modality, settings, reader, self, self, context, self._leaves)
        context = copy_context()
        context.run(OWNER.set, self.life)
        self._task: asyncio.Task[None] = context.run(self._loop.create_task, self._run())
        self._task.add_done_callback(self._ended)

    @property
    def in_flight(self) -> list[Event]:
        """The orders that it runs."""
        return self._worker.loop.in_flight

    @property
    def threads_at_work(self) -> int:
        """How many threads of its engines have not come back."""
        return self._loop.at_work[self._threads._pool]

    @property
    def busy(self) -> bool:
        """Whether it has orders in hand."""
        return bool(self.in_flight) or self.admitting

    @property
    def admitting(self) -> bool:
        """Whether it claims orders now."""
        return self._worker.loop._admitting

    def ask_to_stop(self) -> None:
        """Let the worker end in order, as after SIGTERM."""
        if self.asked_to_stop_s is None:
            self.asked_to_stop_s, self.leaves = self._loop.time(), True
            self._loop.after(self._drain_s + GRACE_AFTER_DRAIN_S, self._give_up)
            self._worker.stop()

    # What the worker says.
    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> None:
        if not isinstance(message, TaskEvent):
            self.life.alive()
            return  # progress, and what it can take: nobody depends on them
        await self.life.reach()
        self.world.sizes.check("log", [(subject, message)])
        if self._luck.bad("publish_fails", 0.03):
            self.watch.in_doubt(self, message)
            await self._loop.sleep(self.world.draw.choice((0.1, 1.0, 10.0)))
            self.life.alive()
            raise BusUnreachable("not acknowledged")
        self.watch.told(self, message)
        self.world.append(message)  # type: ignore[arg-type]  # every task event is a log event
        if self._luck.bad("log_twice", 0.02):
            self._workers.later(self.world.draw.uniform(0.0, 2.0), self.world.append, message)
        if self._luck.bad("publish_unacknowledged", 0.03):
            self.watch.in_doubt(self, message)
            raise BusUnreachable("not acknowledged")
        await self.life.reach()

    async def publish_record(self, topic: str, key: str, value: bytes | None, headers: Headers, /) -> None:
        self.life.alive()

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        self.world.violations.append(f"{self.worker_id} could not read an order: {error}")

    async def _run(self) -> None:
        try:
            while self.asked_to_stop_s is None:
                try:
                    await self._worker.run(self.control)
                except BusUnreachable:
                    await self._loop.sleep(RECONNECT_S)
                    self.life.alive()
        finally:
            if self.hosts is not None and not self.life.dead:
                await self.hosts.close()

    def _consumer(self, *_: object, **__: object) -> SimulatedConsumer:
        self.member = SimulatedConsumer(self._group, self.life, self._loop, self._luck)
        return self.member

    def _silent(self) -> None:
        if self.member is not None:
            self._group.fall_silent(self.member)
        if self.life.dead:
            if self.hosts is not None:
                self.hosts.machine.die()
            self._task.cancel()  # its code unwinds, and nobody hears of it
            self._workers.gone(self)

    def _give_up(self) -> None:
        if not self.life.dead and not self._task.done():
            self.watch.killed_itself(self)
            self.life.end()

    def _leaves(self, attempt: Attempt) -> None:
        self.leaves = True
        self.watch.leaves(self, attempt)
        self._loop.after(LEAVE_WITHIN_S, self.life.end)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if self.life.dead:
            return
        if isinstance(error, Disobeyed):
            self.watch.left(self)
            self.life.end()
            return
        if error is not None and not isinstance(error, Crashed):
            self.world.violations.append(f"{self.worker_id} broke: {error!r}")
        elif self.asked_to_stop_s is None:
            self.world.violations.append(f"{self.worker_id} ended, and nobody asked it to")
        else:
            self.watch.rests(self)
        self.life.end()


class _Control:
    """What a worker hears on `media.control`."""

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._records: deque[tuple[TaskRecord, StopTask | None]] = deque()
        self._news: asyncio.Future[None] | None = None

    def put(self, record: TaskRecord, stop: StopTask | None) -> None:
        self._records.append((record, stop))
        if self._news is not None:
            wake(self._news)

    def __aiter__(self) -> _Control:
        return self

    async def __anext__(self) -> TaskRecord:
        while not self._records:
            self._news = self._process.world.loop.create_future()
            await self._news
            self._process.life.alive()
        record, stop = self._records.popleft()
        if stop is not None:
            self._process.watch.hears(self._process, stop)
        return record


class _Desk:
    """The publisher of the real sender of orders: it notes where each record goes."""

    def __init__(self) -> None:
        self._sent: list[tuple[str, int, bytes, Headers]] = []

    async def send(
        self,
        topic: str,
        key: str,
        type: str,
        message: Message,
        *,
        id: str,
        subject: str,
        partition: int = 0,
        traceparent: str | None = None,
    ) -> None:
        value, headers = encode(
            type, message.to_bytes(), id=id, source="/simulated", subject=subject, time="now"
        )
        self._sent.append((topic, partition, value, headers))

    async def acknowledged(self, *_: object) -> None:
        """Everything is acknowledged at once."""

    def take(self) -> list[tuple[str, int, bytes, Headers]]:
        sent, self._sent = self._sent, []
        return sent


def _now(work: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that waits for nothing."""
    with contextlib.suppress(StopIteration):
        work.send(None)
        raise RuntimeError("it waits for something")


@lru_cache(maxsize=8)
def _settings(slots: int) -> Settings:
    return Settings(topic_prefix=PREFIX, lease_s=6.0, drain_s=8.0, worker_slots=slots)


@lru_cache(maxsize=1)
def _scratch() -> Path:
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="reelbus-simulation-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _nothing() -> None:
    """A simulated worker has no memory to give back."""
