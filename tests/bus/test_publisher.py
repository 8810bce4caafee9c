"""Events arrive in order, acknowledged, and failures are sentences."""

from __future__ import annotations

import asyncio
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider

from bus.cloudevents import decode
from bus.publisher import Publisher, RecordTooLarge
from bus.tail import Tail, read_all
from runtime.errors import BusUnreachable
from schemas.base import Message

from .conftest import MakeTopic


class Hello(Message):
    name: str
    note: str | None = None


async def _everything(bootstrap: str, topic: str, partition: int = 0) -> list[object]:
    return [record async for records in read_all(bootstrap, topic, partition) for record in records]


async def test_a_published_message_is_read_as_the_event_it_was(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a", 3)
    async with Publisher(bootstrap, source="/reelbus/test") as publisher:
        placed = await publisher.publish(
            topic, "job", "hello.v1", Hello(name="Ada"), id="e1", subject="job", partition=2
        )
        assert (placed.partition, placed.offset) == (2, 0)
    async with Tail(bootstrap, [topic], start="beginning") as tail:
        (record,) = await tail.poll(5)
    event = decode(record)
    assert (event.type, event.id, event.subject, event.key) == ("hello.v1", "e1", "job", b"job")
    assert event.source == "/reelbus/test"
    assert event.data == {"name": "Ada"}


async def test_equal_keys_share_a_partition_and_keep_their_order(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a", 4)
    async with Publisher(bootstrap) as publisher:
        futures = [await publisher.send(topic, "job", "t", b"{}", id=str(number)) for number in range(500)]
        places = await publisher.acknowledged(*futures)
    assert len({place.partition for place in places}) == 1
    assert [place.offset for place in places] == list(range(500))


async def test_a_lone_event_leaves_at_once(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    async with Publisher(bootstrap) as publisher:
        await publisher.publish(topic, "k", "t", b"{}", id="warm")
        took = []
        for number in range(20):
            started = time.monotonic()
            await publisher.publish(topic, "k", "t", b"{}", id=str(number))
            took.append(time.monotonic() - started)
    assert sorted(took)[10] < 0.05


async def test_the_present_span_travels_with_the_event(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    tracer = TracerProvider().get_tracer("test")
    async with Publisher(bootstrap) as publisher:
        with tracer.start_as_current_span("work") as span:
            await publisher.publish(topic, "k", "t", b"{}", id="1")
        await publisher.publish(topic, "k", "t", b"{}", id="2", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
        await publisher.publish(topic, "k", "t", b"{}", id="3")
    records = await _everything(bootstrap, topic)
    parents = [decode(record).traceparent for record in records]  # type: ignore[arg-type]
    assert parents[0] is not None
    assert f"{span.get_span_context().trace_id:032x}" in parents[0]
    assert parents[1] == f"00-{'a' * 32}-{'b' * 16}-01"
    assert parents[2] is None


async def test_a_record_beyond_the_topics_limit_is_refused_and_the_next_one_passes(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a", max_message_bytes="2000000")
    async with Publisher(bootstrap) as publisher:
        with pytest.raises(RecordTooLarge):
            await publisher.publish(topic, "k", "t", b" " * 2_100_000, id="1")
        with pytest.raises(RecordTooLarge):
            await publisher.publish(topic, "k", "t", b" " * 9_000_000, id="2")
        await publisher.publish(topic, "k", "t", b" " * 1_900_000, id="3")


async def test_an_unknown_topic_is_named_with_the_command_that_makes_it(bootstrap: str, prefix: str) -> None:
    async with Publisher(bootstrap, deliver_within_s=1.0) as publisher:
        with pytest.raises(BusUnreachable):
            await publisher.publish(f"{prefix}.nowhere", "k", "t", b"{}", id="1")


async def test_a_partition_that_is_not_there_is_an_error_of_ours(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a")
    async with Publisher(bootstrap) as publisher:
        with pytest.raises(BusUnreachable, match="has no partition 7"):
            await publisher.publish(topic, "k", "t", b"{}", id="1", partition=7)
        await publisher.publish(topic, "k", "t", b"{}", id="2", partition=0)


async def test_without_a_broker_the_error_says_how_to_start_one() -> None:
    with pytest.raises(BusUnreachable, match="reelbus stack start"):
        await Publisher("127.0.0.1:1").start()


async def test_a_broken_producer_is_replaced_by_the_next_event(bootstrap: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("a")
    async with Publisher(bootstrap) as publisher:
        assert await publisher.ready()
        await publisher.publish(topic, "k", "t", b"{}", id="1")
        producer = publisher._producer.current
        assert producer is not None
        # What a fatal broker error does to aiokafka: its sending task ends.
        producer._sender.sender_task.cancel()
        await asyncio.wait([producer._sender.sender_task])
        assert not await publisher.ready()
        assert (await publisher.publish(topic, "k", "t", b"{}", id="2")).offset == 1
        assert await publisher.ready()


async def test_a_record_that_is_too_large_names_what_it_is_about(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("small", max_message_bytes="50000")
    async with Publisher(bootstrap) as publisher:
        futures = [
            await publisher.send(topic, f"k{n}", "t", b"x" * size, id=f"{n}", subject=f"job-{n}")
            for n, size in enumerate((10, 90_000, 10, 80_000))
        ]
        with pytest.raises(RecordTooLarge) as refused:
            await publisher.acknowledged(*futures)
        assert "job-1" in refused.value.about  # what was sent behind it need not have been looked at
        assert {"job-0", "job-2"}.isdisjoint(refused.value.about)
        await publisher.publish(topic, "k", "t", b"x", id="after")  # and the next record is taken
        with pytest.raises(RecordTooLarge) as refused:
            await publisher.publish_record(topic, "a key", b"x" * 6_000_000, [])
        assert refused.value.about == ("a key",)
