"""A restore that takes long stops nobody: the other partitions go on, the group stays, and a cut leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.ports import Restored, StateStore
from planning.job.commands import Dispatch, PublishFact, PublishProgress, Stop
from planning.partition.partition import LogEntry
from planning.partition.records import Checkpoint, StateUnreadable
from schemas.log import LogEvent
from tests.consumers.assembly.coordinator.test_loop import END, PICTURE, World
from tests.planning.jobs import History, accepted, orders, started

WITHIN_S = 30.0


class Worlds:
    """Several partitions of the world of `test_loop`; reading the state of one may be held up at a gate."""

    def __init__(self, count: int = 2) -> None:
        self.of = {number: World(seed=number) for number in range(count)}
        self.generation = 1
        self.assigned = frozenset(self.of)
        self.slow: dict[int, asyncio.Event] = {}
        self.reading: set[int] = set()
        self.polls = 0
        self.opened: list[int] = []
        self.closed: list[int] = []
        self.commits: list[int] = []
        self.fired: list[int] = []
        self.busy_closing = 0.0
        self.orders_lost = False

    def deal(self, *partitions: int) -> None:
        """The group gives these partitions to this process."""
        self.generation += 1
        self.assigned = frozenset(partitions)

    def append(self, number: int, event: LogEvent) -> None:
        self.of[number].append(event)

    def ended(self, number: int) -> int:
        return len({t.event_id for t in self.of[number].facts if t.type == END})

    # Log
    def assignment(self) -> tuple[int, frozenset[int]]:
        return self.generation, self.assigned

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[LogEntry]]:
        self.polls += 1
        found = {number: await self.of[number].poll(timeout_s) for number in sorted(self.assigned)}
        return {number: batch[0] for number, batch in found.items() if batch}

    def resume(self, partition: int, offset: int) -> None:
        self.of[partition].resume(0, offset)

    def pause(self, partition: int) -> None:
        self.of[partition].pause(0)

    async def bounds(self, partition: int) -> tuple[int, int]:
        return await self.of[partition].bounds(0)

    async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
        log = self.of[partition].log
        for start in range(0, len(log), 20):
            yield log[start : start + 20]

    # StateStores
    async def open(self, partition: int) -> StateStore:
        self.opened.append(partition)
        return _Watched(self, partition, await self.of[partition].open(0))

    # Outgoing
    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Stop], progress: Iterable[PublishProgress]
    ) -> None:
        if self.orders_lost:
            return
        for world in self.of.values():
            jobs = {logged.event.job_id for logged in world.log if hasattr(logged.event, "job_id")}
            await world.send([o for o in orders if o.order.job_id in jobs], [], [])

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        self.fired += [due_ms for _, due_ms in timers]


class _Watched:
    """A state store of one of the worlds."""

    def __init__(self, worlds: Worlds, number: int, state_store: StateStore) -> None:
        self._worlds, self._number, self._state_store = worlds, number, state_store

    async def restore(self) -> Restored:
        if self._number in self._worlds.slow:
            self._worlds.reading.add(self._number)
            try:
                await self._worlds.slow[self._number].wait()
            finally:
                self._worlds.reading.discard(self._number)
        return await self._state_store.restore()

    async def published_ids(self) -> set[str]:
        return await self._state_store.published_ids()

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        self._worlds.commits.append(self._number)
        await self._state_store.commit(states, checkpoint, facts)

    async def close(self, committed: dict[str, bytes] | None = None) -> None:
        await asyncio.sleep(self._worlds.busy_closing)
        self._worlds.closed.append(self._number)


@asynccontextmanager
async def coordinated(worlds: Worlds) -> AsyncIterator[Coordinator]:
    """A coordinator over these worlds; what it leaves behind at its end is an error."""
    before = asyncio.all_tasks()
    coordinator = Coordinator(
        worlds,
        worlds,
        worlds,
        now_ms=lambda: max(world.at_ms for world in worlds.of.values()),
        commit_every_s=0.001,
        retry_s=0.0,
    )
    running = asyncio.create_task(coordinator.run())
    async with asyncio.timeout(WITHIN_S):
        yield coordinator
        coordinator.stop()
        await running
    assert asyncio.all_tasks() == before
    assert sorted(worlds.opened) == sorted(worlds.closed)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # the fakes have no word for it
        await asyncio.sleep(0.001)


async def test_a_slow_restore_stops_neither_the_events_nor_the_timers_of_another_partition() -> None:
    worlds = Worlds()
    gate = worlds.slow[0] = asyncio.Event()
    for number in range(5):
        worlds.append(0, accepted(PICTURE, key=f"slow {number}"))
        worlds.append(1, accepted(PICTURE, key=f"quick {number}"))
    async with coordinated(worlds):
        await until(lambda: worlds.ended(1) == 5)
        worlds.orders_lost = True
        silent = accepted(PICTURE, key="silent")
        worlds.append(1, silent)
        (order,) = orders(History().add(silent))
        worlds.append(1, started(order))
        worlds.of[1].at_ms += 60_000
        await until(lambda: bool(worlds.fired))
        assert worlds.reading == {0}
        assert 0 not in worlds.commits
        worlds.orders_lost = False
        gate.set()
        await until(lambda: worlds.ended(0) == 5)
    assert worlds.opened.count(0) == 1


async def test_a_process_whose_every_partition_restores_goes_on_polling() -> None:
    worlds = Worlds()
    gate = asyncio.Event()
    worlds.slow = {0: gate, 1: gate}
    async with coordinated(worlds) as coordinator:
        await until(lambda: worlds.reading == {0, 1})
        polls = worlds.polls
        await until(lambda: worlds.polls > polls + 20)
        assert not coordinator.ready
        gate.set()
        await until(lambda: coordinator.ready)


async def test_a_rebalance_cuts_a_restore_off_and_only_when_its_writer_is_closed_another_begins() -> None:
    worlds = Worlds()
    worlds.slow[0] = asyncio.Event()
    worlds.busy_closing = 0.02
    worlds.append(0, accepted(PICTURE, key="a"))
    async with coordinated(worlds):
        await until(lambda: worlds.reading == {0})
        worlds.deal(0)
        worlds.deal(0, 1)
        del worlds.slow[0]
        await until(lambda: worlds.ended(0) == 1)
        assert worlds.closed[0] in {0, 1}
        assert worlds.closed.count(0) == worlds.opened.count(0) - 1


async def test_a_partition_that_was_taken_away_while_it_was_restored_is_not_owned() -> None:
    worlds = Worlds()
    gate = worlds.slow[0] = asyncio.Event()
    async with coordinated(worlds) as coordinator:
        await until(lambda: worlds.reading == {0} and worlds.opened.count(1) == 1)
        worlds.deal(1)
        gate.set()  # in the same moment
        await until(lambda: coordinator.ready)
        await until(lambda: worlds.closed.count(0) == 1)
        worlds.append(0, accepted(PICTURE, key="a"))
        worlds.append(1, accepted(PICTURE, key="b"))
        await until(lambda: worlds.ended(1) == 1)
    assert 0 not in worlds.commits


async def test_a_stop_while_a_partition_is_restored_commits_nothing_of_it_and_ends_at_once() -> None:
    worlds = Worlds()
    worlds.slow[0] = asyncio.Event()
    worlds.append(0, accepted(PICTURE, key="a"))
    worlds.append(1, accepted(PICTURE, key="b"))
    async with coordinated(worlds):
        await until(lambda: worlds.reading == {0} and worlds.ended(1) == 1)
    assert 0 not in worlds.commits


async def test_a_loop_that_is_cancelled_cancels_what_it_restores() -> None:
    worlds = Worlds()
    worlds.slow[0] = asyncio.Event()
    running = asyncio.create_task(Coordinator(worlds, worlds, worlds).run())
    async with asyncio.timeout(WITHIN_S):
        await until(lambda: worlds.reading == {0})
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert sorted(worlds.closed) == sorted(worlds.opened)


async def test_a_rebuild_of_many_events_gives_every_other_partition_its_turn() -> None:
    worlds = Worlds()
    for number in range(1500):
        worlds.append(0, accepted(PICTURE, key=f"old {number}"))
    worlds.of[0].damaged = {"offset"}
    polls_at_first_event = []

    class Noting(Worlds):
        async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
            async for events in super().history(partition):
                polls_at_first_event.append(self.polls)
                yield events

    noting = Noting()
    noting.of, noting.orders_lost = worlds.of, True
    async with coordinated(noting):
        await until(lambda: 0 in noting.commits)
    polled_meanwhile = polls_at_first_event[-1] - polls_at_first_event[0]
    assert polled_meanwhile >= 10


async def test_a_rebuild_that_fails_in_the_middle_begins_again_and_stops_nobody() -> None:
    worlds = Worlds()
    worlds.append(0, accepted(PICTURE, key="a"))
    worlds.append(1, accepted(PICTURE, key="b"))
    failures = 3

    class Failing(Worlds):
        async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
            nonlocal failures
            failures -= 1
            async for events in super().history(partition):
                yield events
                if failures >= 0:
                    raise StateUnreadable("again")

    failing = Failing()
    failing.of = worlds.of
    failing.of[0].damaged = {"offset"}
    async with coordinated(failing):
        await until(lambda: failing.ended(0) == 1 and failing.ended(1) == 1)
    assert failures < 0
