"""How a consumer pauses a partition whose circuit breaker is open, and probes it when its pause is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.circuit_breaker import PROBE, CircuitBreakers

_PROBE_S = 3.0
"""A probe ends after this time, or with `PROBE` records: there may be no more."""

Found = Mapping[TopicPartition, list[ConsumerRecord]]


@dataclass
class _Probe:
    ends_s: float
    records: list[ConsumerRecord] = field(default_factory=list)


class PausedPartitions:
    """The paused partitions of one consumer. Polls go on: they bring the others, and what is probed.

    A probe handles nothing: it reads a few records, asks of each whether it would fail by our fault, and seeks
    back to where the partition was paused.
    """

    def __init__(
        self,
        breakers: CircuitBreakers,
        fails: Callable[[ConsumerRecord], bool],
    ) -> None:
        self._breakers = breakers
        self._fails = fails
        self._offsets: dict[TopicPartition, int] = {}
        self._probes: dict[TopicPartition, _Probe] = {}

    def is_paused(self, place: TopicPartition) -> bool:
        """Whether the partition is paused."""
        return self._breakers.is_open(place)

    def hold(self, consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> None:
        """Pause the partition at this offset."""
        self._offsets[place] = offset
        self._probes.pop(place, None)
        if place in consumer.assignment():
            consumer.pause(place)
            consumer.seek(place, offset)

    def sift(
        self, consumer: AIOKafkaConsumer, found: Found, read: Collection[TopicPartition]
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Return what a poll found in partitions that are not paused; begin and end probes of those that are.

        `read` are the partitions that the caller wants to read at all.
        """
        self._breakers.retain(consumer.assignment())
        sound = {place: records for place, records in found.items() if not self.is_paused(place)}
        for place in found.keys() - sound.keys():
            if place in self._probes:
                self._probes[place].records += found[place]
            else:  # a rebalance has ended its pause
                self.hold(consumer, place, found[place][0].offset)
        for place in list(self._probes):
            self._end_probe(consumer, place, wanted=place in read)
        for place in read:
            if self.is_paused(place) and place not in self._probes and not self._breakers.pause_s(place):
                self._probes[place] = _Probe(time.monotonic() + _PROBE_S)
                consumer.resume(place)
        return sound

    def _end_probe(self, consumer: AIOKafkaConsumer, place: TopicPartition, *, wanted: bool) -> None:
        probe = self._probes[place]
        if not wanted:
            del self._probes[place]
            return
        if len(probe.records) < PROBE and time.monotonic() < probe.ends_s:
            return  # more may come
        for record in probe.records[:PROBE]:
            self._breakers.note(place, failed=self._fails(record))
        self._breakers.settle(place)
        self.hold(consumer, place, self._offsets[place])
        if not self.is_paused(place) and place in consumer.assignment():
            consumer.resume(place)
