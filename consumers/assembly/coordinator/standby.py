"""How a coordinator keeps warm for the partitions of others: it follows `media.state` all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from bus.connections import build_consumer, start_consumer, stop_consumer, unreachable
from consumers.assembly.coordinator.replica import Replica
from consumers.assembly.coordinator.turns import Turns
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers
from runtime.retry import MEMBER, Tries
from runtime.telemetry import get_logger
from schemas.topics import topic

RECORDS_AT_ONCE = 100
"""About a millisecond of work: the loop that this process runs beside it gets its turn in between."""
POLL_MS = 1_000
SILENT_FOR_S = 60.0
"""A reading that has not come a record further for so long is given up. What bounds one that does is the size that
the state has at its beginning: a larger one takes longer, and no deadline begins it again."""

log = get_logger(__name__)


class Standby:
    """Replicas of the partitions of `media.state` that this process does not write.

    After a death whoever gets its partitions reads only what it had written last.
    """

    def __init__(
        self,
        bootstrap: Brokers,
        prefix: str,
        partitions: int,
        *,
        build: Callable[..., Any] = build_consumer,
        still: asyncio.Event | None = None,
    ) -> None:
        """`build` makes another consumer than Kafka's; `still` is set while the loop beside it has nothing in hand."""
        self._still = still
        self._bootstrap = bootstrap
        self._build = build
        self._topic = topic(prefix, "state")
        self._followed = {number: Replica() for number in range(partitions)}
        self._reader: AIOKafkaConsumer
        self._connected = asyncio.Event()
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        """Follow until cancelled; a broker that is away is waited for."""
        tries = Tries(MEMBER)
        while True:
            consumer = self._build(
                bootstrap=self._bootstrap,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=8 * 1024 * 1024,
            )
            try:
                await start_consumer(consumer, self._bootstrap)
                tries.succeeded()
                await self._read(consumer)
            except (KafkaError, BusUnreachable) as error:
                log.warning("coordinator.standby_retries", error=type(error).__name__)
                await asyncio.sleep(tries.pause_s())
            finally:
                self._connected.clear()
                await stop_consumer(consumer)

    async def take(self, number: int, silent_for_s: float = SILENT_FOR_S) -> Replica:
        """Return all that is committed of a partition now, and follow it no more: its taker writes it.

        Raises:
            BusUnreachable: for so long nothing of it could be read.
        """
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(silent_for_s) as patience:
                await self._connected.wait()
                place = self._place(number)
                # For a reader of committed records the end is the last stable offset.
                end = (await self._reader.end_offsets([place]))[place]
                if self._followed[number].position > end:
                    self._begin_again(self._reader, number)
                furthest = 0
                while (position := self._followed[number].position) < end:
                    if position > furthest:
                        furthest = position
                        patience.reschedule(clock() + silent_for_s)
                    self._moved.clear()
                    await self._moved.wait()
        except (KafkaError, TimeoutError) as error:
            raise unreachable(self._bootstrap, error) from error
        self._reader.pause(place)
        return self._followed.pop(number)

    def give(self, number: int, replica: Replica) -> None:
        """Follow a partition again, from where its writer here had come."""
        self._followed[number] = replica
        if self._connected.is_set():
            self._reader.seek(self._place(number), replica.position)
            self._reader.resume(self._place(number))

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        partitions = await consumer._client.fetch_all_metadata()
        numbers = sorted(partitions.partitions_for_topic(self._topic) or ())
        consumer.assign([self._place(number) for number in numbers])
        for number in numbers:
            replica = self._followed.get(number)
            if replica is None:
                consumer.pause(self._place(number))
            else:
                consumer.seek(self._place(number), replica.position)
        self._reader = consumer
        self._connected.set()
        turns = Turns(still=self._still)
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
            for place, records in found.items():
                replica = self._followed.get(place.partition)
                if replica is None:
                    continue  # it was taken while these records were under way
                if records[0].offset < replica.position:
                    self._begin_again(consumer, place.partition)
                    continue
                for record in records:
                    replica.take(record.key, record.value, record.headers)
            for number, replica in list(self._followed.items()):
                # Not the last record's: what ends a transaction takes an offset that no reader gets.
                replica.position = await consumer.position(self._place(number))
            self._moved.set()
            await turns.give()  # what was fetched before is given without a pause

    def _begin_again(self, consumer: AIOKafkaConsumer, number: int) -> None:
        """The topic is another one than that we followed: from its beginning, with nothing known."""
        self._followed[number] = Replica()
        consumer.seek(self._place(number), 0)

    def _place(self, number: int) -> TopicPartition:
        return TopicPartition(self._topic, number)
