"""How the coordinator reads its log: through a consumer group, with the offsets kept in `media.state`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from bus.cloudevents import decode
from bus.connections import build_consumer, start_consumer, stop_consumer, unreachable
from bus.dead_letters import DeadLetters
from bus.tail import read_all
from bus.unreadable import DlqReason, Unreadable
from planning.partition import Logged
from schemas.log import LOG_TYPES, LogEvent
from schemas.topics import topic

GROUP = "coordinator"
BATCH_RECORDS = 300


class KafkaLog:
    """`media.log` read through a consumer group; the offsets live in `media.state`, not in the group."""

    def __init__(self, bootstrap: str, prefix: str, dead: DeadLetters, *, session_s: float = 6.0) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "log")
        self._dead = dead
        self._consumer: AIOKafkaConsumer = build_consumer(
            bootstrap=bootstrap,
            group_id=f"{prefix}-{GROUP}",
            auto_offset_reset="earliest",
            session_timeout_ms=int(session_s * 1000),
            heartbeat_interval_ms=1000,
            rebalance_timeout_ms=15_000,
        )
        self._assigned: frozenset[int] = frozenset()
        self._generation = 0

    async def start(self) -> None:
        """Join the group."""
        self._consumer.subscribe([self._topic], listener=_Assignment(self))
        await start_consumer(self._consumer, self._bootstrap)

    async def stop(self) -> None:
        """Leave the group."""
        await stop_consumer(self._consumer)

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation and the partitions of the newest assignment."""
        return self._generation, self._assigned

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[Logged]]:
        """Return the next events by partition; unreadable records go to the dead letters."""
        # getmany is never cancelled: aiokafka would believe for ever that a poll is pending.
        try:
            found = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=BATCH_RECORDS)
        except KafkaError as error:
            raise unreachable(self._bootstrap) from error  # the process begins again with a new member
        return {place.partition: await self._read(records) for place, records in found.items() if records}

    def resume(self, partition: int, offset: int) -> None:
        """Read on from this offset."""
        place = TopicPartition(self._topic, partition)
        if place in self._consumer.assignment():
            self._consumer.seek(place, offset)
            self._consumer.resume(place)

    def pause(self, partition: int) -> None:
        """Read no more of this partition."""
        place = TopicPartition(self._topic, partition)
        if place in self._consumer.assignment():
            self._consumer.pause(place)

    def assigned(self, places: Iterable[TopicPartition]) -> None:
        """Take note of an assignment; its partitions rest until their state is restored."""
        places = list(places)
        self._consumer.pause(*places)
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
            raise unreachable(self._bootstrap) from error
        return first[place], end[place]

    async def history(self, partition: int) -> AsyncIterator[Sequence[Logged]]:
        """Yield all events up to the end; what is unreadable became a dead letter when it was new."""
        async for records in read_all(self._bootstrap, self._topic, partition, isolation="read_uncommitted"):
            yield await self._read(records, new=False)

    async def _read(self, records: Sequence[ConsumerRecord], *, new: bool = True) -> list[Logged]:
        events = []
        for record in records:
            try:
                event = decode(record, types=LOG_TYPES.keys())
                model = LOG_TYPES[event.type].model_validate_json(record.value or b"")
            except Unreadable as error:
                found, why = error.reason, error.message
            except ValidationError as error:
                found, why = DlqReason.INVALID_MESSAGE, f"{error.error_count()} fields are wrong"
            else:
                events.append(Logged(record.offset, record.timestamp, cast("LogEvent", model)))
                continue
            if new:
                await self._dead.give_up(record, found, why)
            events.append(Logged(record.offset, record.timestamp, None))
        return events


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Only takes notes: restoring inside this callback would stop the heartbeats."""

    def __init__(self, source: KafkaLog) -> None:
        self._source = source

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._source.revoked()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._source.assigned(assigned)
