"""How records of several topics become visible together: one transactional writer per log partition."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import aiokafka.producer.sender
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, KafkaError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder

from bus.cloudevents import Headers
from bus.connections import discard_producer, open_producer
from bus.publisher import RecordTooLarge
from runtime.errors import ReelbusError
from runtime.kafka_connection import Brokers

_CONCURRENT_TRANSACTIONS_BACKOFF_S = 0.002
"""A transaction that follows another at once meets CONCURRENT_TRANSACTIONS while the broker still writes the
markers of the first (1-3 ms); aiokafka then waits a fixed 20 ms, most of such a transaction's time."""

TRANSACTION_TIMEOUT_MS = 15_000
"""After this the broker aborts a transaction whose owner has vanished, and its readers go on."""

_BATCH_BYTES = 256 * 1024
"""When a partition's batch is full; a larger single record still gets a batch of its own."""


class WriterLost(ReelbusError):
    """The outcome of a transaction is unknown: throw the writer and the memory it covers away, restore."""


class Fenced(WriterLost):
    """Another process has taken this partition over."""


@dataclass(frozen=True)
class ProducerRecord:
    """One record of a transaction; `partition` is explicit, for what belongs together lies together."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def transactional_id(prefix: str, partition: int) -> str:
    """Return the stable name under which a partition's owners fence each other."""
    return f"reelbus-{prefix}-{partition}"


class PartitionWriter:
    """Writes batches of records atomically, for the one owner of a partition.

    After `WriterLost` the object is worthless: aiokafka repeats an unanswered commit or abort with the same
    epoch, which may end a later transaction (KIP-890), so we never go on with that producer.
    """

    def __init__(
        self, bootstrap: Brokers, prefix: str, partition: int, *, commit_within_s: float = 10.0
    ) -> None:
        self.transactional_id = transactional_id(prefix, partition)
        self._bootstrap = bootstrap
        self._commit_within_s = commit_within_s
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Take the partition over: earlier owners are fenced and their open transaction is aborted.

        Raises:
            BusUnreachable: No broker answered in time.
        """
        # aiokafka has no option for it, hence this assignment, in this one place.
        aiokafka.producer.sender.BACKOFF_OVERRIDE = _CONCURRENT_TRANSACTIONS_BACKOFF_S
        self._producer = await open_producer(
            self._bootstrap,
            transactional_id=self.transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=_BATCH_BYTES,
            client_id=self.transactional_id,
        )

    async def commit(self, batch: Iterable[ProducerRecord]) -> dict[tuple[str, int], int]:
        """Write all records or none; soon after this returns `read_committed` readers see them.

        Returns, for each (topic, partition), the offset at which the last of what was written there begins.

        Raises:
            RecordTooLarge: Records are larger than their topics take: it has their keys. Nothing was written, and
                the writer is lost.
            Fenced: Another process owns the partition now; nothing was written.
            WriterLost: The outcome is unknown.
        """
        producer = self._producer
        if producer is None:
            raise WriterLost("the writer is not open")
        try:
            async with asyncio.timeout(self._commit_within_s):
                await producer.begin_transaction()
                places = await _write(producer, batch)
                await producer.commit_transaction()
        except BaseException as error:
            await self.discard()
            if isinstance(error, ProducerFenced | InvalidProducerEpoch):
                raise Fenced(f"{self.transactional_id} has another owner") from error
            # An assertion is how aiokafka reports a transaction in a state that it cannot continue.
            if isinstance(error, KafkaError | TimeoutError | OSError | AssertionError):
                raise WriterLost(f"{self.transactional_id}: the commit is in doubt") from error
            raise
        return places

    async def discard(self) -> None:
        """Close without finishing anything: an open transaction is left to the successor or the broker."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard_producer(producer)


async def _write(producer: AIOKafkaProducer, batch: Iterable[ProducerRecord]) -> dict[tuple[str, int], int]:
    """Send the records in as few batches as possible and wait until the brokers have them."""
    open_batches: dict[tuple[str, int], BatchBuilder] = {}
    largest: dict[int, ProducerRecord] = {}
    acknowledgements = []
    names: list[ProducerRecord] = []

    async def send(builder: BatchBuilder, place: tuple[str, int]) -> None:
        acknowledgements.append(await producer.send_batch(builder, place[0], partition=place[1]))
        names.append(largest.pop(id(builder)))

    for record in batch:
        place = (record.topic, record.partition)
        builder = open_batches.get(place)
        if builder is not None and not _append(builder, record):
            await send(builder, place)
            builder = None
        if builder is None:
            builder = open_batches[place] = producer.create_batch()
            if not _append(builder, record):
                raise _too_large([record])
        known = largest.get(id(builder))
        if known is None or len(record.value or b"") > len(known.value or b""):
            largest[id(builder)] = record
    for place, builder in open_batches.items():
        await send(builder, place)
    results = await asyncio.gather(*acknowledgements, return_exceptions=True)
    # Of a batch that is too large its largest record is: others are as small as batches are.
    refused = [
        name
        for name, result in zip(names, results, strict=True)
        if isinstance(result, MessageSizeTooLargeError)
    ]
    if refused:
        raise _too_large(refused)
    places: dict[tuple[str, int], int] = {}
    for result in results:
        if isinstance(result, BaseException):
            raise result
        place = result.topic, result.partition
        places[place] = max(result.offset, places.get(place, 0))
    return places


def _too_large(refused: Iterable[ProducerRecord]) -> RecordTooLarge:
    about = [(record.key or b"").decode(errors="replace") for record in refused]
    return RecordTooLarge("a record is larger than its topic takes", about)


def _append(builder: BatchBuilder, record: ProducerRecord) -> bool:
    appended = builder.append(
        timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
    )
    return appended is not None


__all__ = ["Fenced", "PartitionWriter", "ProducerRecord", "WriterLost", "transactional_id"]
