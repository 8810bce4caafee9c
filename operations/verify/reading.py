"""What is on the topics now, read in an order that lets a living system be examined."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from bus.admin import request_topics
from bus.cloudevents import decode
from bus.tail import Tail, end_offsets, read_topic
from bus.unreadable import Unreadable
from operations.verify.folding import Fold, digest_of
from planning.partition.records import NEXT_OFFSET, StateIsNewer, StateUnreadable, unpack_offset
from runtime.kafka_connection import KafkaConnection
from runtime.settings import Settings
from schemas.assets import Asset
from schemas.facts import EVENT_TYPES
from schemas.identity import request_mark
from schemas.log import LOG_TYPES
from schemas.topics import tenant_of, topic

REQUESTS = ("media.job.requested.v1", "media.job.cancel-requested.v1", "media.job.replay-requested.v1")


@dataclass(frozen=True, slots=True)
class NamedAsset:
    """An asset as an event or a state names it, and where."""

    key: str
    sha256: str
    size_bytes: int
    asset_id: str
    where: str


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One public event as it stands on its topic."""

    id: str
    type: str
    job_id: str
    run: int
    digest: bytes
    place: str
    partition: int
    offset: int
    at_ms: int
    request_id: str
    settled: bool
    assets: tuple[NamedAsset, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One record of a topic of requests, and what marks it; without an id it cannot be read."""

    id: str | None
    mark: str
    place: str
    at_ms: int


@dataclass(slots=True)
class Snapshot:
    """All that is examined.

    States are read before the public events, so every event that a state implies is among those; an event is
    `settled` when it was there before the states were read, so that the states must account for it.
    """

    prefix: str
    states: dict[int, dict[str, bytes]] = field(default_factory=dict)
    folds: dict[int, Fold] = field(default_factory=dict)
    published: dict[int, list[PublicEvent]] = field(default_factory=lambda: defaultdict(list))
    unreadable: list[tuple[str, int]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    log_is_whole: bool = True
    events_are_whole: bool = True

    def every_published(self) -> Iterator[PublicEvent]:
        """Yield the public events of all partitions."""
        for published in self.published.values():
            yield from published

    def whole(self, partition: int, job_id: str) -> bool:
        """Whether the log still has everything about a job, so that its fold says what must be."""
        fold = self.folds[partition]
        if job_id in fold.unfoldable:
            return False
        if self.log_is_whole:
            return True
        # A repeat of the request may be all that retention has left of the beginning: it has another request.
        first = fold.first_requests.get(job_id)
        return first is not None and any(
            t.job_id == job_id and t.run == 1 and t.request_id == first for t in self.published[partition]
        )


async def read_snapshot(settings: Settings) -> Snapshot:
    """Read requests, states, log and public events.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    servers, prefix = settings.kafka, settings.topic_prefix
    snapshot = Snapshot(prefix)
    await _read_requests(snapshot, servers)
    before = {
        name: await end_offsets(servers, name) for name in (topic(prefix, "jobs"), topic(prefix, "assets"))
    }
    await _read_states(snapshot, servers)
    await asyncio.gather(
        _read_log(snapshot, servers),
        *(_read_told(snapshot, servers, name, ends) for name, ends in before.items()),
    )
    snapshot.log_is_whole = await _whole(servers, topic(prefix, "log"))
    snapshot.events_are_whole = all([await _whole(servers, name) for name in before])
    return snapshot


async def _read_requests(snapshot: Snapshot, servers: KafkaConnection) -> None:
    # As intake reads: what a producer took back, or has not committed yet, nobody was asked for.
    for name in await request_topics(servers, snapshot.prefix):
        tenant = tenant_of(snapshot.prefix, name)
        async for records in read_topic(servers, name, isolation="read_committed"):
            for record in records:
                place = f"{record.topic}/{record.partition}/{record.offset}"
                try:
                    request = decode(record, plain_ok=True, types=REQUESTS)
                except Unreadable:
                    snapshot.requests.append(Request(None, "", place, record.timestamp))
                    continue
                mark = request_mark(request.source, request.id, request.type, tenant, request.value or b"")
                snapshot.requests.append(Request(request.id, mark, place, record.timestamp))


async def _read_states(snapshot: Snapshot, servers: KafkaConnection) -> None:
    name = topic(snapshot.prefix, "state")
    for partition in await end_offsets(servers, name):
        snapshot.states[partition] = {}
        snapshot.folds[partition] = Fold(next_offset=0)
    async for records in read_topic(servers, name):
        for record in records:
            key = (record.key or b"").decode("utf-8", "replace")
            next_offset = _next_offset(record.value) if key == NEXT_OFFSET else None
            if next_offset is not None:
                snapshot.folds[record.partition].next_offset = next_offset
            elif record.value is None:
                snapshot.states[record.partition].pop(key, None)
            else:
                snapshot.states[record.partition][key] = record.value


def _next_offset(value: bytes | None) -> int | None:
    """Return the offset in a partition's own record; None when it holds none, and is examined as a state."""
    try:
        return unpack_offset(value or b"").next_offset
    except (StateUnreadable, StateIsNewer):
        return None


async def _read_log(snapshot: Snapshot, servers: KafkaConnection) -> None:
    # The coordinator reads uncommitted records as well: nobody writes to the log in transactions.
    name = topic(snapshot.prefix, "log")
    async for records in read_topic(servers, name, isolation="read_uncommitted"):
        for record in records:
            try:
                event = decode(record, types=LOG_TYPES.keys())
                model: Any = LOG_TYPES[event.type].model_validate_json(record.value or b"")
            except (Unreadable, ValidationError):
                continue  # a dead letter: the coordinator steps over it too
            snapshot.folds[record.partition].take(record.offset, record.timestamp, model)
        await asyncio.sleep(0)


async def _read_told(snapshot: Snapshot, servers: KafkaConnection, name: str, before: dict[int, int]) -> None:
    async for records in read_topic(servers, name):
        for record in records:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            try:
                event = decode(record, types=EVENT_TYPES.keys())
                EVENT_TYPES[event.type].model_validate_json(record.value or b"")
            except (Unreadable, ValidationError):
                snapshot.unreadable.append((place, record.timestamp))
                continue
            snapshot.published[record.partition].append(
                PublicEvent(
                    id=event.id,
                    type=event.type,
                    job_id=str(event.data.get("job_id", event.subject)),
                    run=int(event.data.get("run", 0)),
                    digest=digest_of(record.value or b""),
                    place=place,
                    partition=record.partition,
                    offset=record.offset,
                    at_ms=record.timestamp,
                    request_id=str(event.data.get("request_id", "")),
                    settled=record.offset < before.get(record.partition, 0),
                    assets=tuple(_named(event.data, place)),
                )
            )


def _named(data: dict[str, Any], where: str) -> Iterator[NamedAsset]:
    found = [data["asset"]] if "asset" in data else []
    found += list(data.get("outputs", {}).values())
    for asset in found:
        yield named_asset(Asset.model_validate(asset, strict=False), where)


def named_asset(asset: Asset, where: str) -> NamedAsset:
    """Return what is to be checked of an asset."""
    return NamedAsset(asset.key, asset.sha256, asset.size_bytes, asset.asset_id, where)


async def _whole(servers: KafkaConnection, name: str) -> bool:
    """Whether retention has taken nothing of a topic yet."""
    async with Tail(servers, [name], start="beginning") as tail:
        return not any(tail.start_offsets.values())
