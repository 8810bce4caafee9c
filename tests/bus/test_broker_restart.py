"""A broker that is killed and comes back: all clients go on, nothing is lost, running work is not touched."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bus.admin import apply
from bus.cloudevents import Event, Record
from bus.lanes import GroupTimings, LaneReader
from bus.publisher import Publisher
from bus.subscriber import Subscriber
from bus.tail import Tail, read_all
from bus.task_consumer import TaskConsumer
from bus.transactions import PartitionWriter, ProducerRecord, WriterLost
from bus.unreadable import DlqReason
from infra.local.broker import BrokerPlace, is_ready, start_broker
from infra.local.child import Child, terminate
from infra.local.ports import pick
from runtime.errors import BusUnreachable
from schemas.topics import TopicSpec


class Broker:
    """A broker of its own for a test that kills it."""

    def __init__(self, folder: Path) -> None:
        port = pick()
        self.place = BrokerPlace(folder, port, pick(taken=[port]), "MkU3OEVBNTcwNTJENDM2Qg")
        self.bootstrap = f"127.0.0.1:{port}"
        self._child: Child | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self._start)

    def kill(self) -> None:
        if self._child is not None:
            terminate(self._child, grace_s=0.0)

    def _start(self) -> None:
        folder, deadline = self.place.folder, time.monotonic() + 60
        self._child = start_broker(self.place, log=folder / "log", pid_file=folder / "pid")
        while not is_ready(self.place.broker_port, self.place.cluster_id):
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    broker = Broker(tmp_path)
    await broker.start()
    yield broker
    broker.kill()


@dataclass
class Notes:
    """What happened, and the end of the one long task."""

    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self, event: Event) -> bool:
        return event.id not in self.started

    async def work(self, event: Event) -> None:
        self.started.append(event.id)
        if event.id == "long":
            await self.go.wait()
        self.ended.append(event.id)

    async def take_in(self, events: Sequence[Event]) -> None:
        self.requests += [event.id for event in events]

    async def watch(self, tail: Tail) -> None:
        async for record in tail:
            self.seen.append(record.value)

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        raise AssertionError(reason)


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not reached():  # noqa: ASYNC110  # what is waited for changes in several tasks
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_everybody_survives_a_killed_broker(broker: Broker) -> None:
    bootstrap = broker.bootstrap
    names = ["tasks", "requests", "jobs", "state"]
    await apply(bootstrap, [TopicSpec(name, name, "any", 1, 1, "of a test") for name in names])
    notes = Notes()
    timings = GroupTimings(session_timeout_ms=6_000, heartbeat_ms=200, rebalance_timeout_ms=10_000)
    loop = TaskConsumer(
        LaneReader(bootstrap, "workers", ["tasks"], timings),
        2,
        handle=notes.work,
        claim=notes.claim,
        unreadable=notes,
        drain_s=5.0,
    )
    app = Subscriber(bootstrap, "requests", "intake", notes.take_in, notes, heartbeat_ms=200)
    async with Publisher(bootstrap) as publisher, Tail(bootstrap, ["jobs"]) as tail:
        running = [asyncio.create_task(part) for part in (loop.run(), app.run(), notes.watch(tail))]
        await publisher.publish("tasks", "k", "t", b"{}", id="long")
        await publisher.publish("requests", "k", "t", b"{}", id="before")
        await _until(lambda: notes.started == ["long"] and notes.requests == ["before"])
        writer = PartitionWriter(bootstrap, "t", 0, commit_within_s=1.0)
        await writer.start()

        broker.kill()
        assert not await publisher.ready()
        late = asyncio.create_task(publisher.publish("requests", "k", "t", b"{}", id="during"))
        with pytest.raises(WriterLost):
            await writer.commit([ProducerRecord("state", 0, b"k", b"lost")])
        with pytest.raises(BusUnreachable):
            await apply(bootstrap, [])
        await broker.start()

        await late
        await publisher.publish("tasks", "k", "t", b"{}", id="after")
        successor = PartitionWriter(bootstrap, "t", 0)
        await successor.start()
        await successor.commit(
            [ProducerRecord("state", 0, b"k", b"kept"), ProducerRecord("jobs", 0, b"k", b"fact")]
        )
        await successor.discard()
        await _until(
            lambda: notes.ended == ["after"] and "during" in notes.requests and notes.seen == [b"fact"]
        )
        notes.go.set()
        await _until(lambda: len(notes.ended) == 2)
        loop.stop()
        app.stop()
        running[2].cancel()
        await asyncio.wait(running)
        assert await publisher.ready()
    assert Counter(notes.started) == {"long": 1, "after": 1}
    kept = [record.value async for records in read_all(bootstrap, "state", 0) for record in records]
    assert kept == [b"kept"]
