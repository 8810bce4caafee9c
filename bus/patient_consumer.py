"""How a record that the client library cannot parse is kept from stopping its partition for ever.

aiokafka decodes the names of headers inside its fetcher. A name that is not UTF-8 (librdkafka, and so kcat,
sends any bytes) makes every poll raise `UnicodeDecodeError` at the same offset, and loses from memory what
other partitions had to give in that poll. Here such a record comes out as one without value, key and readable
envelope, so that its reader makes it a dead letter; its bytes stay in the source topic. What the same
producer put behind it in the same batch goes the same way, for a batch is parsed from its beginning.
"""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.structs import ConsumerRecord, TopicPartition

from runtime.telemetry import get_logger

_log = get_logger("bus.patient_consumer")


_CAREFUL_POLLS = 2_000
"""How long one record at a time is taken after a failure; what was not met by then shows itself again."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer whose polls never raise for a record's header names."""

    _careful_polls: int = 0

    async def getone(self, *partitions: TopicPartition) -> ConsumerRecord:
        """Return the next record, a placeholder for one that cannot be parsed."""
        try:
            return await super().getone(*partitions)
        except UnicodeDecodeError:
            return self._placeholder()

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Return records as they come; near one that cannot be parsed, one at a time."""
        before = self._positions()
        careful = self._careful_polls > 0
        self._careful_polls -= careful
        found: dict[TopicPartition, list[ConsumerRecord]]
        try:
            found = await super().getmany(
                *partitions, timeout_ms=timeout_ms, max_records=1 if careful else max_records
            )
        except UnicodeDecodeError:
            if not careful:
                # Of what was lost in this poll some may be good: everything once more, one by one.
                self._careful_polls = _CAREFUL_POLLS
                self._go_back(before)
                return {}
            self._careful_polls = 0
            record = self._placeholder()
            found = {TopicPartition(record.topic, record.partition): [record]}
        return found

    def _positions(self) -> dict[TopicPartition, int | None]:
        """Return where each partition with fetched records stands; only these can move in a poll."""
        return {
            place: result._assignment.state_value(place).position
            for place, result in self._fetcher._records.items()
            if isinstance(result, FetchResult) and result._assignment.active
        }

    def _go_back(self, positions: dict[TopicPartition, int | None]) -> None:
        for place, position in positions.items():
            if position is not None and place in self.assignment():
                self.seek(place, position)

    def _placeholder(self) -> ConsumerRecord:
        """Step over the record that could not be parsed and return what stands for it."""
        place, offset = self._unparsable()
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

    def _unparsable(self) -> tuple[TopicPartition, int]:
        """Return the place where parsing broke: the one fetch whose iterator has ended by an error."""
        for place, result in self._fetcher._records.items():
            records = result._partition_records if isinstance(result, FetchResult) else None
            if records is None or records._records_iterator is None:
                continue
            if records._records_iterator.gi_frame is None:
                return place, records.next_fetch_offset
        raise LookupError("no fetch has broken")
