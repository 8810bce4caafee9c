"""How one event reaches a topic: at once, or queued with many others, and acknowledged in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.errors import RecordTooLargeError as ClientRecordTooLarge
from aiokafka.structs import RecordMetadata

from bus.cloudevents import Headers, encode
from bus.connections import TopicMissing, forget, topic_missing, unreachable
from bus.producer import TrustedProducer
from bus.tracing import (
    begin_sending,
    current_traceparent,
    end_unsent,
    end_when_acknowledged,
    producer_span,
    sent,
    traced,
    traceparent_of,
)
from runtime.errors import BusUnreachable, InvalidRequest, ReelbusError
from runtime.kafka_connection import Brokers
from schemas.base import Message


class RecordTooLarge(InvalidRequest):
    """Records are larger than their topics take; `about` has their subjects, or keys where they have none."""

    def __init__(self, message: str, about: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.about = tuple(about)


class Publisher:
    """Publishes events; each returned acknowledgement means that all in-sync replicas hold the record.

    Repeats after an uncertain end are possible when a broken producer was replaced: ids make them harmless.

    >>> async with Publisher("127.0.0.1:19092", source="/reelbus/intake") as publisher:
    ...     await publisher.publish("media.log", job_id, "internal.job.accepted.v1", message, id="...")
    """

    def __init__(
        self, bootstrap: Brokers, *, source: str = "/reelbus", deliver_within_s: float = 30.0
    ) -> None:
        self._bootstrap = bootstrap
        self._source = source
        self._deliver_within_s = deliver_within_s
        self._producer = TrustedProducer(bootstrap)
        self._about: WeakKeyDictionary[asyncio.Future[RecordMetadata], str] = WeakKeyDictionary()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect.

        Raises:
            BusUnreachable: No broker answered in time.
        """
        await self._producer.working()

    async def stop(self) -> None:
        """Deliver what is pending, for a few seconds at most, and close."""
        await self._producer.stop()

    async def ready(self) -> bool:
        """Whether a broker answers now."""
        return await self._producer.ready()

    def partitions(self, topic: str) -> int:
        """Return how many partitions of a topic the present connection knows; 0 when it has not asked for them yet."""
        producer = self._producer.current
        known = producer.client.cluster.partitions_for_topic(topic) if producer is not None else None
        return len(known or ())

    async def publish(
        self,
        topic: str,
        key: str | bytes | None,
        type: str,
        message: Message | bytes,
        *,
        id: str,
        subject: str | None = None,
        partition: int | None = None,
        traceparent: str | None = None,
    ) -> RecordMetadata:
        """Publish one event and return where it lies, once it is acknowledged.

        `traceparent` is that of the present span when absent.

        Raises:
            BusUnreachable: Not acknowledged in time, or no such topic.
            RecordTooLarge: The topic does not take records of this size.
        """
        with producer_span(topic, id, type) as span:
            value, headers = self._encode(type, message, id=id, subject=subject, traceparent=traceparent)
            place = await self.publish_record(topic, key, value, headers, partition=partition, about=subject)
            if span.is_recording():
                sent(span, place)
            return place

    async def send(
        self,
        topic: str,
        key: str | bytes | None,
        type: str,
        message: Message | bytes,
        *,
        id: str,
        subject: str | None = None,
        partition: int | None = None,
        traceparent: str | None = None,
    ) -> asyncio.Future[RecordMetadata]:
        """Queue one event and return its acknowledgement as a future, for many events at once.

        The order of calls is the order in each partition. Await each future through `acknowledged`, which
        turns its errors into ours.

        Raises:
            BusUnreachable: No broker, or no such topic.
            RecordTooLarge: The topic does not take records of this size.
        """
        span = begin_sending(topic, id, traceparent) if traced(type, traceparent) else None
        if span is not None:
            traceparent = traceparent_of(span) or traceparent
        value, headers = self._encode(type, message, id=id, subject=subject, traceparent=traceparent)
        try:
            _, future = await self._queue(topic, key, value, headers, partition, subject)
        except BaseException as error:
            if span is not None:
                end_unsent(span, error)
            raise
        if span is not None:
            end_when_acknowledged(span, future)
        return future

    async def acknowledged(self, *futures: asyncio.Future[RecordMetadata]) -> list[RecordMetadata]:
        """Wait for futures of `send` and return where the records lie.

        Raises:
            BusUnreachable: Not all were acknowledged in time; any of them may be delivered still.
            RecordTooLarge: Their topics do not take some of them, which it names; any of the others may lie there.
        """
        if futures:
            await asyncio.wait(futures, timeout=self._deliver_within_s)
        places: list[RecordMetadata] = []
        failures: list[ReelbusError] = []
        for future in futures:
            try:
                places.append(await self._outcome(self._producer.current, future))
            except (BusUnreachable, RecordTooLarge) as error:
                failures.append(error)
        # A record that was refused leaves a gap in the numbers of an idempotent producer: what was sent behind it
        # fails as well, and is no news of the broker.
        about = [name for error in failures if isinstance(error, RecordTooLarge) for name in error.about]
        if about:
            raise RecordTooLarge("a record is larger than its topic takes", about)
        if failures:
            raise failures[0]
        return places

    async def publish_record(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Headers,
        *,
        partition: int | None = None,
        about: str | None = None,
    ) -> RecordMetadata:
        """Publish a record as it is (dead letters, tombstones) and return where it lies, once acknowledged.

        Raises:
            BusUnreachable: Not acknowledged in time, or no such topic.
            RecordTooLarge: The topic does not take records of this size.
        """
        producer, future = await self._queue(topic, key, value, headers, partition, about)
        await asyncio.wait([future], timeout=self._deliver_within_s)
        return await self._outcome(producer, future)

    def _encode(
        self,
        type: str,
        message: Message | bytes,
        *,
        id: str,
        subject: str | None,
        traceparent: str | None,
    ) -> tuple[bytes, list[tuple[str, bytes]]]:
        return encode(
            type,
            message if isinstance(message, bytes) else message.to_bytes(),
            id=id,
            source=self._source,
            subject=subject,
            traceparent=traceparent or current_traceparent(),
        )

    async def _queue(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Headers,
        partition: int | None,
        about: str | None,
    ) -> tuple[AIOKafkaProducer, asyncio.Future[RecordMetadata]]:
        producer = await self._producer.working()
        key_bytes = key.encode() if isinstance(key, str) else key
        name = about if about is not None else (key_bytes or b"").decode(errors="replace")
        if key_bytes is None and value is None:
            value = b""  # the client refuses a record of nothing at all
        try:
            async with asyncio.timeout(self._deliver_within_s):
                future: asyncio.Future[RecordMetadata] = await producer.send(
                    topic, value, key=key_bytes, partition=partition, headers=list(headers)
                )
        except MessageSizeTooLargeError as error:
            size = len(value or b"")
            raise RecordTooLarge(f"a record for {topic} is too large: {size} bytes", [name]) from error
        except UnknownTopicOrPartitionError as error:
            if not await self._producer.answers(producer):  # so aiokafka also says that no broker answers
                self._producer.replace(producer)
                raise unreachable(self._bootstrap, error) from error
            raise topic_missing(topic) from error
        except AssertionError as error:
            # So aiokafka says that it knows no such partition.
            raise TopicMissing(f"topic {topic} has no partition {partition}") from error
        except (KafkaError, TimeoutError) as error:
            self._producer.replace(producer)
            raise unreachable(self._bootstrap, error) from error
        self._about[future] = name
        return producer, future

    async def _outcome(
        self, producer: AIOKafkaProducer | None, future: asyncio.Future[RecordMetadata]
    ) -> RecordMetadata:
        if not future.done():
            # An idempotent producer repeats for ever; whoever waits has a deadline.
            future.add_done_callback(forget)
            self._producer.replace(producer)
            raise unreachable(self._bootstrap)
        try:
            acknowledged = future.result()
        except (MessageSizeTooLargeError, ClientRecordTooLarge) as error:
            name = self._about.get(future, "")
            self._producer.replace(producer)
            raise RecordTooLarge("a record is larger than its topic takes", [name]) from error
        except UnknownTopicOrPartitionError as error:
            raise topic_missing("that a record was sent to") from error
        except KafkaError as error:
            self._producer.replace(producer)
            raise unreachable(self._bootstrap, error) from error
        self._producer.heard()
        return acknowledged
