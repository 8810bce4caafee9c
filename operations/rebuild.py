"""How an operator has `media.state` made again from `media.log`, and sees that both say the same."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from bus.publisher import Publisher
from bus.tail import end_offsets, read_all
from bus.transactions import PartitionWriter, ProducerRecord
from planning.partition.records import NEXT_OFFSET, StateIsNewer, StateUnreadable, is_job, unpack
from runtime.kafka_connection import KafkaConnection
from runtime.settings import Settings
from schemas.log import TimerFired, log_type
from schemas.topics import topic

_LOOK_EVERY_S = 0.2
_NOBODY = str(uuid.UUID(int=0))


@dataclass(frozen=True)
class Rebuilt:
    """One partition before and after: jobs then, records that could not be read then, and keys that changed."""

    partition: int
    jobs: int
    unreadable: tuple[str, ...]
    changed: tuple[str, ...]


async def rebuild(settings: Settings, numbers: list[int], *, within_s: float) -> list[Rebuilt]:
    """Declare the state of these partitions lost and wait until their coordinator has folded the log again.

    Jobs go on meanwhile; whatever happens to them during the rebuild counts as a change too.

    Raises:
        TimeoutError: no coordinator did it in time; it does so as soon as one runs.
        BusUnreachable: no broker, or no such topic.
    """
    servers, prefix = settings.kafka, settings.topic_prefix
    state = topic(prefix, "state")
    known = await end_offsets(servers, state)
    unknown = sorted(set(numbers) - known.keys())
    if unknown:
        raise ValueError(f"there is no partition {unknown[0]}: {state} has 0 to {len(known) - 1}")
    deadline = time.monotonic() + within_s
    before = {number: await _records(servers, state, number) for number in numbers or sorted(known)}
    for number in before:
        await _declare_lost(settings, number)
    found = []
    for number, old in before.items():
        while NEXT_OFFSET not in (new := await _records(servers, state, number)):
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(_LOOK_EVERY_S)
        found.append(_compared(number, old, new))
    return found


async def _declare_lost(settings: Settings, number: int) -> None:
    """Remove the offset, which fences the partition's writer, and give that writer an event to notice it by."""
    writer = PartitionWriter(settings.kafka, settings.topic_prefix, number)
    await writer.start()
    try:
        record = ProducerRecord(topic(settings.topic_prefix, "state"), number, NEXT_OFFSET.encode(), None)
        await writer.commit([record])
    finally:
        await writer.discard()
    async with Publisher(settings.kafka, source="/reelbus/rebuild") as publisher:
        event = TimerFired(job_id=_NOBODY, due_ms=0)
        await publisher.publish(
            topic(settings.topic_prefix, "log"),
            _NOBODY,
            log_type(event),
            event,
            id=str(uuid.uuid4()),
            partition=number,
        )


async def _records(servers: KafkaConnection, name: str, number: int) -> dict[str, bytes]:
    entries: dict[str, bytes] = {}
    async for records in read_all(servers, name, number):
        for record in records:
            key = (record.key or b"").decode("utf-8", "replace")
            if record.value is None:
                entries.pop(key, None)
            else:
                entries[key] = record.value
    return entries


def _compared(number: int, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Rebuilt:
    before, after = _contents(old), _contents(new)
    keys = (before.keys() | after.keys()) - {NEXT_OFFSET}
    return Rebuilt(
        partition=number,
        jobs=sum(map(is_job, new)),
        unreadable=tuple(sorted(key for key, content in before.items() if content is None)),
        changed=tuple(sorted(key for key in keys if before.get(key) != after.get(key))),
    )


def _contents(entries: Mapping[str, bytes]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for key, value in entries.items():
        try:
            found[key] = unpack(value)
        except (StateUnreadable, StateIsNewer):
            found[key] = None
    return found
