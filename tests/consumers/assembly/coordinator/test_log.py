"""The log as Kafka gives it: what cannot be read is stepped over once, and what a newer version wrote waits."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from bus.admin import apply
from bus.circuit_breaker import LEAST, CircuitBreakers
from bus.cloudevents import Record
from bus.publisher import Publisher
from bus.unreadable import DlqReason
from consumers.assembly.coordinator.log import KafkaLog
from planning.partition.partition import LogEntry, Partition
from runtime.settings import Settings
from schemas.log import CancelRequested, log_type
from schemas.topics import topic, topics
from tests.planning.jobs import folded


@dataclass
class Heap:
    """Dead letters that stay here."""

    offsets: list[int] = field(default_factory=list)

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        self.offsets.append(record.offset)


@asynccontextmanager
async def reading(
    settings: Settings, heap: Heap, breakers: CircuitBreakers, offset: int = 0
) -> AsyncIterator[KafkaLog]:
    """The log's one partition, read from `offset` on as a coordinator reads it that has just restored."""
    log = KafkaLog(settings.bootstrap_servers, settings.topic_prefix, heap, breakers)
    await log.start()
    try:
        while not log.assignment()[1]:
            await log.poll(0.1)
        log.resume(0, offset)
        yield log
    finally:
        await log.stop()


async def read(log: KafkaLog, until: int) -> list[LogEntry]:
    """Poll until the record at `until` was handed over."""
    found: list[LogEntry] = []
    async with asyncio.timeout(30):
        while not found or found[-1].offset < until:
            found += (await log.poll(0.2)).get(0, [])
    return found


@pytest.fixture
async def publisher(settings: Settings) -> AsyncIterator[Publisher]:
    specs = [replace(spec, partitions=1) for spec in topics(settings.topic_prefix)]
    await apply(settings.bootstrap_servers, specs)
    async with Publisher(settings.bootstrap_servers, source="/reelbus/tomorrow") as publisher:
        yield publisher


async def say(publisher: Publisher, name: str, kind: str, count: int) -> int:
    """Append events of a kind; returns the offset of the last one."""
    event = CancelRequested(job_id=str(uuid.UUID(int=1)), request_id="r", tenant="default", reason="")
    kind = kind or log_type(event)
    futures = [await publisher.send(name, "j", kind, event, id=f"{kind} {n}") for n in range(count)]
    return max(written.offset for written in await publisher.acknowledged(*futures))


async def test_a_record_that_cannot_be_read_moves_the_offset_so_no_restore_meets_it_again(
    settings: Settings, publisher: Publisher
) -> None:
    name = topic(settings.topic_prefix, "log")
    await say(publisher, name, "", 1)
    written = await publisher.publish_record(name, b"j", b"{", [], partition=0)
    heap = Heap()
    async with reading(settings, heap, CircuitBreakers()) as log:
        partition = Partition({}, 0)
        folded(partition, *await read(log, written.offset))
    assert heap.offsets == [written.offset]
    assert partition.next_offset == written.offset + 1


async def test_events_of_a_newer_version_wait_for_it_and_those_before_them_are_read(
    settings: Settings, publisher: Publisher
) -> None:
    name = topic(settings.topic_prefix, "log")
    last_read = await say(publisher, name, "", 3)
    await say(publisher, name, "internal.of-tomorrow.v9", 100)
    heap, breakers = Heap(), CircuitBreakers(first_pause_s=0.2)
    async with reading(settings, heap, breakers, last_read - 2) as log:
        found = await read(log, last_read)
        async with asyncio.timeout(30):
            while not breakers.reasons():
                found += (await log.poll(0.2)).get(0, [])
        looks = [await log.poll(0.2) for _ in range(10)]
        assert not any(looks)
        assert len(heap.offsets) < LEAST
        log.resume(0, last_read + 1)  # as after a restore: it rests all the same
        assert not await log.poll(0.2)
    resting_at = found[-1].offset + 1
    assert heap.offsets == list(range(last_read + 1, resting_at))


async def test_an_operator_may_give_them_up_all_the_same(settings: Settings, publisher: Publisher) -> None:
    name = topic(settings.topic_prefix, "log")
    first = await say(publisher, name, "", 1)
    last = await say(publisher, name, "internal.of-tomorrow.v9", 100)
    heap = Heap()
    async with reading(settings, heap, CircuitBreakers(patience_s=0.0), first) as log:
        found = await read(log, last)
    assert heap.offsets == list(range(first + 1, last + 1))
    assert [logged.event is None for logged in found] == [False] + [True] * 100


@pytest.mark.parametrize("job_id", ["offset", "rejected/x", "../x", ""])
async def test_no_event_is_about_a_job_whose_id_could_be_another_key_of_the_state(
    settings: Settings, publisher: Publisher, job_id: str
) -> None:
    name = topic(settings.topic_prefix, "log")
    value = json.dumps({"job_id": job_id, "request_id": "r", "tenant": "t", "reason": ""}).encode()
    kind = log_type(CancelRequested(job_id=str(uuid.UUID(int=1)), request_id="r", tenant="t", reason=""))
    written = await publisher.publish(name, b"k", kind, value, id="1", partition=0)
    heap = Heap()
    async with reading(settings, heap, CircuitBreakers(), written.offset) as log:
        (logged,) = await read(log, written.offset)
    assert (logged.event, heap.offsets) == (None, [written.offset])
