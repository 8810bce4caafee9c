"""Readers without a group: from a fixed place on, up to a fixed end, whatever lies in between."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.structs import TopicPartition

from bus.publisher import Publisher
from bus.tail import Tail, end_offsets, read_all, read_range, read_topic
from bus.transactions import PartitionWriter, ProducerRecord
from runtime.errors import BusUnreachable

from .conftest import MakeTopic, unparsable


async def _fill(bootstrap: str, topic: str, count: int, partition: int = 0) -> None:
    async with Publisher(bootstrap) as publisher:
        futures = [
            await publisher.send(topic, "k", "t", b"{}", id=str(number), partition=partition)
            for number in range(count)
        ]
        await publisher.acknowledged(*futures)


async def test_a_tail_sees_everything_after_its_start_and_nothing_before(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a", 2)
    await _fill(bootstrap, topic, 3)
    async with Tail(bootstrap, [topic]) as records:
        await _fill(bootstrap, topic, 2, partition=1)
        seen = []
        async for record in records:
            seen.append((record.partition, record.offset))
            if len(seen) == 2:
                break
    assert seen == [(1, 0), (1, 1)]


async def test_a_tail_starts_at_the_offsets_it_is_given(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a", 2)
    await _fill(bootstrap, topic, 5)
    await _fill(bootstrap, topic, 5, partition=1)
    async with Tail(bootstrap, [topic], start={TopicPartition(topic, 0): 3}) as records:
        assert [record.offset for record in await records.poll(5)] == [3, 4]
        assert await records.poll(0.05) == []


async def test_a_whole_partition_is_read_and_the_reader_ends(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    await _fill(bootstrap, topic, 1000)
    async with asyncio.timeout(10):
        found = [record.offset async for records in read_all(bootstrap, topic, 0) for record in records]
    assert found == list(range(1000))


async def test_reading_an_empty_partition_ends_at_once(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    async with asyncio.timeout(5):
        assert [records async for records in read_all(bootstrap, topic, 0)] == []


async def test_a_reader_ends_behind_markers_and_before_an_open_transaction(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a")
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    for number in range(3):
        await writer.commit([ProducerRecord(topic, 0, b"k", str(number).encode())])
    assert (await end_offsets(bootstrap, topic))[0] == 6
    producer = writer._producer
    assert producer is not None
    await producer.begin_transaction()
    await producer.send_and_wait(topic, b"open", partition=0)
    async with asyncio.timeout(10):
        values = [record.value async for found in read_all(bootstrap, topic, 0) for record in found]
        every = [
            record.value
            async for found in read_all(bootstrap, topic, 0, isolation="read_uncommitted")
            for record in found
        ]
    assert values == [b"0", b"1", b"2"]
    assert every == [b"0", b"1", b"2", b"open"]
    assert (await end_offsets(bootstrap, topic))[0] == 6
    await writer.discard()


async def test_a_range_is_half_open(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    await _fill(bootstrap, topic, 10)
    found = [record.offset async for records in read_range(bootstrap, topic, 0, 3, 7) for record in records]
    assert found == [3, 4, 5, 6]


async def test_a_record_that_cannot_be_parsed_costs_no_other_partition_its_records(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a", 6)
    async with Publisher(bootstrap) as publisher:
        for number in range(60):
            await publisher.publish_record(topic, None, str(number).encode(), [], partition=number % 6)
    for partition in (0, 3):
        await unparsable(bootstrap, topic, partition)
    async with Publisher(bootstrap) as publisher:
        for number in range(60, 120):
            await publisher.publish_record(topic, None, str(number).encode(), [], partition=number % 6)
    found = [record async for records in read_topic(bootstrap, topic) for record in records]
    assert sorted(int(record.value) for record in found if record.value is not None) == list(range(120))
    assert sorted(record.partition for record in found if record.value is None) == [0, 3]
    for partition in range(6):
        offsets = [record.offset for record in found if record.partition == partition]
        assert offsets == list(range(len(offsets)))


async def test_a_missing_topic_is_named(bootstrap: str, prefix: str) -> None:
    with pytest.raises(BusUnreachable, match=f"topic {prefix}.none does not exist"):
        await end_offsets(bootstrap, f"{prefix}.none")
