"""The real loop, partition and reducer over a small world in memory: a log, a fenced state store, workers that answer."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

import pytest

from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.ports import Restored
from planning.job.commands import Dispatch, PublishFact, PublishProgress, Stop
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import NEXT_OFFSET, Checkpoint
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import CancelRequested, LogEvent, ReplayRequested, RequestRejected, TimerFired
from tests.planning.jobs import accepted, folded, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
END = "media.job.succeeded.v1"


class World:
    """One partition of everything. `luck` says how often a commit or a send fails, before or after it took effect."""

    def __init__(self, *, luck: float = 1.0, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.luck = luck
        self.log: list[LogEntry] = []
        self.state: dict[str, bytes] = {}
        self.next_offset: int | None = None
        self.damaged: set[str] = set()
        self.first = 0
        self.facts: list[PublishFact] = []
        self.owner = 0
        self.at_ms = 1_000
        self.reading = 0
        self.paused = True
        self.answered: deque[LogEvent] = deque()
        self.failures = 0
        self.changed = asyncio.Event()

    def append(self, event: LogEvent) -> None:
        self.at_ms += 5
        self.log.append(LogEntry(len(self.log), self.at_ms, event))

    async def ended(self, jobs: int) -> None:
        while len({t.event_id for t in self.facts if t.type == END}) < jobs:
            self.changed.clear()
            await self.changed.wait()

    def unlucky(self) -> bool:
        bad = self.random.random() >= self.luck
        self.failures += bad
        return bad

    # Log
    def assignment(self) -> tuple[int, frozenset[int]]:
        return 1, frozenset({0})

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[LogEntry]]:
        await asyncio.sleep(0)
        if self.paused or self.reading >= len(self.log):
            while self.answered:
                self.append(self.answered.popleft())
            return {}
        batch = self.log[self.reading : self.reading + self.random.randint(1, 5)]
        self.reading += len(batch)
        return {0: batch}

    def resume(self, partition: int, offset: int) -> None:
        self.reading, self.paused = offset, False

    def pause(self, partition: int) -> None:
        self.paused = True

    async def bounds(self, partition: int) -> tuple[int, int]:
        return self.first, len(self.log)

    async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
        yield self.log[self.first :]

    # StateStores
    async def open(self, partition: int) -> _StateStore:
        self.owner += 1
        return _StateStore(self, self.owner)

    # Outgoing: workers answer each order, some of them twice.
    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Stop], progress: Iterable[PublishProgress]
    ) -> None:
        for command in orders:
            self.answered.append(started(command.order))
            self.answered.append(ready(command.order))
            if self.random.random() < 0.3:
                self.answered.append(ready(command.order, worker="again"))
        if orders and self.unlucky():
            raise ConnectionError("the acknowledgement got lost")

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        for job_id, due_ms in timers:
            self.answered.append(TimerFired(job_id=job_id, due_ms=due_ms))


class _StateStore:
    def __init__(self, world: World, owner: int) -> None:
        self._world, self._owner = world, owner

    async def restore(self) -> Restored:
        return Restored(dict(self._world.state), self._world.next_offset, tuple(self._world.damaged))

    async def published_ids(self) -> set[str]:
        return {fact.event_id for fact in self._world.facts}

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        world = self._world
        assert self._owner == world.owner, "a fenced state_store wrote"
        if world.unlucky():
            if world.random.random() < 0.5:
                self._apply(states, checkpoint, facts)  # it took effect, and nobody was told
            raise ConnectionError("the outcome is unknown")
        self._apply(states, checkpoint, facts)

    async def close(self, committed: dict[str, bytes] | None = None) -> None:
        return

    def _apply(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        self._world.damaged -= states.keys()
        if NEXT_OFFSET in states:
            self._world.next_offset = None
        for key, value in states.items():
            if value is None:
                self._world.state.pop(key, None)
            else:
                self._world.state[key] = value
        if checkpoint is not None:
            self._world.next_offset = checkpoint.next_offset
        self._world.facts += facts
        self._world.changed.set()


async def coordinate(world: World, jobs: int) -> None:
    coordinator = Coordinator(
        world, world, world, now_ms=lambda: world.at_ms, commit_every_s=0.001, retry_s=0.0
    )
    running = asyncio.create_task(coordinator.run())
    async with asyncio.timeout(60):
        await world.ended(jobs)
    coordinator.stop()
    await running


async def test_every_job_ends_exactly_once() -> None:
    world = World()
    for number in range(20):
        world.append(accepted(PICTURE, key=f"k{number}"))
    await coordinate(world, 20)
    ends = [t.event_id for t in world.facts if t.type == END]
    assert len(ends) == len(set(ends)) == 20


@pytest.mark.parametrize("seed", range(12))
async def test_commits_and_sends_that_fail_halfway_lose_and_double_nothing(seed: int) -> None:
    world = World(luck=0.6, seed=seed)
    for number in range(15):
        world.append(accepted(PICTURE, key=f"k{number}"))
    await coordinate(world, 15)
    assert world.failures > 0
    told = [t.event_id for t in world.facts]
    assert len(told) == len(set(told)) == 15 * 3


async def test_a_refusal_that_was_logged_twice_is_told_once() -> None:
    world = World()
    problem = Problem(code=ErrorCode.INVALID_REQUEST, path="/kind", message="no")
    refusal = RequestRejected(request_id="r1", tenant="default", errors=(problem,))
    world.append(refusal)
    world.append(refusal)
    world.append(accepted(PICTURE))
    await coordinate(world, 1)
    assert [t.type for t in world.facts].count("media.job.rejected.v1") == 1


def test_a_replay_that_was_refused_stays_refused_when_it_comes_again() -> None:
    partition = Partition({}, 0)
    job = accepted(PICTURE)
    replay = ReplayRequested(job_id=job.job_id, request_id="r", tenant="default")
    cancel = CancelRequested(job_id=job.job_id, request_id="c", tenant="default", reason="")
    events: list[LogEvent] = [job, replay, cancel, replay]
    told = [folded(partition, LogEntry(n, 1000 + n, event))[0].facts for n, event in enumerate(events)]
    assert [[t.type for t in facts] for facts in told] == [
        ["media.job.accepted.v1"],
        ["media.job.rejected.v1"],
        ["media.job.cancelled.v1"],
        [],
    ]


async def test_a_loop_that_is_cancelled_while_it_sends_commits_nothing_of_what_it_folded() -> None:
    world = World()
    sending = asyncio.Event()

    class Hanging(World):
        async def send(
            self, orders: Sequence[Dispatch], stops: Sequence[Stop], progress: Iterable[PublishProgress]
        ) -> None:
            sending.set()
            await asyncio.Event().wait()

    world.append(accepted(PICTURE))
    running = asyncio.create_task(Coordinator(world, world, Hanging(), now_ms=lambda: world.at_ms).run())
    await sending.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.next_offset is None
    await coordinate(world, 1)
