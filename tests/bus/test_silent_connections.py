"""Connections that only look alive, as a firewall or a dead host leaves them: every client finds out by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bus.admin import apply
from bus.cloudevents import Event
from bus.connections import REQUEST_TIMEOUT_MS
from bus.lanes import LaneReader
from bus.publisher import Publisher
from bus.subscriber import Subscriber
from bus.tail import Tail
from bus.task_consumer import TaskConsumer
from infra.local.broker import ProxiedListener
from infra.local.ports import pick
from infra.local.stack import LocalStack
from runtime.errors import BusUnreachable
from schemas.topics import TopicSpec
from tests.chaos.proxy import Proxy

TOPICS = ("known", "new", "short", "long")
FOUND_OUT_S = 2.5 * REQUEST_TIMEOUT_MS / 1000


@dataclass
class Broker:
    """A broker of its own: the way to it through a proxy, and the direct way."""

    door: Proxy
    direct: str

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.door.port}"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    listener = ProxiedListener(pick(), pick())
    stack = LocalStack(tmp_path / "stack", proxied=listener)
    door = Proxy(listener.port, port=listener.advertised_port)
    try:
        found = await asyncio.to_thread(stack.start)
        await apply(found.bootstrap, [TopicSpec(name, name, "any", 1, 1, "of a test") for name in TOPICS])
        await door.start()
        yield Broker(door, found.bootstrap)
    finally:
        await door.stop()
        await asyncio.to_thread(stack.stop)


async def published(publisher: Publisher, topic: str, id: str) -> None:
    """Publish as a patient caller does: again and again until it is acknowledged."""
    while True:
        with contextlib.suppress(BusUnreachable):
            await publisher.publish(topic, "key", "test.v1", b"{}", id=id)
            return


async def read(records: Tail) -> list[int]:
    """Return the offsets of the next records that arrive."""
    while not (found := await records.poll()):
        pass
    return [record.offset for record in found]


@pytest.mark.slow
async def test_a_publisher_delivers_to_topics_that_it_knew_and_to_new_ones(broker: Broker) -> None:
    async with (
        Publisher(broker.bootstrap) as knowing,
        Publisher(broker.bootstrap) as fresh,
        Tail(broker.bootstrap, ["known"], start="beginning") as known,
        Tail(broker.bootstrap, ["new"], start="beginning") as new,
    ):
        await published(knowing, "known", "before")
        assert await read(known) == [0]
        assert broker.door.freeze() > 0
        async with asyncio.timeout(FOUND_OUT_S):
            await asyncio.gather(published(knowing, "known", "after"), published(fresh, "new", "after"))
            assert await read(known) == [1]
            assert await read(new) == [0]


@pytest.mark.slow
async def test_members_of_groups_join_again_and_read_on(broker: Broker) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def handle(event: Event) -> None:
        heard.put_nowait(event.id)

    async def handle_all(events: Sequence[Event]) -> None:
        for event in events:
            await handle(event)

    async def claim(event: Event) -> bool:
        return True

    async def told(moment: str) -> None:
        for topic in ("short", "long"):
            await publisher.publish(topic, "key", "test.v1", b"{}", id=f"{topic} {moment}")
        missing = {f"short {moment}", f"long {moment}"}
        while missing:  # an earlier one may come once more: its commit was lost
            missing.discard(await heard.get())

    nobody: Any = SimpleNamespace()
    app = Subscriber(broker.bootstrap, "short", "short", handle_all, nobody)
    reader = LaneReader(broker.bootstrap, "long", ["long"])
    loop = TaskConsumer(reader, 1, handle=handle, claim=claim, unreadable=nobody, drain_s=1.0)
    async with Publisher(broker.direct) as publisher:
        running = [asyncio.create_task(member.run()) for member in (app, loop)]
        async with asyncio.timeout(FOUND_OUT_S):
            await told("before")
        assert broker.door.freeze() > 0
        async with asyncio.timeout(FOUND_OUT_S):
            await told("after")
        app.stop()
        loop.stop()
        await asyncio.gather(*running)
