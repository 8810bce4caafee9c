"""What the tests of operators' commands share: topics and a bucket of their own on the real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bus.publisher import Publisher
from runtime.settings import Settings
from storage.store import Store
from tests.operations.world import World, create_topics


@pytest.fixture(scope="module")
def own(settings: Settings) -> Settings:
    """The module's settings, with its topics made."""
    one = settings.model_copy(update={"topic_partitions": 1})
    create_topics(one)
    return one


@pytest.fixture
async def world(own: Settings, store: Store) -> AsyncIterator[World]:
    """Topics and store, ready to be written to."""
    async with Publisher(own.bootstrap_servers, source="/reelbus/test") as publisher:
        yield World(own, store, publisher)
