"""Either all records of a batch are seen or none, and only by the partition's present owner's doing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from bus.connections import discard_producer
from bus.publisher import RecordTooLarge
from bus.tail import Isolation, Tail, end_offsets, read_all
from bus.transactions import Fenced, PartitionWriter, ProducerRecord, WriterLost

from .conftest import MakeTopic


def _record(topic: str, value: bytes, partition: int = 0) -> ProducerRecord:
    return ProducerRecord(topic=topic, partition=partition, key=b"k", value=value, headers=[("h", b"1")])


async def _values(bootstrap: str, topic: str, isolation: Isolation = "read_committed") -> list[bytes]:
    async with asyncio.timeout(10):
        # The broker writes the marks of a transaction's end after it has answered.
        while await end_offsets(bootstrap, topic) != await end_offsets(bootstrap, topic, "read_uncommitted"):
            continue
    return [
        record.value async for found in read_all(bootstrap, topic, 0, isolation=isolation) for record in found
    ]


async def _leave_open(writer: PartitionWriter, topic: str, value: bytes) -> None:
    """Write as a process does that dies before its commit."""
    producer = writer._producer
    assert producer is not None
    await producer.begin_transaction()
    await producer.send_and_wait(topic, value, key=b"k", partition=0)


async def test_a_batch_over_topics_and_partitions_is_seen_whole(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state, jobs = await make_topic("state", 2), await make_topic("jobs", 2)
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    await writer.commit(
        [_record(state, b"s"), _record(jobs, b"j0"), _record(jobs, b"j1", 1), _record(state, b"t")]
    )
    async with Tail(bootstrap, [state, jobs], start="beginning") as tail:
        seen: list[ConsumerRecord] = []
        while len(seen) < 4:
            seen += await tail.poll()
    await writer.discard()
    assert sorted(record.value for record in seen) == [b"j0", b"j1", b"s", b"t"]
    assert {record.headers for record in seen} == {(("h", b"1"),)}


async def test_an_empty_batch_is_no_error(bootstrap: str, prefix: str, make_topic: MakeTopic) -> None:
    state = await make_topic("state")
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    await writer.commit([])
    await writer.commit([_record(state, b"after")])
    await writer.discard()
    assert await _values(bootstrap, state) == [b"after"]


async def test_more_than_a_batch_holds_is_split_and_keeps_its_order(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state", max_message_bytes=str(4 * 1024 * 1024))
    values = [bytes([number]) * 100_000 for number in range(10)] + [b"x" * 3_000_000, b"last"]
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    await writer.commit([_record(state, value) for value in values])
    await writer.discard()
    assert await _values(bootstrap, state) == values


async def test_transactions_follow_each_other_quickly(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state")
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    took = []
    for number in range(20):
        started = time.monotonic()
        await writer.commit([_record(state, str(number).encode())])
        took.append(time.monotonic() - started)
    await writer.discard()
    assert sorted(took)[10] < 0.1
    assert len(await _values(bootstrap, state)) == 20


async def test_a_zombie_is_fenced_and_leaves_nothing_behind(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state")
    zombie = PartitionWriter(bootstrap, prefix, 3)
    await zombie.start()
    await zombie.commit([_record(state, b"before")])
    owner = PartitionWriter(bootstrap, prefix, 3)
    await owner.start()
    with pytest.raises(Fenced):
        await zombie.commit([_record(state, b"zombie")])
    with pytest.raises(WriterLost):
        await zombie.commit([_record(state, b"zombie")])
    await owner.commit([_record(state, b"after")])
    await owner.discard()
    assert await _values(bootstrap, state) == [b"before", b"after"]
    assert b"zombie" not in await _values(bootstrap, state, "read_uncommitted")


async def test_an_owner_of_another_partition_is_no_rival(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state", 2)
    writers = [PartitionWriter(bootstrap, prefix, number) for number in range(2)]
    for writer in writers:
        await writer.start()
    await asyncio.gather(
        *(writer.commit([_record(state, b"v", number)]) for number, writer in enumerate(writers))
    )
    for writer in writers:
        await writer.commit([_record(state, b"w", writers.index(writer))])
        await writer.discard()
    for number in range(2):
        found = read_all(bootstrap, state, number, isolation="read_committed")
        assert [record.value async for records in found for record in records] == [b"v", b"w"]


async def test_a_successor_aborts_the_transaction_that_a_dead_owner_left_open(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state")
    dead = PartitionWriter(bootstrap, prefix, 0)
    await dead.start()
    await _leave_open(dead, state, b"torn")
    assert (await end_offsets(bootstrap, state, "read_committed"))[0] == 0
    assert (await end_offsets(bootstrap, state, "read_uncommitted"))[0] == 1
    owner = PartitionWriter(bootstrap, prefix, 0)
    started = time.monotonic()
    await owner.start()
    await owner.commit([_record(state, b"whole")])
    assert time.monotonic() - started < 5.0
    assert await _values(bootstrap, state, "read_committed") == [b"whole"]
    assert await _values(bootstrap, state, "read_uncommitted") == [b"torn", b"whole"]
    await dead.discard()
    await owner.discard()


async def test_discarding_a_writer_never_commits_what_it_had_begun(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state")
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    await _leave_open(writer, state, b"torn")
    await writer.discard()
    successor = PartitionWriter(bootstrap, prefix, 0)
    await successor.start()
    await successor.discard()
    assert await _values(bootstrap, state) == []


async def test_a_commit_beyond_its_deadline_loses_the_writer(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state")
    writer = PartitionWriter(bootstrap, prefix, 0, commit_within_s=0.0)
    await writer.start()
    with pytest.raises(WriterLost):
        await writer.commit([_record(state, b"late")])
    with pytest.raises(WriterLost, match="not open"):
        await writer.commit([])


async def test_a_record_beyond_the_topics_limit_is_refused(
    bootstrap: str, prefix: str, make_topic: MakeTopic
) -> None:
    state = await make_topic("state", max_message_bytes="1000000")
    writer = PartitionWriter(bootstrap, prefix, 0)
    await writer.start()
    with pytest.raises(RecordTooLarge) as refused:
        await writer.commit(
            [
                _record(state, b"ok"),
                replace(_record(state, b"x" * 1_500_000), key=b"one"),
                replace(_record(state, b"x" * 1_600_000), key=b"other"),
            ]
        )
    assert refused.value.about == ("one", "other")
    successor = PartitionWriter(bootstrap, prefix, 0)
    await successor.start()
    await successor.discard()
    assert await _values(bootstrap, state) == []


async def test_no_stranger_holds_a_partition_back_for_longer_than_a_minute(
    bootstrap: str, prefix: str
) -> None:
    patient = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=f"{prefix}-patient", transaction_timeout_ms=60_001
    )
    with pytest.raises(KafkaError, match=r"(?i)timeout"):
        await patient.start()
    await discard_producer(patient)
