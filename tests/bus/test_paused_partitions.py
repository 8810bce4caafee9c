"""A partition whose circuit breaker is open is paused, probed, and goes on where it was paused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.circuit_breaker import LEAST, CircuitBreakers
from bus.connections import build_consumer, start_consumer, stop_consumer
from bus.paused_partitions import PausedPartitions
from bus.publisher import Publisher

from .conftest import MakeTopic


@dataclass
class Reader:
    """A loop that polls, and takes what does not rest."""

    consumer: AIOKafkaConsumer
    place: TopicPartition
    breakers: CircuitBreakers = field(default_factory=lambda: CircuitBreakers(first_pause_s=0.2))
    readable: bool = False
    looked: int = 0
    taken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paused = PausedPartitions(self.breakers, self.fails)

    def fails(self, record: ConsumerRecord) -> bool:
        self.looked += 1
        return not self.readable

    async def poll(self) -> None:
        found = await self.consumer.getmany(timeout_ms=50)
        sound = self.paused.sift(self.consumer, found, self.consumer.assignment())
        self.taken += [record.offset for record in sound.get(self.place, [])]

    def engage(self, offset: int) -> None:
        for _ in range(LEAST):
            self.breakers.note(self.place, failed=True)
        self.breakers.settle(self.place)
        self.paused.hold(self.consumer, self.place, offset)


@pytest.fixture
async def reader(bootstrap: str, make_topic: MakeTopic) -> AsyncIterator[Reader]:
    place = TopicPartition(await make_topic("log"), 0)
    async with Publisher(bootstrap) as publisher:
        for _ in range(40):
            await publisher.publish_record(place.topic, b"k", b"{}", [], partition=0)
    consumer = build_consumer(bootstrap=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await start_consumer(consumer, bootstrap)
    consumer.assign([place])
    yield Reader(consumer, place)
    await stop_consumer(consumer)


async def test_nothing_is_taken_while_it_rests_and_everything_when_it_goes_on(reader: Reader) -> None:
    async with asyncio.timeout(30):
        while len(reader.taken) < 40:
            await reader.poll()
        reader.taken.clear()
        reader.engage(10)
        while reader.looked < 32:
            await reader.poll()
        assert reader.taken == []
        reader.readable = True
        while len(reader.taken) < 30:
            await reader.poll()
    assert reader.taken == list(range(10, 40))
    assert not reader.paused.is_paused(reader.place)


async def test_a_look_at_a_partition_with_little_in_it_ends_by_itself(reader: Reader) -> None:
    reader.readable = True
    reader.engage(38)
    async with asyncio.timeout(30):
        while len(reader.taken) < 2:
            await reader.poll()
    assert reader.taken == [38, 39]


async def test_what_a_rebalance_wakes_is_sent_to_rest_again(reader: Reader) -> None:
    reader.engage(5)
    reader.consumer.resume(reader.place)
    async with asyncio.timeout(30):
        while reader.looked < 16:
            await reader.poll()
    assert reader.taken == []
