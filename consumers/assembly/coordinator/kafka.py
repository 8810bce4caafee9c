"""How the coordinator's ports are done with Kafka: group assignment, fenced transactions, plain sends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, RecordMetadata, TopicPartition
from pydantic import ValidationError

from bus.batch import Batch
from bus.brake import Brakes, of_another_version
from bus.cloudevents import decode, encode
from bus.connections import build_consumer, start_consumer, stop_consumer, unreachable
from bus.dead_letters import GivesUp
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.resting import Resting
from bus.tail import read_all
from bus.transactions import Outgoing as Record
from bus.transactions import PartitionWriter
from bus.unreadable import DlqReason, Unreadable
from consumers.assembly.coordinator.partition import NEXT_OFFSET, Logged
from consumers.assembly.coordinator.ports import Ledger
from planning.commands import Dispatch, Show, Stop, Tell
from runtime.telemetry import get_logger
from schemas.capabilities import MODALITY, Capability
from schemas.facts import EVENT_TOPICS
from schemas.identity import event_id
from schemas.log import LOG_TYPES, LogEvent, TimerFired, log_type
from schemas.orders import ORDER_TYPE, STOP_TYPE
from schemas.topics import topic, topics

GROUP = "coordinator"
SOURCE = "/reelbus/coordinator"
BATCH_RECORDS = 300

log = get_logger(__name__)


class KafkaLog:
    """`media.log` read through a consumer group; the offsets live in `media.state`, not in the group."""

    def __init__(
        self, bootstrap: str, prefix: str, dead: GivesUp, brakes: Brakes, *, session_s: float = 6.0
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "log")
        self._dead = dead
        self._brakes = brakes
        self._resting = Resting(brakes, _is_of_another_version)
        self._read_on: set[TopicPartition] = set()
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
        wanted = self._read_on & self._consumer.assignment()
        found = self._resting.sift(self._consumer, found, wanted)
        return {place.partition: await self._read(place, records) for place, records in found.items()}

    def resume(self, partition: int, offset: int) -> None:
        """Read on from this offset, now or when the partition has rested."""
        place = TopicPartition(self._topic, partition)
        if place not in self._consumer.assignment():
            return
        self._read_on.add(place)
        if self._resting.engaged(place):
            self._resting.hold(self._consumer, place, offset)
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
        """Take note of an assignment; its partitions rest until their state is restored."""
        places = list(places)
        self._consumer.pause(*places)
        self._read_on.clear()
        self._assigned = frozenset(place.partition for place in places)
        self._generation += 1

    def revoked(self) -> None:
        """Take note that nothing is ours any more."""
        self._assigned = frozenset()
        self._generation += 1

    async def _read(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> list[Logged]:
        batch = Batch(self._brakes)
        found: list[Logged] = []
        for record in records:
            event = None
            try:
                event = _event(record)
            except Unreadable as error:
                batch.unreadable(record, error)
            else:
                batch.passed(record)
            found.append(Logged(record.offset, record.timestamp, event))
        settled = batch.settle()
        await asyncio.gather(
            *(self._dead.give_up(each.record, each.reason, each.detail) for each in settled.given_up)
        )
        if place not in settled.held:
            return found
        # What comes after the first record that we cannot read waits, for events have an order.
        self._resting.hold(self._consumer, place, settled.held[place])
        return [logged for logged in found if logged.offset < settled.held[place]]


def _event(record: ConsumerRecord) -> LogEvent:
    event = decode(record, types=LOG_TYPES.keys())
    try:
        return LOG_TYPES[event.type].model_validate_json(record.value or b"")  # type: ignore[return-value]  # LOG_TYPES lists LogEvent's members
    except ValidationError as error:
        wrong = f"{error.error_count()} fields are wrong"
        raise Unreadable(DlqReason.INVALID_MESSAGE, wrong) from None


def _is_of_another_version(record: ConsumerRecord) -> bool:
    try:
        _event(record)
    except Unreadable as error:
        return of_another_version(record, error.reason)
    return False


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Only takes notes: restoring inside this callback would stop the heartbeats."""

    def __init__(self, source: KafkaLog) -> None:
        self._source = source

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._source.revoked()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._source.assigned(assigned)


class KafkaLedger:
    """One partition's state and facts, written in transactions that fence every older writer."""

    def __init__(self, bootstrap: str, prefix: str, partition: int, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._partition = partition
        self._partitions = partitions
        self._state_topic = topic(prefix, "state")
        self._writer = PartitionWriter(bootstrap, prefix, partition)

    async def start(self) -> None:
        """Become the only writer."""
        await self._writer.start()

    async def restore(self) -> tuple[Mapping[str, bytes], int]:
        """Read the state up to its end; the log offset is one of its records."""
        entries: dict[str, bytes] = {}
        next_offset = 0
        async for records in read_all(self._bootstrap, self._state_topic, self._partition):
            for record in records:
                key = (record.key or b"").decode("utf-8", "replace")
                if record.value is None:
                    entries.pop(key, None)
                elif key == NEXT_OFFSET:
                    next_offset = msgspec.json.decode(record.value)["next_offset"]
                else:
                    entries[key] = record.value
        return entries, next_offset

    async def commit(self, states: Mapping[str, bytes], next_offset: int, facts: Sequence[Tell]) -> None:
        """Write facts, states and offset in one transaction."""
        records = [self._fact(tell) for tell in facts]
        records += [self._state(key, value) for key, value in states.items()]
        records.append(self._state(NEXT_OFFSET, msgspec.json.encode({"next_offset": next_offset})))
        await self._writer.commit(records)

    async def close(self) -> None:
        """Let go, without finishing anything."""
        await self._writer.discard()

    def _fact(self, tell: Tell) -> Record:
        value, headers = encode(
            tell.type,
            tell.fact.to_bytes(),
            id=tell.event_id,
            source=SOURCE,
            subject=tell.key,
            traceparent=tell.traceparent,
        )
        key = tell.key.encode()
        return Record(
            topic(self._prefix, EVENT_TOPICS[tell.type]),
            partition_of(key, self._partitions),
            key,
            value,
            headers,
        )

    def _state(self, key: str, value: bytes) -> Record:
        return Record(self._state_topic, self._partition, key.encode(), value, [])


class KafkaLedgers:
    """Opens ledgers for the partitions of one stack."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._partitions = partitions

    async def open(self, partition: int) -> Ledger:
        """Become the partition's only writer."""
        ledger = KafkaLedger(self._bootstrap, self._prefix, partition, self._partitions)
        await ledger.start()
        return ledger


class KafkaOutgoing:
    """Orders, stops, progress and timers through one idempotent producer."""

    def __init__(self, publisher: Publisher, prefix: str) -> None:
        self._publisher = publisher
        self._prefix = prefix
        # Neighbouring partitions belong to different workers of a group: orders go to them in turn.
        self._turns = {spec.name: itertools.cycle(range(spec.partitions)) for spec in topics(prefix)}

    async def send(self, orders: Sequence[Dispatch], stops: Sequence[Stop], shows: Iterable[Show]) -> None:
        """Send all at once; return when orders and stops are acknowledged."""
        for show in shows:
            progress = show.progress
            future = await self._publisher.send(
                topic(self._prefix, "progress"),
                progress.job_id,
                "media.progress.v1",
                progress,
                id=event_id("media.progress.v1", progress.job_id, progress.run, "job", progress.seq),
                subject=progress.job_id,
            )
            future.add_done_callback(_forget)
        waiting = [await self._order(command) for command in orders]
        waiting += [await self._stop(command) for command in stops]
        await self._publisher.acknowledged(*waiting)

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        """Append the timers to the log."""
        waiting = []
        for job_id, due_ms in timers:
            event = TimerFired(job_id=job_id, due_ms=due_ms)
            waiting.append(
                await self._publisher.send(
                    topic(self._prefix, "log"),
                    job_id,
                    log_type(event),
                    event,
                    id=event_id(log_type(event), job_id, 0, due_ms),
                    subject=job_id,
                )
            )
        await self._publisher.acknowledged(*waiting)

    async def _order(self, command: Dispatch) -> asyncio.Future[RecordMetadata]:
        order = command.order
        modality = MODALITY[Capability(order.capability)]
        lane = topic(self._prefix, "tasks", modality, order.lane)
        return await self._publisher.send(
            lane,
            order.task_id,
            ORDER_TYPE,
            order,
            id=order.task_id,
            subject=order.job_id,
            traceparent=order.traceparent,
            partition=next(self._turns[lane]),
        )

    async def _stop(self, command: Stop) -> asyncio.Future[RecordMetadata]:
        stop = command.stop
        return await self._publisher.send(
            topic(self._prefix, "control"),
            stop.job_id,
            STOP_TYPE,
            stop,
            id=event_id(STOP_TYPE, stop.job_id, stop.run, stop.node_id or "", stop.attempt or 0),
            subject=stop.job_id,
        )


def _forget(future: asyncio.Future[RecordMetadata]) -> None:
    """Progress may be lost: its failure is read, so that nobody warns of it."""
    if not future.cancelled():
        future.exception()
