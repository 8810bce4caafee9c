"""A few kB that inflate to hundreds of MB are refused at their producer and reach no reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from bus.admin import apply, check
from bus.tail import read_all
from schemas.topics import TopicSpec, topics

MB = 1_000_000


@pytest.fixture
async def requests(bootstrap: str, prefix: str) -> TopicSpec:
    (spec,) = (replace(spec, partitions=1) for spec in topics(prefix) if spec.name.endswith("requests"))
    await apply(bootstrap, [spec])
    return spec


def _producer(bootstrap: str, codec: str | None) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap, compression_type=codec, max_request_size=1000 * MB, max_batch_size=MB
    )


def _request(size_bytes: int) -> bytes:
    return json.dumps({"kind": "film", "brief": "a" * size_bytes}).encode()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("size_bytes", [3 * MB, 60 * MB])
async def test_what_inflates_beyond_a_request_is_refused_at_the_producer(
    bootstrap: str, requests: TopicSpec, codec: str, size_bytes: int
) -> None:
    async with _producer(bootstrap, codec) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(requests.name, _request(size_bytes))
    assert [found async for found in read_all(bootstrap, requests.name, 0)] == []


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
async def test_batches_of_honest_producers_pass(
    bootstrap: str, requests: TopicSpec, codec: str | None
) -> None:
    async with _producer(bootstrap, codec) as producer:
        await producer.send_and_wait(requests.name, _request(MB))
        batch = producer.create_batch()
        while batch.append(key=None, value=_request(1000), timestamp=None):
            pass
        records = batch.record_count()
        await (await producer.send_batch(batch, requests.name, partition=0))
    found = [record async for records in read_all(bootstrap, requests.name, 0) for record in records]
    assert len(found) == 1 + records


async def test_a_topic_that_would_hand_on_what_is_compressed_is_told_and_mended(
    bootstrap: str, requests: TopicSpec
) -> None:
    config = {name: value for name, value in requests.config.items() if name != "compression.type"}
    before = replace(requests, name=f"{requests.name}.older", config=config)
    now = replace(before, config=requests.config)
    await apply(bootstrap, [before])
    assert await check(bootstrap, [now]) == [
        f"{now.name} has compression.type=producer instead of uncompressed"
    ]
    await apply(bootstrap, [now])
    assert await check(bootstrap, [now]) == []
