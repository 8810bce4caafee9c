"""What the broker does for a group of workers: task topics, generations, committed offsets, and who may commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalStateError,
    KafkaConnectionError,
    RequestTimedOutError,
)
from aiokafka.structs import TopicPartition

from bus.cloudevents import Headers, header
from tests.simulation.clock import A_MOMENT_S, VirtualLoop, wake
from tests.simulation.group import SESSION_S
from tests.simulation.life import Life
from tests.simulation.plan import Luck

NEWS_WITHIN_S = 30.0
"""A poll may wait long for news: whatever ends it early in real life ends it here."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One record of a topic, as a consumer gets it."""

    topic: str
    partition: int
    offset: int
    value: bytes
    headers: Headers
    key: bytes | None = None
    timestamp: int = 0


class TaskGroup:
    """The classic group of one modality over its task topics; a rebalance takes everything and gives it anew."""

    def __init__(
        self,
        lanes: Mapping[str, int],
        loop: VirtualLoop,
        luck: Luck,
        draw: random.Random,
        passed: Callable[[SimulatedConsumer, str], None],
    ) -> None:
        """`passed` is told who lets which order go for good, by its task."""
        self.records: dict[TopicPartition, list[TaskRecord]] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 0
        self._places = [TopicPartition(lane, n) for lane, count in lanes.items() for n in range(count)]
        self._members: list[SimulatedConsumer] = []
        self._rebalance = 0
        self._preparing = False
        self._heard: list[SimulatedConsumer] = []
        self._loop, self._luck, self._draw = loop, luck, draw
        self._passed = passed

    def append(self, topic: str, partition: int, value: bytes, headers: Headers) -> None:
        """Put an order at the end of its partition."""
        place = TopicPartition(topic, partition)
        records = self.records.setdefault(place, [])
        records.append(TaskRecord(topic, partition, len(records), value, headers))
        for member in self._members:
            if place in member.positions:
                member.hear()

    def unread(self) -> bool:
        """Whether an order waits that nobody has taken."""
        owners = {place: m for m in self._members if not m.life.dead for place in m.positions}
        return any(
            place not in owners or owners[place].positions[place] < len(records)
            for place, records in self.records.items()
            if self.committed.get(place, 0) < len(records)
        )

    def join(self, member: SimulatedConsumer) -> None:
        """A member comes."""
        if member not in self._members:
            self._members.insert(self._draw.randint(0, len(self._members)), member)
        self.rebalance()

    def leave(self, member: SimulatedConsumer) -> None:
        """A member goes, or was silent for too long."""
        if member in self._members:
            self._members.remove(member)
            self.rebalance()

    def fall_silent(self, member: SimulatedConsumer) -> None:
        """A member that died or stands still: the group notices after the session timeout."""
        self._loop.after(SESSION_S * self._draw.uniform(0.3, 1.0), self._look_after, member)

    def rebalance(self) -> None:
        """Ask every member to join again; the generation rises when all have, and not before."""
        self._rebalance += 1
        self._preparing = True
        self._heard = []
        for member in self._members:
            late_s = self._draw.uniform(0.0, 0.3)
            if self._luck.bad("deaf", 0.05):
                late_s += self._draw.uniform(1.0, 5.0)
            self._loop.after(late_s, self._hears, member, self._rebalance)

    def commit(self, member: SimulatedConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        """Take offsets as the broker does: of a member of the present generation, also while the next is prepared."""
        if member not in self._members or member.generation != self.generation:
            raise CommitFailedError("the group has already rebalanced")
        for place, offset in offsets.items():
            for record in self.records.get(place, ())[self.committed.get(place, 0) : offset]:
                self._passed(member, header(record.headers, "ce_id"))
        self.committed.update(offsets)

    def _hears(self, member: SimulatedConsumer, rebalance: int) -> None:
        if rebalance != self._rebalance or member not in self._members or member.life.dead:
            return
        if member.life.asleep:
            self._loop.after(member.life.wakes_at_s - self._loop.time(), self._hears, member, rebalance)
            return
        member.reassigning = True
        self._heard.append(member)
        if len(self._heard) == len(self._members):
            self._complete()

    def _complete(self) -> None:
        self._preparing = False
        self.generation += 1
        for number, member in enumerate(self._members):
            given = self._places[number :: len(self._members)]
            self._loop.after(self._draw.uniform(0.0, 0.1), self._give, member, self.generation, given)

    def _give(self, member: SimulatedConsumer, generation: int, given: list[TopicPartition]) -> None:
        if self._preparing or generation != self.generation or member.life.dead:
            return
        if member.life.asleep:
            self._loop.after(
                member.life.wakes_at_s - self._loop.time(), self._give, member, generation, given
            )
            return
        member.assigned(generation, {place: self.committed.get(place, 0) for place in given})

    def _look_after(self, member: SimulatedConsumer) -> None:
        if member.life.dead or member.life.asleep:
            self.leave(member)
            if not member.life.dead:
                # Its next heartbeat tells it; until then it believes that everything is as before.
                late_s = self._draw.uniform(0.0, 1.0)
                self._loop.after(member.life.wakes_at_s - self._loop.time() + late_s, self._return, member)

    def _return(self, member: SimulatedConsumer) -> None:
        if not member.life.dead and not member.closed:
            member.reassigning = True
            self.join(member)


class SimulatedConsumer:
    """A member of a group, with as much of aiokafka's consumer as a `LaneReader` needs."""

    def __init__(self, group: TaskGroup, life: Life, loop: VirtualLoop, luck: Luck) -> None:
        self.life = life
        self.generation = -1
        self.positions: dict[TopicPartition, int] = {}
        self.reassigning = True
        self.closed = self._closed = False
        self._group, self._loop, self._luck = group, loop, luck
        self._news: asyncio.Future[None] | None = None
        self._client, self._fetcher = _Client(), None

    def assigned(self, generation: int, positions: dict[TopicPartition, int]) -> None:
        """Learn of an assignment: reading goes on behind the committed offsets."""
        self.generation, self.positions, self.reassigning = generation, positions, False
        self.hear()

    def hear(self) -> None:
        """Look again whether there is something to read."""
        if self._news is not None:
            wake(self._news)

    # What LaneReader asks of a consumer.
    async def start(self) -> None:
        await self.life.reach()
        if self._luck.bad("join_fails", 0.02):
            raise KafkaConnectionError("the group coordinator moves")
        self._group.join(self)

    async def stop(self) -> None:
        self.closed = self._closed = True
        self.hear()
        await self.life.reach()
        self._group.leave(self)

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    async def getmany(
        self, *places: TopicPartition, timeout_ms: int = 0, max_records: int = 500
    ) -> dict[TopicPartition, list[TaskRecord]]:
        patience_s = NEWS_WITHIN_S if timeout_ms else 0.0
        while True:
            self.life.alive()
            if self._closed:
                raise ConsumerStoppedError
            if self._luck.bad("poll_breaks", 0.0005):
                raise KafkaConnectionError("the broker is away")
            if not self.reassigning:
                found = self._take(places, max_records)
                if found or not patience_s:
                    return found
            # As aiokafka does: during a rebalance a poll waits for its end, whatever its timeout is.
            began_s = self._loop.time()
            self._news = news = self._loop.create_future()
            timer = self._loop.after(patience_s or NEWS_WITHIN_S, wake, news)
            try:
                await news
            finally:
                timer.cancel()
            if not self.reassigning and patience_s:
                patience_s -= self._loop.time() - began_s
                if patience_s < A_MOMENT_S:
                    patience_s = 0.0

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self.life.reach()
        if self._luck.bad("offset_commit_fails", 0.03):
            raise RequestTimedOutError
        if self._luck.bad("offset_commit_waits", 0.02):
            await self._loop.sleep(4.0)
            self.life.alive()
        self._group.commit(self, offsets)
        if self._luck.bad("offset_commit_unacknowledged", 0.03):
            raise RequestTimedOutError
        await self.life.reach()

    def seek(self, place: TopicPartition, offset: int) -> None:
        if place not in self.positions:
            raise IllegalStateError(f"{place} is not assigned")
        self.positions[place] = offset

    def _take(self, places: tuple[TopicPartition, ...], most: int) -> dict[TopicPartition, list[TaskRecord]]:
        found: dict[TopicPartition, list[TaskRecord]] = {}
        for place, records in self._group.records.items():
            position = self.positions.get(place)
            if position is None or position >= len(records) or (places and place not in places):
                continue
            taken = found[place] = records[position : position + most]
            self.positions[place] = position + len(taken)
            most -= len(taken)
            if not most:
                break
        return found


class _Client:
    def __init__(self) -> None:
        self._conns: dict[Any, Any] = {}
        self.cluster = SimpleNamespace(brokers=lambda: {"it": "is there"})

    async def close(self) -> None:
        """Nothing is open."""
