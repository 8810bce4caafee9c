"""What the bus tests share: topics of their own on the real broker."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import pytest

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
