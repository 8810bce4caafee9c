"""How the coordinator reads its log: through a consumer group, with the offsets kept in `media.state`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from bus.assignment import AssignmentNotes
from bus.batch import Batch
from bus.circuit_breaker import CircuitBreakers, is_of_another_version
from bus.cloudevents import decode
from bus.connections import build_consumer, forget, start_consumer, stop_consumer, unreachable
from bus.dead_letters import GivesUp
from bus.paused_partitions import PausedPartitions
from bus.tail import read_all
from bus.unreadable import DlqReason, Unreadable
from consumers.assembly.coordinator.trail import Trail
from planning.partition.partition import LogEntry
from runtime.kafka_connection import Brokers
from schemas.log import LOG_TYPES, LogEvent
from schemas.topics import topic

GROUP = "coordinator"
BATCH_RECORDS = 300
HISTORY_RECORDS = 20
"""So many old events are decoded at a time: about a millisecond, for others work meanwhile."""
MAX_POLL_INTERVAL_S = 300.0
"""Who does not poll for so long leaves the group. A poll waits for sends and commits, which have deadlines of seconds,
and never for a restore: a loop that stands longer is stuck, and others shall have its partitions."""
REBALANCE_LONGEST_S = 40.0
"""A rebalance keeps a poll waiting, for 15 s at most; after this it does not come back."""


class KafkaLog:
    """`media.log` read through a consumer group; the offsets live in `media.state`, not in the group."""

    def __init__(
        self,
        bootstrap: Brokers,
        prefix: str,
        dead: GivesUp,
        breakers: CircuitBreakers,
        *,
        trail: Trail | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "log")
        self._dead = dead
        self._breakers = breakers
        self._trail = trail or Trail()
        self._paused = PausedPartitions(breakers, partial(is_of_another_version, read=_event))
        self._read_on: set[TopicPartition] = set()
        self._consumer: AIOKafkaConsumer = build_consumer(
            bootstrap=bootstrap,
            group_id=f"{prefix}-{GROUP}",
            auto_offset_reset="earliest",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1000,
            rebalance_timeout_ms=15_000,
            max_poll_interval_ms=int(MAX_POLL_INTERVAL_S * 1000),
        )
        self._assigned: frozenset[int] = frozenset()
        self._generation = 0

    async def start(self) -> None:
        """Join the group."""
        self._consumer.subscribe([self._topic], listener=AssignmentNotes(self))
        await start_consumer(self._consumer, self._bootstrap)

    async def stop(self) -> None:
        """Leave the group."""
        await stop_consumer(self._consumer)

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation and the partitions of the newest assignment."""
        return self._generation, self._assigned

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[LogEntry]]:
        """Return the next events by partition; unreadable records go to the dead letters."""
        self._trail.end()
        # getmany is never cancelled: aiokafka would believe for ever that a poll is pending.
        polling = asyncio.ensure_future(
            self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=BATCH_RECORDS)
        )
        await asyncio.wait([polling], timeout=timeout_s + REBALANCE_LONGEST_S)
        if not polling.done():
            polling.add_done_callback(forget)  # a stopped consumer ends it
            raise unreachable(self._bootstrap)
        try:
            found = polling.result()
        except KafkaError as error:
            raise unreachable(self._bootstrap, error) from error  # the process begins again with a new member
        wanted = self._read_on & self._consumer.assignment()
        found = self._paused.sift(self._consumer, found, wanted)
        return {place.partition: await self._read(place, records) for place, records in found.items()}

    @property
    def lag(self) -> int:
        """How many records of the partitions that are read lie behind what was polled, as far as it is known."""
        behind = 0
        for place in self._read_on & self._consumer.assignment():
            state = self._consumer._subscription.subscription.assignment.state_value(place)
            if state.has_valid_position and state.highwater is not None:
                behind += max(state.highwater - state.position, 0)
        return behind

    def resume(self, partition: int, offset: int) -> None:
        """Read on from this offset, now or when the partition has rested."""
        place = TopicPartition(self._topic, partition)
        if place not in self._consumer.assignment():
            return
        self._read_on.add(place)
        if self._paused.is_paused(place):
            self._paused.hold(self._consumer, place, offset)
        else:
            self._consumer.seek(place, offset)
            self._consumer.resume(place)

    def pause(self, partition: int) -> None:
        """Read no more of this partition."""
        place = TopicPartition(self._topic, partition)
        self._read_on.discard(place)
        if place in self._consumer.assignment():
            self._consumer.pause(place)

    def assigned(self, places: Iterable[TopicPartition]) -> None:
        """Take note of an assignment; its partitions are paused until their state is restored."""
        places = list(places)
        self._consumer.pause(*places)
        self._read_on.clear()
        self._assigned = frozenset(place.partition for place in places)
        self._generation += 1

    def revoked(self) -> None:
        """Take note that nothing is ours any more."""
        self._assigned = frozenset()
        self._generation += 1

    async def bounds(self, partition: int) -> tuple[int, int]:
        """Return the first offset that the log still has, and the one after its last."""
        place = TopicPartition(self._topic, partition)
        try:
            first = await self._consumer.beginning_offsets([place])
            end = await self._consumer.end_offsets([place])
        except KafkaError as error:
            raise unreachable(self._bootstrap, error) from error
        return first[place], end[place]

    async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
        """Yield all events up to the end; what is unreadable became a dead letter when it was new."""
        records_of = read_all(
            self._bootstrap, self._topic, partition, isolation="read_uncommitted", at_once=HISTORY_RECORDS
        )
        async with aclosing(records_of):
            async for records in records_of:
                yield [
                    LogEntry(record.offset, record.timestamp, _event_or_none(record)) for record in records
                ]

    async def _read(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> list[LogEntry]:
        batch = Batch(self._breakers)
        found: list[LogEntry] = []
        for record in records:
            event = None
            try:
                event = _event(record)
            except Unreadable as error:
                batch.unreadable(record, error)
            else:
                batch.passed(record)
                self._trail.begin(record, event)
            found.append(LogEntry(record.offset, record.timestamp, event))
        settled = batch.settle()
        await asyncio.gather(
            *(self._dead.give_up(each.record, each.reason, each.detail) for each in settled.given_up)
        )
        if place not in settled.held:
            return found
        # What comes after the first record that we cannot read waits, for events have an order.
        self._paused.hold(self._consumer, place, settled.held[place])
        return [logged for logged in found if logged.offset < settled.held[place]]


def _event(record: ConsumerRecord) -> LogEvent:
    event = decode(record, types=LOG_TYPES.keys())
    try:
        return cast("LogEvent", LOG_TYPES[event.type].model_validate_json(record.value or b""))
    except ValidationError as error:
        wrong = f"{error.error_count()} fields are wrong"
        raise Unreadable(DlqReason.INVALID_MESSAGE, wrong) from None


def _event_or_none(record: ConsumerRecord) -> LogEvent | None:
    try:
        return _event(record)
    except Unreadable:
        return None
