"""What the bus tests share: topics of their own on the real broker."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from bus.admin import apply
from schemas.topics import TopicSpec

MakeTopic = Callable[..., Awaitable[str]]


@pytest.fixture
def prefix() -> str:
    """A first word for topics, groups and transactional ids that no other test has."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_topic(bootstrap: str, prefix: str) -> MakeTopic:
    """Create a topic under the test's prefix and return its full name."""

    async def make(name: str, partitions: int = 1, **config: str) -> str:
        spec = TopicSpec(
            name_without_prefix=name,
            name=f"{prefix}.{name}",
            key="any",
            partitions=partitions,
            replication_factor=1,
            description="of a test",
            config={option.replace("_", "."): value for option, value in config.items()},
        )
        await apply(bootstrap, [spec])
        return spec.name

    return make


async def unparsable(bootstrap: str, topic: str, partition: int = 0) -> None:
    """Write a record whose header name is not UTF-8, as kcat can and aiokafka cannot."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=b'{"name": "lost"}', headers=[("NAME", b"1")])
        written = batch._build().replace(b"NAME", b"\xff\xfe\xfd\xfc")
        # Batch format v2: the checksum at byte 17 covers everything from byte 21 on.
        written[17:21] = calc_crc32c(bytes(written[21:])).to_bytes(4, "big")
        batch._buffer = written
        await (await producer.send_batch(batch, topic, partition=partition))
