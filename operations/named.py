"""What the topics name: the digests of blobs and cached results, and the jobs that anything is known of."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from bus.admin import orders_topics, request_topics
from bus.tail import end_offsets, read_topic
from planning.partition.records import StateIsNewer, StateUnreadable, header_of, unpack
from runtime.errors import InvalidRequest
from runtime.kafka_connection import KafkaConnection
from runtime.settings import Settings
from schemas.orders import DeferredTicket
from schemas.topics import topic

_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(slots=True)
class Names:
    """What the topics name: digests and fingerprints alike, and the jobs that anything is known of."""

    digests: set[bytes] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    ended_ms: dict[str, int] = field(default_factory=dict)
    """When the state of a job that has ended was last written."""
    deferred: set[str] = field(default_factory=set)
    """The jobs of tickets that are still followed, or called off."""
    open_jobs: int = 0
    log_ends: dict[int, int] = field(default_factory=dict)


async def read_names(settings: Settings) -> Names:
    """Read every topic on which an asset can be named.

    Any 64 hexadecimal digits count as a name, wherever they stand: what this code does not understand, such as
    an event of a newer version, still keeps what it names.
    """
    servers, prefix = settings.kafka, settings.topic_prefix
    names = Names()
    names.log_ends = await end_offsets(servers, topic(prefix, "log"), "read_uncommitted")
    open_jobs: set[str] = set()
    async for record in _records(servers, topic(prefix, "state")):
        key, value = _text(record.key), record.value
        if value is None:
            names.jobs.discard(key)
            open_jobs.discard(key)
            names.ended_ms.pop(key, None)
        else:
            content, is_open = _opened(value)
            _take(names, content)
            names.jobs.add(key)
            (open_jobs.add if is_open else open_jobs.discard)(key)
            names.ended_ms[key] = record.timestamp
    for key in open_jobs:
        del names.ended_ms[key]
    names.open_jobs = len(open_jobs)
    names.deferred = await _deferred(servers, topic(prefix, "deferred"))
    tasks = await orders_topics(servers, prefix)
    for name in ("log", "jobs", "assets"):
        async for record in _records(servers, topic(prefix, name)):
            _take(names, record.value)
            names.jobs.add(_text(record.key))
    asked = await request_topics(servers, prefix)
    for full in (*asked, topic(prefix, "progress"), topic(prefix, "dlq"), *tasks):
        async for record in _records(servers, full):
            _take(names, record.value)
    return names


async def named_since(settings: Settings, names: Names) -> set[str]:
    """Return the digests, fingerprints and jobs that the log named since it was last read: it names all first."""
    name = topic(settings.topic_prefix, "log")
    found: set[str] = set()
    async for records in read_topic(
        settings.kafka, name, isolation="read_uncommitted", starts=names.log_ends
    ):
        for record in records:
            found |= {digest.hex() for digest in digests_in(record.value)}
            found.add(_text(record.key))
    return found - {""}


async def _records(servers: KafkaConnection, name: str) -> AsyncIterator[_Record]:
    async for records in read_topic(servers, name, isolation="read_uncommitted"):
        for record in records:
            yield _Record(record.key, record.value, record.timestamp)


async def _deferred(servers: KafkaConnection, name: str) -> set[str]:
    """Return the jobs that have tickets on the topic now."""
    jobs: dict[str, str] = {}
    async for record in _records(servers, name):
        jobs.pop(_text(record.key), None)
        if record.value is not None:
            try:
                jobs[_text(record.key)] = DeferredTicket.model_validate_json(record.value).job_id
            except ValidationError:  # a newer version's: nobody knows whose it is
                jobs[_text(record.key)] = ""
    return set(jobs.values())


@dataclass(frozen=True, slots=True)
class _Record:
    key: bytes | None
    value: bytes | None
    timestamp: int


def _take(names: Names, value: bytes | None) -> None:
    names.digests |= digests_in(value)


def digests_in(value: bytes | None) -> set[bytes]:
    """Return everything in a record that may be a digest."""
    return {bytes.fromhex(found.decode()) for found in _DIGEST.findall(value or b"")}


def _opened(state: bytes) -> tuple[bytes, bool]:
    """Return the content of a record of the state, and whether it is that of an open job."""
    try:
        return unpack(state), header_of(state).open
    except StateUnreadable:
        return state, False
    except StateIsNewer as error:
        raise InvalidRequest(
            f"{error}: sweep with that version, for this one cannot see what it names"
        ) from error


def _text(key: bytes | None) -> str:
    return (key or b"").decode("utf-8", "replace")
