"""How requests are taken in: FastStream runs the consumer, we decide when a record may be forgotten.

FastStream gives the subscriber its life cycle, its middlewares and its AsyncAPI description. Three of its
habits would lose requests, so this file replaces them: its parser decodes every header and a foreign one would
poison the record (ours takes the raw record); its `ack()` commits whatever has been consumed (ours commits
explicit offsets, after the handler's own publishing is acknowledged); its `NACK_ON_ERROR` reads a failing
record again without a pause, thousands of times a second (ours waits longer each time, in place). Its batch
mode sleeps between polls, so records are taken one by one, and what else has arrived is drained with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import DefaultSubscriber

from bus.circuit_breaker import CircuitBreakers
from bus.connections import CONNECT_WITHIN_S, REQUEST_TIMEOUT_MS, not_let_in
from bus.crash_marks import MOST_ENDS, CrashMarks, Handover
from bus.dead_letters import GivesUp
from bus.gathering import Gatherer, next_offsets, place_of, seek_back
from bus.handling import ENDED, Handle, Handling, sleep_unless
from bus.patient_consumer import PatientConsumer
from bus.pulse import Pulse
from bus.raw_messages import keep_body, keep_raw
from bus.security import client_options
from bus.short_of_memory import ShortOfMemory
from bus.unreadable import DlqReason
from runtime.errors import BusUnreachable, OutOfMemory, ReelbusError
from runtime.kafka_connection import Brokers
from runtime.retry import HANDLER
from runtime.telemetry import get_logger

_log = get_logger("bus.subscriber")

_ATTEMPT_LONGEST_S = 3600.0
"""A handler that takes longer for one batch hangs: a request may wait minutes for what it gives."""
_STOP_WITHIN_S = 5.0
_FETCH_BYTES = 8 * 1024 * 1024
"""What one answer of a broker holds, unless its first record alone is larger."""
_METADATA_MS = 300_000
"""How old what is known of the cluster may be where no new topics are looked for."""


class Subscriber:
    """One subscriber of one topic: `run()` until `stop()`."""

    def __init__(
        self,
        bootstrap: Brokers,
        topic: str,
        group: str,
        handle: Handle,
        unreadable: GivesUp,
        *,
        types: Collection[str] | None = None,
        plain_ok: bool = False,
        internal: bool = False,
        breakers: CircuitBreakers | None = None,
        max_records: int = 200,
        heartbeat_ms: int = 1_000,
        pattern: str | None = None,
        new_topics_within_ms: int = 15_000,
    ) -> None:
        """Give the events of `topic` to `handle`, at most `max_records` at once.

        With a `pattern` it reads every topic that it matches from the beginning, new ones within
        `new_topics_within_ms`. `internal` says that only processes of ours write to the topic.
        """
        self._bootstrap = bootstrap
        self._unreadable = unreadable
        self._breakers = breakers or CircuitBreakers()
        self._stopping = asyncio.Event()
        self._started = False
        self._marks = CrashMarks()
        self._memory = ShortOfMemory()
        self._gatherer = Gatherer(self._breakers, self._marks, max_records)
        self._failure: ReelbusError | None = None
        self._pulse = Pulse(_ATTEMPT_LONGEST_S)
        self._handling = Handling(
            handle,
            unreadable,
            self._breakers,
            self._marks,
            self._pulse,
            self._stopping,
            self._lift_marks,
            types=types,
            plain_ok=plain_ok,
            internal=internal,
        )
        self.broker = _broker(bootstrap, new_topics_within_ms if pattern else _METADATA_MS)
        self._subscriber = self._subscription(topic, pattern, group, heartbeat_ms)
        self._subscriber(self._on_record)

    @property
    def running(self) -> bool:
        """Whether the subscriber is a member of its group; for /readyz."""
        return self._started and not self._stopping.is_set() and self._subscriber.consumer is not None

    def reasons(self) -> list[str]:
        """Return in words which partitions stand for want of memory; for /readyz."""
        return self._memory.reasons()

    @property
    def last_turn_age_s(self) -> float:
        """Seconds since the subscriber was last seen at work, or waiting for work; for /health, which asks often.

        An attempt at a batch may take `_ATTEMPT_LONGEST_S`; a subscriber whose task has ended waits for nothing.
        """
        reading = any(not task.done() for task in getattr(self._subscriber, "tasks", ()))
        return self._pulse.age_s(idle=not self._started, reading=reading)

    def stop(self) -> None:
        """Finish the batch under way and return from `run`; unfinished records are read again later."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop()`.

        Raises:
            BusUnreachable: No broker answered at the start; later outages are waited out.
            OutOfMemory: Records do not fit into memory, again and again; a fresh process shall try.
        """
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self.broker.connect()
                configuration = self.broker.config.broker_config
                options = getattr(configuration.builder, "keywords", {})
                configuration.builder = partial(PatientConsumer, **options | client_options(self._bootstrap))
                await self.broker.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await self.broker.stop()
            raise await not_let_in(self._bootstrap, error) from error
        self._started = True
        try:
            await self._served(self._consumer())
        finally:
            await self.broker.stop()
        if self._failure is not None:
            raise self._failure

    def _subscription(
        self, topic: str, pattern: str | None, group: str, heartbeat_ms: int
    ) -> DefaultSubscriber:
        return self.broker.subscriber(
            *(() if pattern else (topic,)),
            pattern=pattern,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=heartbeat_ms,
            rebalance_timeout_ms=30_000,
            # Retries wait inside the handler; this must not be taken for a stuck loop.
            max_poll_interval_ms=3_600_000,
            fetch_max_wait_ms=1000,
            max_partition_fetch_bytes=2 * 1024 * 1024,
            fetch_max_bytes=_FETCH_BYTES,
            # What a producer's transaction took back, or has not committed yet, nobody was asked for.
            isolation_level="read_committed",
            listener=Handover(self._handed_over),
            parser=keep_raw,
            decoder=keep_body,
        )

    async def _served(self, consumer: PatientConsumer | None) -> None:
        """Return when the app shall stop, or can read no more."""
        asked = asyncio.ensure_future(self._stopping.wait())
        try:
            if consumer is None:
                await asked
                return
            consumer.on_no_memory = self._no_memory_for
            await asyncio.wait([asked, consumer.fetching], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        if not self._stopping.is_set():
            error = None if consumer.fetching.cancelled() else consumer.fetching.exception()
            no_memory = isinstance(error and error.__cause__, MemoryError)
            kind = OutOfMemory if no_memory else BusUnreachable
            self._end(kind("the consumer fetches no more"))
        elif self._failure is None:
            await self._marks.lift(consumer)

    def _end(self, failure: ReelbusError) -> None:
        """Let the process end over what is in hand; the marks stay, and tell its successor."""
        self._failure = failure
        self._stopping.set()

    def _consumer(self) -> PatientConsumer | None:
        consumer = self._subscriber.consumer
        return consumer if isinstance(consumer, PatientConsumer) else None

    async def _lift_marks(self) -> None:
        """Take back the marks: an end while the world is away is no record's fault."""
        if (consumer := self._consumer()) is not None:
            await self._marks.lift(consumer)

    async def _handed_over(self, places: Collection[TopicPartition]) -> None:
        """Take back the marks, and forget partitions that another member gets."""
        consumer = self._consumer()
        if consumer is not None and self._failure is None:
            await self._marks.lift(consumer)
        self._marks.forget(places)

    async def _on_record(self, first: ConsumerRecord) -> None:
        """Handle one record and those that arrived behind it, then commit exactly these."""
        consumer = self._consumer()
        if consumer is None or self._stopping.is_set():
            return
        self._breakers.retain(consumer.assignment())
        await self._marks.learn(consumer)
        place = place_of(first)
        if self._breakers.pause_s(place):  # a rebalance has ended its pause
            self._pause(consumer, place, first.offset)
            return
        records = [first, *await self._gatherer.behind(consumer, first)]
        await self._marks.hold(consumer, records)
        try:
            held = await self._handling.handle(records)
        except MemoryError:
            seek_back(consumer, records)
            if self._memory.failed(place):
                self._end(OutOfMemory(f"records of {place.topic}/{place.partition} do not fit into memory"))
            else:
                await sleep_unless(self._stopping, HANDLER.first_s)
        except Exception:  # noqa: BLE001  # FastStream would go on behind these records, and they would be lost
            _log.exception("handler.starts_over", records=len(records))
            seek_back(consumer, records)
            await sleep_unless(self._stopping, HANDLER.first_s)
        else:
            offsets = next_offsets(records, held)
            await self._marks.done(consumer, offsets)
            self._memory.passed(*offsets)
            for place, offset in held.items():
                self._pause(consumer, place, offset)

    def _pause(self, consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> None:
        """Read nothing of the partition for its pause, then go on at this offset."""
        if place not in consumer.assignment():
            return
        consumer.pause(place)
        consumer.seek(place, offset)
        asyncio.get_running_loop().call_later(self._breakers.pause_s(place), _resume, consumer, place)

    async def _no_memory_for(self, place: TopicPartition, offset: int) -> None:
        """Count that a record cannot even be read for want of memory; step over one that ended processes so."""
        consumer = self._consumer()
        if consumer is None:
            return
        await self._marks.learn(consumer)
        if self._marks.ends(place, offset) >= MOST_ENDS:
            record = consumer.placeholder(place, offset)
            await self._unreadable.give_up(record, DlqReason.CRASH_LOOP, ENDED)
            await self._marks.done(consumer, {place: offset + 1})
            self._memory.passed(place)
            return
        # At once: inflating takes long, and whoever is expelled meanwhile can commit no more.
        await self._marks.hold_unread(consumer, place, offset)
        if self._memory.failed(place):
            self._end(OutOfMemory(f"a record of {place.topic}/{place.partition} does not fit into memory"))


def _resume(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    if place in consumer.assignment():
        consumer.resume(place)


def _broker(bootstrap: Brokers, metadata_max_age_ms: int) -> KafkaBroker:
    return KafkaBroker(
        str(bootstrap).split(","),  # FastStream would take several brokers for one with a long name
        logger=None,
        apply_types=False,
        allow_auto_create_topics=False,
        # Its own producer and admin client are not needed, and it would leak them when no broker answers.
        consumer_only=True,
        graceful_timeout=_STOP_WITHIN_S,
        metadata_max_age_ms=metadata_max_age_ms,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
