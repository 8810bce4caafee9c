"""How a process reads a topic without a group: all of it up to now, a range, or what comes from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, TopicAuthorizationFailedError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.connections import build_consumer, start_consumer, stop_consumer, topic_missing, unreachable
from runtime.kafka_connection import Brokers
from runtime.retry import MEMBER, Tries
from runtime.telemetry import get_logger

_log = get_logger("bus.tail")

Isolation = Literal["read_committed", "read_uncommitted"]
Start = Literal["beginning", "end"] | Mapping[TopicPartition, int]

_POLL_MS = 200
_IDLE_POLL_S = 1.0


async def end_offsets(
    bootstrap: Brokers, topic: str, isolation: Isolation = "read_committed"
) -> dict[int, int]:
    """Return the offset after the last record of each partition.

    For `read_committed` that is the last stable offset: records of an open transaction lie behind it.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    async with Tail(bootstrap, [topic], start="end", isolation=isolation) as tail:
        return {place.partition: offset for place, offset in tail.start_offsets.items()}


def read_all(
    bootstrap: Brokers,
    topic: str,
    partition: int,
    *,
    isolation: Isolation = "read_committed",
    start: int = 0,
    at_once: int | None = None,
) -> AsyncGenerator[list[ConsumerRecord], None]:
    """Yield a partition's records from `start` to its end at the time of the call, in lists.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    return read_range(bootstrap, topic, partition, start, None, isolation=isolation, at_once=at_once)


async def read_range(
    bootstrap: Brokers,
    topic: str,
    partition: int,
    start: int,
    end: int | None,
    *,
    isolation: Isolation = "read_committed",
    at_once: int | None = None,
) -> AsyncGenerator[list[ConsumerRecord], None]:
    """Yield the records with offsets in `[start, end)`, in lists; None is the end at the time of the call.

    A list has at most `at_once` records, else what was fetched together, which may take half a second to unpack.
    It ends by position and not by the last record seen: transaction markers and compacted records take
    offsets that no reader ever gets.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    place = TopicPartition(topic, partition)
    consumer = build_consumer(
        bootstrap=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await _assign(consumer, bootstrap, [place])
    try:
        if end is None:
            end = (await consumer.end_offsets([place]))[place]
        first = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, max(start, first))
        while await consumer.position(place) < end:
            found = await consumer.getmany(place, timeout_ms=_POLL_MS, max_records=at_once)
            records = [record for record in found.get(place, ()) if record.offset < end]
            if records:
                yield records
    except KafkaError as error:
        raise unreachable(bootstrap, error) from error
    finally:
        await stop_consumer(consumer)


async def read_topic(
    bootstrap: Brokers,
    topic: str,
    *,
    isolation: Isolation = "read_committed",
    starts: Mapping[int, int] | None = None,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Yield the records of all partitions up to their ends at the time of the call, in lists.

    The order of each partition is kept. `starts` says where to begin, by partition; else it is the beginning.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    consumer = build_consumer(
        bootstrap=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await start_consumer(consumer, bootstrap)
    try:
        places = [TopicPartition(topic, number) for number in sorted(await _partitions_of(consumer, topic))]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        firsts = await consumer.beginning_offsets(places)
        for place in places:
            consumer.seek(place, max((starts or {}).get(place.partition, 0), firsts[place]))
        left = set(places)
        while left := {place for place in left if await consumer.position(place) < ends[place]}:
            found = await consumer.getmany(*left, timeout_ms=_POLL_MS)
            for place, fetched in found.items():
                records = [record for record in fetched if record.offset < ends[place]]
                if records:
                    yield records
    except KafkaError as error:
        raise unreachable(bootstrap, error) from error
    finally:
        await stop_consumer(consumer)


class Tail:
    """Reads whole topics without a group; its place is fixed before `async with` returns.

    So a client may send a request inside the block and miss nothing of what follows it:

    >>> async with Tail(bootstrap, ["media.jobs"]) as tail:
    ...     await publisher.publish("media.requests", ...)
    ...     async for record in tail: ...
    """

    def __init__(
        self,
        bootstrap: Brokers,
        topics: Sequence[str],
        *,
        start: Start = "end",
        isolation: Isolation = "read_committed",
        idle_wait_s: float = 1.0,
    ) -> None:
        """`idle_wait_s` is how long the broker may hold a fetch without news; news end it at once."""
        self.start_offsets: dict[TopicPartition, int] = {}
        self._bootstrap = bootstrap
        self._topics = list(topics)
        self._start = start
        self._tries = Tries(MEMBER)
        self._consumer = build_consumer(
            bootstrap=bootstrap,
            isolation_level=isolation,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=int(idle_wait_s * 1000),
        )

    async def __aenter__(self) -> Self:
        consumer = self._consumer
        await start_consumer(consumer, self._bootstrap)
        try:
            places = [place for topic in self._topics for place in await self._partitions(topic)]
            consumer.assign(places)
            self.start_offsets = await self._resolve(places)
            for place, offset in self.start_offsets.items():
                consumer.seek(place, offset)
        except KafkaError as error:
            await stop_consumer(consumer)
            raise unreachable(self._bootstrap, error) from error
        except BaseException:
            await stop_consumer(consumer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await stop_consumer(self._consumer)

    def __aiter__(self) -> AsyncIterator[ConsumerRecord]:
        return self._records()

    async def poll(self, timeout_s: float = 0.2) -> list[ConsumerRecord]:
        """Return what has arrived, waiting at most `timeout_s` for the first record.

        A broker that is away for a while is waited for: then the list is empty.
        """
        try:
            found = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000))
        except OffsetOutOfRangeError:
            return []  # retention has passed our place; the consumer resets itself to the earliest record
        except KafkaError as error:
            _log.warning("bus.tail_retries", error=type(error).__name__)
            await asyncio.sleep(self._tries.pause_s())
            return []
        self._tries.succeeded()
        return [record for records in found.values() for record in records]

    async def position(self, topic: str, partition: int) -> int:
        """Return the offset that is read next."""
        offset: int = await self._consumer.position(TopicPartition(topic, partition))
        return offset

    async def _records(self) -> AsyncIterator[ConsumerRecord]:
        while True:
            for record in await self.poll(_IDLE_POLL_S):
                yield record

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        numbers = await _partitions_of(self._consumer, topic)
        return [TopicPartition(topic, number) for number in sorted(numbers)]

    async def _resolve(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        first: dict[TopicPartition, int] = await self._consumer.beginning_offsets(places)
        if self._start == "beginning":
            return first
        end: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        if isinstance(self._start, Mapping):
            return {place: max(first[place], self._start.get(place, end[place])) for place in places}
        return end


async def _assign(consumer: AIOKafkaConsumer, bootstrap: Brokers, places: list[TopicPartition]) -> None:
    await start_consumer(consumer, bootstrap)
    try:
        for place in places:
            if place.partition not in await _partitions_of(consumer, place.topic):
                raise topic_missing(place.topic)
        consumer.assign(places)
    except KafkaError as error:
        await stop_consumer(consumer)
        raise unreachable(bootstrap, error) from error
    except BaseException:
        await stop_consumer(consumer)
        raise


async def _partitions_of(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """Return a topic's partitions; asking for metadata by name also makes the client learn the topic."""
    client = consumer._client
    await client.add_topic(topic)
    numbers = client.cluster.partitions_for_topic(topic)
    if not numbers:
        await client.force_metadata_update()
        numbers = client.cluster.partitions_for_topic(topic)
    if topic in client.cluster.unauthorized_topics:
        raise TopicAuthorizationFailedError(topic)
    if not numbers:
        raise topic_missing(topic)
    return set(numbers)
