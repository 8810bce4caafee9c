"""How wishes are taken in: FastStream runs the consumer, we decide when a record may be forgotten.

FastStream gives the subscriber its life cycle, its middlewares and its AsyncAPI description. Three of its
habits would lose wishes, so this file replaces them: its parser decodes every header and a foreign one would
poison the record (ours takes the raw record); its `ack()` commits whatever has been consumed (ours commits
explicit offsets, after the handler's own publishing is acknowledged); its `NACK_ON_ERROR` reads a failing
record again without a pause, thousands of times a second (ours waits longer each time, in place). Its batch
mode sleeps between polls, so records are taken one by one, and what else has arrived is drained with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from bus.batch import Batch, Failure
from bus.brake import PROBE, Brakes
from bus.cloudevents import Event, decode
from bus.connections import CONNECT_WITHIN_S, REQUEST_TIMEOUT_MS, unreachable
from bus.dead_letters import GivesUp
from bus.patient_consumer import PatientConsumer
from bus.tracing import consumer_span
from bus.unreadable import Unreadable
from runtime.errors import BusUnreachable, ReelbusError
from runtime.telemetry import get_logger

_log = get_logger("bus.short_handlers")

Handle = Callable[[Sequence[Event]], Awaitable[None]]
"""Handles events in their order and returns when everything it published is acknowledged.

It may see an event again after a failure, so it must be harmless to repeat. It raises `BusUnreachable` or
another retryable error when the world is at fault; then all of them are tried again, later. `Unreadable`
means that an event's data are not what its type says.
"""

_FIRST_RETRY_S = 0.2
_LONGEST_RETRY_S = 5.0
_MOST_FAILURES = 3
_ATTEMPT_LONGEST_S = 600.0
"""A handler that takes longer for one batch hangs."""
_COMMIT_WITHIN_S = 5.0
_PROBE_POLL_MS = 300
"""How long a partition that rested may take to give a few records more."""


class ShortHandlerApp:
    """One subscriber of one topic: `run()` until `stop()`."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        group: str,
        handle: Handle,
        unreadable: GivesUp,
        *,
        types: Collection[str] | None,
        plain_ok: bool,
        internal: bool,
        brakes: Brakes,
        max_records: int,
        session_timeout_ms: int,
        heartbeat_ms: int,
    ) -> None:
        self._bootstrap = bootstrap
        self._handle = handle
        self._unreadable = unreadable
        self._types = types
        self._plain_ok = plain_ok
        self._internal = internal
        self._brakes = brakes
        self._max_records = max_records
        self._stopping = asyncio.Event()
        self._started = False
        self._turned_at = time.monotonic()
        self._attempt_since: float | None = None
        self.broker = KafkaBroker(
            bootstrap.split(","),  # FastStream would take several brokers for one with a long name
            logger=None,
            apply_types=False,
            allow_auto_create_topics=False,
            # Its own producer and admin client are not needed, and it would leak them when no broker answers.
            consumer_only=True,
            graceful_timeout=_COMMIT_WITHIN_S,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        self._subscriber = self.broker.subscriber(
            topic,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            session_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=heartbeat_ms,
            rebalance_timeout_ms=30_000,
            # Retries wait inside the handler; this must not be taken for a stuck loop.
            max_poll_interval_ms=3_600_000,
            fetch_max_wait_ms=1000,
            max_partition_fetch_bytes=2 * 1024 * 1024,
            parser=_keep_raw,
            decoder=_keep_body,
        )
        self._subscriber(self._on_record)

    @property
    def running(self) -> bool:
        """Whether the subscriber is a member of its group; for /readyz."""
        return self._started and not self._stopping.is_set() and self._subscriber.consumer is not None

    @property
    def last_turn_age_s(self) -> float:
        """Seconds since the subscriber was last seen at work, or waiting for work; for /health, which asks often.

        An attempt at a batch may take `_ATTEMPT_LONGEST_S`; a subscriber whose task has ended waits for nothing.
        """
        now = time.monotonic()
        reading = any(not task.done() for task in getattr(self._subscriber, "tasks", ()))
        hangs = self._attempt_since is not None and now - self._attempt_since > _ATTEMPT_LONGEST_S
        if not self._started or (reading and not hangs):
            self._turned_at = now
        return now - self._turned_at

    def stop(self) -> None:
        """Finish the batch under way and return from `run`; unfinished records are read again later."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop()`.

        Raises:
            BusUnreachable: No broker answered at the start; later outages are waited out.
        """
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self.broker.connect()
                configuration = self.broker.config.broker_config
                options = getattr(configuration.builder, "keywords", {})
                configuration.builder = partial(PatientConsumer, **options)
                await self.broker.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await self.broker.stop()
            raise unreachable(self._bootstrap) from error
        self._started = True
        try:
            await self._stopping.wait()
        finally:
            await self.broker.stop()

    async def _on_record(self, first: ConsumerRecord) -> None:
        """Handle one record and those that arrived behind it, then commit exactly these."""
        consumer = self._subscriber.consumer
        if consumer is None or self._stopping.is_set():
            return
        self._brakes.retain(consumer.assignment())
        place = TopicPartition(first.topic, first.partition)
        if self._brakes.pause_s(place):  # a rebalance has ended its pause
            self._rest(consumer, place, first.offset)
            return
        probing = self._brakes.engaged(place)
        records = [first, *await (self._next_of(consumer, place) if probing else self._arrived(consumer))]
        try:
            held = await self._take(records)
        except Exception:  # noqa: BLE001  # FastStream would go on behind these records, and they would be lost
            _log.exception("handler.starts_over", records=len(records))
            _seek_back(consumer, records)
            await self._sleep(_FIRST_RETRY_S)
        else:
            await _commit(consumer, records, held)
            for place, offset in held.items():
                self._rest(consumer, place, offset)

    async def _arrived(self, consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
        places = [place for place in consumer.assignment() if not self._brakes.engaged(place)]
        if self._max_records <= 1 or not places:
            return []
        try:
            found = await consumer.getmany(*places, timeout_ms=0, max_records=self._max_records - 1)
        except KafkaError:
            return []  # it comes up again in the subscriber's own poll, which waits and goes on
        return [record for records in found.values() for record in records]

    async def _next_of(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> list[ConsumerRecord]:
        """Return the few records with which a partition that rested is tried again, the first left out."""
        records: list[ConsumerRecord] = []
        while left := PROBE - 1 - len(records):
            try:
                found = await consumer.getmany(place, timeout_ms=_PROBE_POLL_MS, max_records=left)
            except KafkaError:
                break
            if not found:
                break
            records += found[place]
        return records

    def _rest(self, consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> None:
        """Read nothing of the partition for its pause, then go on at this offset."""
        if place not in consumer.assignment():
            return
        consumer.pause(place)
        consumer.seek(place, offset)
        asyncio.get_running_loop().call_later(self._brakes.pause_s(place), _resume, consumer, place)

    async def _take(self, records: list[ConsumerRecord]) -> dict[TopicPartition, int]:
        """Handle records and give up what fails; return where partitions rest, with the offsets to go on at."""
        batch = Batch(self._brakes)
        events = []
        for record in records:
            try:
                events.append(decode(record, plain_ok=self._plain_ok, types=self._types))
            except Unreadable as error:
                batch.unreadable(record, error, internal=self._internal)
        await self._perform(events, batch)
        settled = batch.settle()
        await asyncio.gather(*(self._until_done(partial(self._give_up, each)) for each in settled.given_up))
        return {TopicPartition(*place): offset for place, offset in settled.held.items()}

    async def _give_up(self, failure: Failure) -> None:
        await self._unreadable.give_up(failure.record, failure.reason, failure.detail)

    async def _perform(self, events: list[Event], batch: Batch) -> None:
        """Handle the events together; one that makes the handler fail is found, alone."""
        if len(events) > 1:
            try:
                await self._until_done(lambda: self._traced(events))
            except Exception:  # noqa: BLE001  # a defect that one of the events brings out: find out which
                _log.exception("handler.batch_failed", events=len(events))
            else:
                for event in events:
                    batch.passed(event)
                return
        for event in events:
            if not batch.will_rest(event):
                await self._perform_alone(event, batch)

    async def _perform_alone(self, event: Event, batch: Batch) -> None:
        for failures in range(1, _MOST_FAILURES + 1):
            try:
                await self._until_done(lambda: self._traced([event]))
            except Unreadable as error:
                batch.unreadable(event, error, internal=self._internal)
                return
            except Exception as error:  # noqa: BLE001  # one bad record must not stop its partition
                _log.exception("handler.failed", position=event.position, failures=failures)
                name = type(error).__name__
            else:
                batch.passed(event)
                return
        batch.broken(event, f"{name} in the handler, {_MOST_FAILURES} times")

    async def _traced(self, events: list[Event]) -> None:
        first = events[0]
        # A batch has many parents; a span can continue only one.
        traceparent = first.traceparent if len(events) == 1 else None
        with consumer_span(first.topic, first.partition, first.offset, traceparent):
            await self._handle(events)

    async def _until_done(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try until the world lets it succeed, waiting longer each time; a stop ends it at once."""
        wait_s = _FIRST_RETRY_S
        while True:
            self._attempt_since = time.monotonic()
            try:
                await attempt()
            except (BusUnreachable, ConnectionError) as error:
                failure: Exception = error
            except ReelbusError as error:
                if not error.retryable:
                    raise
                failure = error
            else:
                return
            finally:
                self._attempt_since = None
            _log.warning("handler.retries", wait_s=wait_s, error=type(failure).__name__)
            await self._sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_RETRY_S)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise asyncio.CancelledError


def build_app(
    bootstrap: str,
    topic: str,
    group: str,
    handle: Handle,
    unreadable: GivesUp,
    *,
    types: Collection[str] | None = None,
    plain_ok: bool = False,
    internal: bool = False,
    brakes: Brakes | None = None,
    max_records: int = 200,
    session_timeout_ms: int = 6_000,
    heartbeat_ms: int = 1_000,
) -> ShortHandlerApp:
    """Return an app that gives the events of `topic` to `handle`, at most `max_records` at once.

    `internal` says that only processes of ours write to the topic.
    """
    return ShortHandlerApp(
        bootstrap,
        topic,
        group,
        handle,
        unreadable,
        types=types,
        plain_ok=plain_ok,
        internal=internal,
        brakes=brakes or Brakes(),
        max_records=max_records,
        session_timeout_ms=session_timeout_ms,
        heartbeat_ms=heartbeat_ms,
    )


async def _keep_raw(record: ConsumerRecord) -> KafkaMessage:
    """Wrap a record without looking into it: no foreign header can fail here."""
    return KafkaMessage(
        body=record.value or b"",
        headers={},
        reply_to="",
        content_type=None,
        message_id=f"{record.topic}/{record.partition}/{record.offset}",
        correlation_id=f"{record.topic}/{record.partition}/{record.offset}",
        raw_message=record,
        consumer=None,  # type: ignore[arg-type]  # offsets are committed here, never through the message
    )


async def _keep_body(message: KafkaMessage) -> Any:
    """Give the handler the record itself."""
    return message.raw_message


def _resume(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    if place in consumer.assignment():
        consumer.resume(place)


def _seek_back(consumer: AIOKafkaConsumer, records: list[ConsumerRecord]) -> None:
    first: dict[TopicPartition, int] = {}
    for record in records:
        first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    for place, offset in first.items():
        if place in consumer.assignment():
            consumer.seek(place, offset)


async def _commit(
    consumer: AIOKafkaConsumer, records: list[ConsumerRecord], held: dict[TopicPartition, int]
) -> None:
    offsets: dict[TopicPartition, int] = {}
    for record in records:
        place = TopicPartition(record.topic, record.partition)
        if place in consumer.assignment():
            offsets[place] = held.get(place, record.offset + 1)
    try:
        async with asyncio.timeout(_COMMIT_WITHIN_S):
            await consumer.commit(offsets)
    except (KafkaError, TimeoutError) as error:
        # The partition moved: its new owner reads these again, and repeats are harmless.
        _log.info("handler.commit_skipped", error=type(error).__name__)
