"""Which records are handled together: what has arrived behind a record, bounded in number and bytes."""

from __future__ import annotations

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.circuit_breaker import PROBE, CircuitBreakers
from bus.crash_marks import CrashMarks
from bus.patient_consumer import PatientConsumer

_BATCH_BYTES = 4 * 1024 * 1024
"""No more records are drained once they have so many bytes: what is made of them is larger still."""
_PROBE_POLL_MS = 300
"""How long a partition that rested may take to give a few records more."""


class Gatherer:
    """Drains what a consumer has fetched: `most_records` at once, and about 4 MiB."""

    def __init__(self, breakers: CircuitBreakers, marks: CrashMarks, most_records: int) -> None:
        self._breakers = breakers
        self._marks = marks
        self._most_records = most_records

    async def behind(self, consumer: PatientConsumer, first: ConsumerRecord) -> list[ConsumerRecord]:
        """Return what is handled together with the record."""
        place = place_of(first)
        if self._marks.suspected(place):
            return []
        return await (
            self._next_of(consumer, place)
            if self._breakers.is_open(place)
            else self._arrived(consumer, first)
        )

    async def _arrived(self, consumer: PatientConsumer, first: ConsumerRecord) -> list[ConsumerRecord]:
        places = [
            place
            for place in consumer.assignment()
            if not self._breakers.is_open(place) and not self._marks.suspected(place)
        ]
        records: list[ConsumerRecord] = []
        largest = total = _size(first)
        while places and (left := self._most_records - 1 - len(records)) > 0 and total < _BATCH_BYTES:
            # As many as will fit, if none of them is larger than those before.
            most = min(left, max(1, (_BATCH_BYTES - total) // max(largest, 1)))
            try:
                found = await consumer.getmany(*places, timeout_ms=0, max_records=most)
            except KafkaError:
                break  # it comes up again in the subscriber's own poll, which waits and goes on
            more = [record for records in found.values() for record in records]
            if not more:
                break
            records += more
            total += sum(map(_size, more))
            largest = max(largest, *map(_size, more))
        return records

    async def _next_of(self, consumer: PatientConsumer, place: TopicPartition) -> list[ConsumerRecord]:
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


def place_of(record: ConsumerRecord) -> TopicPartition:
    """Return the record's partition."""
    return TopicPartition(record.topic, record.partition)


def seek_back(consumer: PatientConsumer, records: list[ConsumerRecord]) -> None:
    """Let the consumer read the records again."""
    first: dict[TopicPartition, int] = {}
    for record in records:
        first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    for place, offset in first.items():
        if place in consumer.assignment():
            consumer.seek(place, offset)


def next_offsets(records: list[ConsumerRecord], held: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Return where each partition goes on, `held` being where some are paused."""
    offsets = {place_of(record): record.offset + 1 for record in records}
    return offsets | {place: offset for place, offset in held.items() if place in offsets}


def _size(record: ConsumerRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers
