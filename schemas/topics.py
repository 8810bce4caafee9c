"""Which topics exist, as data: name, key, partitions and broker configuration of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.choices import LANES, MODALITIES

_TENANT = "[A-Za-z0-9][A-Za-z0-9._-]*"
"""No braces: FastStream takes them for parameters. A name that is too long is refused with each request there."""

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_MIB = 1024 * 1024

REQUEST_BYTES = 2 * _MIB
"""`max.message.bytes` of requests, which holds for a batch as it is inflated (see `_INFLATED`).

A request of 1 MiB has room in it, and so has what a producer gathers: the usual clients stop at 1 MB a batch.
"""

DEAD_LETTER_BYTES = 2 * REQUEST_BYTES
"""`max.message.bytes` of dlq: any request fits with its reasons."""

_INFLATED = {"compression.type": "uncompressed"}
"""The broker inflates what strangers compressed, and refuses at the producer what is too large then.

A consumer inflates a batch before it can look at its size: a few kB would take any reader's memory.
"""

JOB_BYTES = 4 * _MIB
"""`max.message.bytes` of log, state, jobs and tasks: a job with its whole graph and results, an order of a large request."""


@dataclass(frozen=True)
class TopicSpec:
    """One topic; `fixed_partitions` says that its partition count must never change once it exists."""

    name_without_prefix: str
    name: str
    key: str
    partitions: int
    replication_factor: int
    description: str
    fixed_partitions: bool = False
    config: Mapping[str, str] = field(default_factory=dict)


def _delete(retention_ms: int) -> dict[str, str]:
    """Return the configuration of a topic that forgets by age.

    Retention removes closed segments only, so a segment closes after a tenth of the time, a day at most.
    """
    segment_ms = min(retention_ms // 10, _DAY_MS)
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms), "segment.ms": str(segment_ms)}


def _compact() -> dict[str, str]:
    """Return the configuration of a topic that keeps the newest record of each key.

    The active segment is never compacted: it closes after ten minutes, so a restore reads little garbage.
    """
    return {
        "cleanup.policy": "compact",
        "segment.ms": "600000",
        "min.cleanable.dirty.ratio": "0.1",
        "delete.retention.ms": str(7 * _DAY_MS),
    }


@dataclass(frozen=True)
class _Row:
    """A topic without what is set for all of them; `partitions` None: as many as jobs have, for ever."""

    name: str
    key: str
    partitions: int | None
    config: Mapping[str, str]
    description: str


_LOG_TIME = {"message.timestamp.type": "LogAppendTime"}
_JOB_SIZE = {"max.message.bytes": str(JOB_BYTES)}


def _lane(pool: str, lane: str) -> _Row:
    return _Row(
        f"tasks.{pool}.{lane}",
        "task_id",
        4 if lane == "replay" else 12,
        _delete(7 * _DAY_MS) | _JOB_SIZE,
        f"work orders for {pool} workers, {lane} lane",
    )


_ROWS = (
    _Row(
        "requests",
        "any",
        12,
        _delete(30 * _DAY_MS) | _LOG_TIME | {"max.message.bytes": str(REQUEST_BYTES)} | _INFLATED,
        "requests: job, cancel, replay",
    ),
    _Row(
        "log",
        "job_id",
        None,
        _delete(30 * _DAY_MS) | _LOG_TIME | _JOB_SIZE,
        "the truth: all that may change a job, in order; internal",
    ),
    _Row("state", "job_id", None, _compact() | _JOB_SIZE, "newest snapshot of each job; internal"),
    *(_lane(modality, lane) for modality in MODALITIES for lane in LANES),
    _Row("control", "job_id", 1, _delete(_DAY_MS), "cancel and drain, read by every worker"),
    _Row("workers", "worker_id", 1, _compact(), "what each worker can take now"),
    _Row("deferred", "task_id", 4, _compact(), "tickets of work that a stranger does meanwhile; internal"),
    _Row("progress", "job_id", 4, _delete(_HOUR_MS), "how far each job is; lossy, never late"),
    _Row("assets", "job_id", None, _delete(30 * _DAY_MS), "one asset.ready for each accepted asset"),
    _Row("jobs", "job_id", None, _delete(30 * _DAY_MS) | _JOB_SIZE, "one terminal event for each run"),
    _Row(
        "dlq",
        "as source",
        4,
        _delete(30 * _DAY_MS) | {"max.message.bytes": str(DEAD_LETTER_BYTES)},
        "records that could not be read or handled, with the reason in their headers",
    ),
)


def topic(prefix: str, *parts: str) -> str:
    """Return a topic's full name: `topic("media", "tasks", "image", "batch")`."""
    return ".".join((prefix, *parts))


def tasks_topics(prefix: str, pool: str) -> list[str]:
    """Return a pool's task topics, the most urgent lane first."""
    return [topic(prefix, "tasks", pool, lane) for lane in LANES]


def requests_topic(prefix: str, tenant: str | None = None) -> str:
    """Return the topic of everybody's requests, or a tenant's own, in which the topic says whose they are."""
    return topic(prefix, "requests") if tenant is None else topic(prefix, "requests", tenant)


def requests_pattern(prefix: str) -> str:
    """Return a regular expression that every topic of requests matches as a whole, and no other topic."""
    return rf"\A{re.escape(prefix)}\.requests(?:\.({_TENANT}))?\Z"


def tenant_of(prefix: str, name: str) -> str | None:
    """Return whose requests a topic holds: a tenant with a topic of its own; None for any other topic."""
    found = re.match(requests_pattern(prefix), name)
    return found[1] if found else None


def topics(
    prefix: str = "media",
    partitions: int = 4,
    replication_factor: int = 1,
    tenants: Iterable[str] = (),
    pools: Iterable[str] = (),
) -> tuple[TopicSpec, ...]:
    """Return every topic; log, state, jobs and assets share `partitions`, so that one job has one number.

    Each of `tenants` has a topic of requests of its own, set as that of all, and each of `pools` topics of orders, set
    as those of the modalities, which are always there.

    >>> [spec.name for spec in topics("media")][:3]
    ['media.requests', 'media.log', 'media.state']
    """
    durable = {"min.insync.replicas": "2" if replication_factor >= 3 else "1"}

    def spec(row: _Row) -> TopicSpec:
        return TopicSpec(
            name_without_prefix=row.name,
            name=topic(prefix, row.name),
            key=row.key,
            partitions=partitions if row.partitions is None else row.partitions,
            replication_factor=replication_factor,
            description=row.description,
            fixed_partitions=row.partitions is None,
            config=durable | dict(row.config),
        )

    own = sorted(set(pools) - {*MODALITIES})
    rows = (*_ROWS, *(_lane(pool, lane) for pool in own for lane in LANES))
    requests, *others = (spec(row) for row in rows)
    return (requests, *(_of_tenant(requests, prefix, tenant) for tenant in sorted(set(tenants))), *others)


def _of_tenant(requests: TopicSpec, prefix: str, tenant: str) -> TopicSpec:
    return replace(
        requests,
        name_without_prefix=f"requests.{tenant}",
        name=requests_topic(prefix, tenant),
        description=f"requests of the tenant {tenant}: job, cancel, replay",
    )
