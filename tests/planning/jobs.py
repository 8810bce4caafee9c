"""Small real jobs for tests: requests accepted, and workers that answer orders as real ones do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from catalog.models import model
from planning.job.acceptance import accept
from planning.job.commands import Command, Dispatch, PublishFact, PublishProgress, Stop
from planning.job.lifecycle import NodeStatus
from planning.job.order import written
from planning.job.reduce import reduce
from planning.job.state import Job
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import is_job, packed, parts_of, read_job
from schemas.assets import Asset
from schemas.base import Fact
from schemas.choices import Family
from schemas.facts import EngineUsed
from schemas.log import (
    CANNOT,
    JobAccepted,
    LogEvent,
    NodeProduct,
    TaskDeferred,
    TaskFailed,
    TaskReleased,
    TaskStarted,
    TaskSucceeded,
    TicketEnded,
)
from schemas.orders import WorkOrder

LOUD = "a long story"
"""Who is asked for this writes as much as the text of an asset may have, each character of three bytes."""


def accepted(request: Mapping[str, Any], *, key: str = "key-1", requested_ms: int = 0) -> JobAccepted:
    return accept(request, request_id=key, event_id=key, requested_ms=requested_ms, inputs={})


def asset(content: str, media_type: str = "image/png", **facts: Any) -> Asset:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Asset(
        asset_id=f"sha256:{digest}",
        bucket="media",
        key=f"blobs/{digest[:2]}/{digest}",
        sha256=digest,
        size_bytes=len(content),
        media_type=media_type,
        **facts,
    )


def started(order: WorkOrder, worker: str = "w1", lease_s: float = 6.0) -> TaskStarted:
    return TaskStarted(**_who(order, worker), lease_s=lease_s)


def ready(order: WorkOrder, worker: str = "w1", made: Asset | None = None) -> TaskSucceeded:
    return TaskSucceeded(
        **_who(order, worker),
        products=(NodeProduct(role=order.role, asset=made or made_by(order)),),
        engine=EngineUsed(name=order.engine, family=_family(order.engine), model=order.engine, revision="1"),
        fingerprint="f" * 64,
        cached=False,
        duration_ms=5,
    )


def _family(engine: str) -> Family:
    """Return the family of an engine with weights; all else passes for a draft here."""
    row = model(engine)
    return row.family if row is not None and "draft" not in row.qualities else "draft"


def failed(
    order: WorkOrder, code: str = "engine_failed", worker: str = "w1", *, retryable: bool = True
) -> TaskFailed:
    return TaskFailed(**_who(order, worker), code=code, message="it broke", retryable=retryable)


def cannot(order: WorkOrder, worker: str = "w1") -> TaskReleased:
    return TaskReleased(**_who(order, worker), reason=CANNOT, engine=order.engine, message="it has no GPU")


def deferred(
    order: WorkOrder,
    ticket: str = "t1",
    worker: str = "w1",
    *,
    check_at_ms: int = 1_005_000,
    expires_at_ms: int = 5_000_000,
) -> TaskDeferred:
    return TaskDeferred(
        **_who(order, worker),
        engine=order.engine,
        ticket=ticket,
        check_at_ms=check_at_ms,
        expires_at_ms=expires_at_ms,
    )


def ticket_ended(
    order: WorkOrder, code: str = "", *, retryable: bool = True, retry_after_s: float | None = None
) -> TicketEnded:
    """The stranger has a result for the task of this order, or failed with a code."""
    if not code:
        return TicketEnded(**_who(order, "poller-1"), outcome="ready")
    return TicketEnded(
        **_who(order, "poller-1"),
        outcome="failed",
        code=code,
        message="it broke",
        retryable=retryable,
        retry_after_s=retry_after_s,
    )


def made_by(order: WorkOrder) -> Asset:
    """What a worker makes of an order: the content follows from the order, as it does with real engines."""
    content = json.dumps([order.capability, order.params, order.seed], sort_keys=True)
    match order.capability:
        case "text-generation" if order.params["prompt"] == LOUD:
            return asset(content, "text/plain", text="故" * 65_000)
        case "text-generation" if "json_schema" in order.params:
            return asset(content, "application/json", text=SCRIPT)
        case "text-generation":
            return asset(content, "text/plain", text="once upon a time")
        case "text-to-speech":
            spoken = order.params.get("text", "")
            duration_s = len(spoken) / 15
            words = [
                {
                    "text": spoken,
                    "start_s": 0.0,
                    "end_s": duration_s,
                    "char_start": 0,
                    "char_end": len(spoken),
                }
            ]
            return asset(content, "audio/wav", duration_s=duration_s, text=json.dumps({"words": words}))
        case "audio-generation":
            return asset(content, "audio/wav", duration_s=order.params["duration_s"])
        case "video-animation" | "composition":
            return asset(content, "video/mp4", duration_s=order.params.get("duration_s", 30.0))
        case _:
            return asset(content)


SCRIPT = json.dumps(
    {
        "title": "A test",
        "logline": "Something is tested.",
        "scenes": [
            {
                "narration": "A fox lives by the forest.",
                "picture": "a fox",
                "shot": "wide",
                "duration_s": 5.0,
            },
            {
                "narration": "One day it hears the sea.",
                "picture": "the sea",
                "shot": "medium",
                "duration_s": 5.0,
            },
        ],
        "music": {"mood": "calm", "tempo": 90, "intensity": 0.5},
    }
)


def ready_orders(job: Job | None, sent: set[str]) -> list[Dispatch]:
    """Return the orders of what is ready, each attempt once, as a placement does that has room for all."""
    nodes = (
        [n for n in job.nodes.values() if n.status == NodeStatus.READY]
        if job is not None and job.open
        else []
    )
    found = [Dispatch(written(job, node)) for node in nodes] if job is not None else []
    new = [dispatch for dispatch in found if dispatch.order.task_id not in sent]
    sent.update(dispatch.order.task_id for dispatch in new)
    return new


class History:
    """A job's log as it grows: each event is folded through the stored form of the state, as in real life.

    `commands` are what the events ask for, and after those of each event the orders of what it made ready.
    """

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.job_id = ""
        self.at_ms = 1_000_000
        self.commands: list[Command | Dispatch] = []
        self._sent: set[str] = set()

    def add(self, event: LogEvent, *, after_ms: int = 10) -> list[Command | Dispatch]:
        self.at_ms += after_ms
        job, told = reduce(read_job(self.job_id, self.entries), event, self.at_ms)
        commands = [*told, *ready_orders(job, self._sent)]
        if job is not None:
            parts = parts_of(job)
            self.job_id, self.entries = job.job_id, packed(job, parts, parts)
        self.commands += commands
        return commands

    @property
    def job(self) -> Job:
        job = read_job(self.job_id, self.entries)
        assert job is not None
        return job

    def order_of(self, node_id: str) -> WorkOrder:
        """The newest order for a node."""
        return [o for o in orders(self.commands) if o.node_id == node_id][-1]

    def told(self, type_: str) -> list[Fact]:
        return [c.fact for c in self.commands if isinstance(c, PublishFact) and c.type == type_]

    def work_off(self) -> None:
        """Answer every order, as one diligent worker would, until none is left."""
        done = 0
        while True:
            orders = [c.order for c in self.commands if isinstance(c, Dispatch)]
            if done == len(orders):
                return
            order = orders[done]
            done += 1
            self.add(started(order))
            self.add(ready(order))


@dataclass
class Folded:
    """What events ask for, and the orders of what they made ready."""

    orders: list[Dispatch]
    stops: list[Stop]
    progress: list[PublishProgress]
    facts: list[PublishFact]


_SENT: WeakKeyDictionary[Partition, set[str]] = WeakKeyDictionary()


def folded(partition: Partition, *events: LogEntry) -> tuple[Folded, dict[str, bytes | None]]:
    """Fold events and return what they ask for, and the records that they change."""
    for _ in partition.fold(events):
        pass
    stops, progress = partition.take_messages()
    changes, facts = partition.take_changes()
    partition.committed()
    sent = _SENT.setdefault(partition, set())
    orders = [each for key in changes if is_job(key) for each in ready_orders(partition.job(key), sent)]
    return Folded(orders, stops, progress, facts), changes


def orders(commands: Sequence[Command | Dispatch]) -> list[WorkOrder]:
    return [command.order for command in commands if isinstance(command, Dispatch)]


def _who(order: WorkOrder, worker: str) -> dict[str, Any]:
    return {
        "job_id": order.job_id,
        "run": order.run,
        "node_id": order.node_id,
        "attempt": order.attempt,
        "worker_id": worker,
    }
