"""Connections that only look alive, as a firewall or a dead host leaves them: every client finds out by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from bus.admin import apply
from bus.connections import REQUEST_TIMEOUT_MS
from bus.publisher import Publisher
from bus.tail import Tail
from infra.local.broker import ProxiedListener
from infra.local.ports import pick
from infra.local.stack import LocalStack
from runtime.errors import BusUnreachable
from schemas.topics import TopicSpec
from tests.chaos.proxy import Proxy

TOPICS = ("known", "new")
FOUND_OUT_S = 2.5 * REQUEST_TIMEOUT_MS / 1000


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Proxy]:
    """The way to a broker of its own, with the topics `known` and `new`."""
    listener = ProxiedListener(pick(), pick())
    stack = LocalStack(tmp_path / "stack", proxied=listener)
    proxy = Proxy(listener.port, port=listener.advertised_port)
    try:
        found = await asyncio.to_thread(stack.start)
        await apply(found.bootstrap, [TopicSpec(name, name, "any", 1, 1, "of a test") for name in TOPICS])
        await proxy.start()
        yield proxy
    finally:
        await proxy.stop()
        await asyncio.to_thread(stack.stop)


async def published(publisher: Publisher, topic: str, id: str) -> None:
    """Publish as a patient caller does: again and again until it is acknowledged."""
    while True:
        with contextlib.suppress(BusUnreachable):
            await publisher.publish(topic, "key", "test.v1", b"{}", id=id)
            return


async def test_a_publisher_finds_out_and_delivers_to_topics_that_it_knew_and_to_new_ones(door: Proxy) -> None:
    bootstrap = f"127.0.0.1:{door.port}"
    async with (
        Publisher(bootstrap) as knowing,
        Publisher(bootstrap) as fresh,
        Tail(bootstrap, ["known"], start="beginning") as known,
        Tail(bootstrap, ["new"], start="beginning") as new,
    ):
        await published(knowing, "known", "before")
        assert [record.offset for record in await first_of(known)] == [0]
        assert door.freeze() > 0
        async with asyncio.timeout(FOUND_OUT_S):
            await asyncio.gather(published(knowing, "known", "after"), published(fresh, "new", "after"))
            assert [record.offset for record in await first_of(known)] == [1]
            assert [record.offset for record in await first_of(new)] == [0]


async def first_of(records: Tail) -> list[ConsumerRecord]:
    """Return the next records that arrive."""
    while not (found := await records.poll()):
        pass
    return found
