"""How a record that the client library cannot parse is kept from stopping its partition for ever.

aiokafka decodes the names of headers inside its fetcher. A name that is not UTF-8 (librdkafka, and so kcat,
sends any bytes) makes every poll raise `UnicodeDecodeError` at the same offset, and loses from memory what
other partitions had to give in that poll. Here such a record comes out as one without value, key and readable
envelope, so that its reader makes it a dead letter; its bytes stay in the source topic. What the same
producer put behind it in the same batch goes the same way, for a batch is parsed from its beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from runtime.telemetry import get_logger

_log = get_logger("bus.patient_consumer")


class NoMemory(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A fetch does not fit into memory."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer whose polls never raise for a record's header names."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._careful: dict[TopicPartition, int] = {}
        """Where a record waits that cannot be parsed: up to it records are taken one by one."""
        self.on_no_memory: Callable[[TopicPartition, int], Awaitable[None]] | None = None
        """Told where a fetch does not fit into memory once it is inflated; without it polls raise MemoryError."""

    @property
    def fetching(self) -> asyncio.Task[None]:
        """The task that fetches; when it has ended, polls bring nothing more and say nothing of it."""
        task: asyncio.Task[None] = self._fetcher._fetch_task
        return task

    async def committed_notes(self, places: Collection[TopicPartition]) -> dict[TopicPartition, str]:
        """Return what stands beside the group's committed offsets; `committed` gives the offsets alone."""
        found = await self._coordinator.fetch_committed_offsets(list(places))
        return {place: known.metadata for place, known in found.items()}

    async def getone(self, *partitions: TopicPartition) -> ConsumerRecord:
        """Return the next record, a placeholder for one that cannot be parsed.

        Raises:
            NoMemory: it does not fit into memory.
        """
        try:
            return await super().getone(*partitions)
        except UnicodeDecodeError:
            place, offset, _ = self._broken()
            return self.placeholder(place, offset)
        except MemoryError as error:
            await self._tell_no_memory(error)
            raise NoMemory from error

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Return records as they come; before one that cannot be parsed, one at a time.

        A poll that raises loses what it has taken of other partitions. So one record is waited for, and then
        each partition is asked alone.
        """
        found = await self._take(partitions, timeout_ms, 1)
        left = None if max_records is None else max_records - 1
        for place in self._fetched(partitions) if found else ():
            if left is not None and left <= 0:
                break
            more = await self._take((place,), 0, 1 if place in self._careful else left)
            for records in more.values():
                found.setdefault(place, []).extend(records)
                left = None if left is None else left - len(records)
        return found

    async def _take(
        self, partitions: Sequence[TopicPartition], timeout_ms: int, most: int | None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Poll one partition, or one record of many."""
        found: dict[TopicPartition, list[ConsumerRecord]]
        try:
            found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=most)
        except UnicodeDecodeError:
            place, offset, position = self._broken()
            if most == 1:
                return {place: [self.placeholder(place, offset)]}
            # What came before it in this poll is lost from memory: once more.
            self._careful[place] = offset
            self.seek(place, position)
            return {}
        except MemoryError as error:
            await self._tell_no_memory(error)
            raise NoMemory from error
        for place, records in found.items():
            if records[-1].offset >= self._careful.get(place, records[-1].offset + 1):
                del self._careful[place]
        return found

    def _fetched(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        """Return the partitions that have records in memory, and no error."""
        return [
            place
            for place, result in self._fetcher._records.items()
            if isinstance(result, FetchResult) and (not partitions or place in partitions)
        ]

    async def _tell_no_memory(self, error: MemoryError) -> None:
        """Forget the fetch that does not fit, so that it is tried again, and say where it is."""
        if self.on_no_memory is None:
            raise error
        place, offset, _ = self._broken()
        await self.on_no_memory(place, offset)

    def placeholder(self, place: TopicPartition, offset: int) -> ConsumerRecord:
        """Step over the record that could not be parsed and return what stands for it."""
        self._careful.pop(place, None)
        self.seek(place, offset + 1)
        _log.warning("bus.record_unparsable", topic=place.topic, partition=place.partition, offset=offset)
        return ConsumerRecord(
            topic=place.topic,
            partition=place.partition,
            offset=offset,
            timestamp=-1,
            timestamp_type=0,
            key=None,
            value=None,
            checksum=None,
            serialized_key_size=-1,
            serialized_value_size=-1,
            # A null attribute: the envelope reader says "not text", which is what the name was.
            headers=(("ce_specversion", None),),
        )

    def _broken(self) -> tuple[TopicPartition, int, int]:
        """Forget the fetch whose parsing broke, its iterator ended by the error.

        Returns the place, the offset of the record that cannot be parsed, and the position before the poll.
        """
        for place, result in self._fetcher._records.items():
            records = result._partition_records if isinstance(result, FetchResult) else None
            if records is None or records._records_iterator is None:
                continue
            if records._records_iterator.gi_frame is None:
                del self._fetcher._records[place]
                self._fetcher._notify(self._fetcher._wait_consume_future)
                position = result._assignment.state_value(place).position
                return place, records.next_fetch_offset, position
        raise LookupError("no fetch has broken")
