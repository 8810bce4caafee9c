"""How a consumer lets a partition rest whose brake is engaged, and looks into it when its pause is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.circuit_breaker import PROBE, Brakes

_LOOK_S = 3.0
"""A look ends after this time, or with `PROBE` records: there may be no more."""

Found = Mapping[TopicPartition, list[ConsumerRecord]]


@dataclass
class _Look:
    ends_s: float
    records: list[ConsumerRecord] = field(default_factory=list)


class Resting:
    """The partitions of one consumer that rest. Polls go on: they bring the others, and what is looked at.

    A look handles nothing: it reads a few records, asks of each whether it would fail by our fault, and goes
    back to where the partition rests.
    """

    def __init__(
        self,
        brakes: Brakes,
        fails: Callable[[ConsumerRecord], bool],
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._brakes = brakes
        self._fails = fails
        self._clock_s = clock_s
        self._offsets: dict[TopicPartition, int] = {}
        self._looks: dict[TopicPartition, _Look] = {}

    def engaged(self, place: TopicPartition) -> bool:
        """Whether the partition rests."""
        return self._brakes.engaged(place)

    def hold(self, consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> None:
        """Let the partition rest at this offset."""
        self._offsets[place] = offset
        self._looks.pop(place, None)
        if place in consumer.assignment():
            consumer.pause(place)
            consumer.seek(place, offset)

    def sift(
        self, consumer: AIOKafkaConsumer, found: Found, read: Collection[TopicPartition]
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Return what a poll found in partitions that do not rest; begin and end looks into those that do.

        `read` are the partitions that the caller wants to read at all.
        """
        self._brakes.retain(consumer.assignment())
        sound = {place: records for place, records in found.items() if not self.engaged(place)}
        for place in found.keys() - sound.keys():
            if place in self._looks:
                self._looks[place].records += found[place]
            else:  # a rebalance has ended its pause
                self.hold(consumer, place, found[place][0].offset)
        for place in list(self._looks):
            self._end_look(consumer, place, wanted=place in read)
        for place in read:
            if self.engaged(place) and place not in self._looks and not self._brakes.pause_s(place):
                self._looks[place] = _Look(self._clock_s() + _LOOK_S)
                consumer.resume(place)
        return sound

    def _end_look(self, consumer: AIOKafkaConsumer, place: TopicPartition, *, wanted: bool) -> None:
        look = self._looks[place]
        if not wanted:
            del self._looks[place]
            return
        if len(look.records) < PROBE and self._clock_s() < look.ends_s:
            return  # more may come
        for record in look.records[:PROBE]:
            self._brakes.note(place, failed=self._fails(record))
        self._brakes.settle(place)
        self.hold(consumer, place, self._offsets[place])
        if not self.engaged(place) and place in consumer.assignment():
            consumer.resume(place)
