"""What the coordinator tells workers: work orders on `media.tasks.*` and stops on `media.control`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas.assets import Asset
from schemas.base import Fact, Integer, JobId, Seed
from schemas.choices import Lane, Quality

ORDER_TYPE = "media.task.ordered.v1"
STOP_TYPE = "media.task.stop.v1"
ENGINE_TYPE = "media.engine.wanted.v1"
WORKER_TYPE = "media.worker.announced.v1"
TICKET_TYPE = "media.ticket.followed.v1"

TICKET_BYTES = 4096
"""The longest ticket, as UTF-8."""


class WorkOrder(Fact):
    """One attempt at one node: everything a worker needs, references already resolved.

    `inputs` maps the JSON pointer of the first parameter that is an asset to that asset, and `again` that pointer to
    the others where the same asset stands: ten thousand clips of one picture send it once. A `fresh` order is made
    again even when the same work is remembered, and a `draft` one uses what draft engines made, so its file must say so.
    `checkpoint` is what an earlier attempt left to go on from. After `deadline_ms` (of the broker's clock, since the epoch) nobody wants the result any more.

    Of work that a stranger does: with a `ticket` its result shall be fetched; without one it shall be submitted.
    `submission` is the attempt with which the present submission began and belongs to its idempotency key;
    `submitted_before` says that an earlier attempt at it may have been taken.
    """

    job_id: JobId
    run: Annotated[Integer, Field(ge=1)]
    node_id: str
    attempt: Annotated[Integer, Field(ge=1)]
    task_id: str
    tenant: str
    lane: Lane
    quality: Quality
    capability: str
    role: str
    engine: str
    params: dict[str, Any]
    inputs: dict[str, Asset] = Field(default_factory=dict)
    again: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    seed: Seed
    fresh: bool = False
    draft: bool = False
    traceparent: str | None = None
    deadline_ms: Integer | None = None
    checkpoint: Asset | None = None
    ticket: str | None = None
    submission: Integer = 1
    submitted_before: bool = False

    def every_input(self) -> dict[str, Asset]:
        """Return the asset of each JSON pointer where one stands among the parameters."""
        others = {
            other: self.inputs[first]
            for first, pointers in self.again.items()
            if first in self.inputs
            for other in pointers
        }
        return {**self.inputs, **others}


class StopTask(Fact):
    """Workers stop what they run of this job: all of it, or one attempt of one node.

    With `keep_worker_id` that worker goes on: it holds the lease, the others lost the race.
    """

    job_id: JobId
    run: Integer
    reason: str
    node_id: str | None = None
    attempt: Integer | None = None
    keep_worker_id: str | None = None


class DeferredTicket(Fact):
    """Work that a stranger does: what its ticket is for, and when to ask.

    `task_id` is that of the attempt that was deferred. Times are milliseconds since the epoch. With
    `called_off` nobody wants the work any more: the stranger shall be told, and the ticket forgotten.
    """

    job_id: JobId
    run: Integer
    node_id: str
    attempt: Integer
    task_id: str
    engine: str
    ticket: Annotated[str, Field(min_length=1, max_length=TICKET_BYTES)]
    check_at_ms: Integer
    expires_at_ms: Integer
    called_off: str | None = None


class EngineWanted(Fact):
    """An operator wants an engine to be loaded before there is work for it, or to give its memory back."""

    engine: str
    loaded: bool


class WorkerAnnounced(Fact):
    """What a worker can take now; `deaf` slots have work that was told to stop and goes on.

    - `pool`: whose orders it takes; empty in what an older version announced: those of its modality.
    - `loadable`: the engines that it holds or could load; `missing`: for each other one of its pool what would make it.
    - `ailing`: engines that fail for everybody lately or cannot be loaded, each with why; they still take orders.
    - `partitions`: by lane those partitions of its pool's topics that it reads.
    """

    worker_id: str
    modality: str
    slots: Integer
    free: Integer
    draining: bool
    deaf: Integer = 0
    resident: tuple[str, ...] = ()
    pool: str = ""
    loadable: tuple[str, ...] = ()
    missing: dict[str, str] = Field(default_factory=dict)
    ailing: dict[str, str] = Field(default_factory=dict)
    partitions: dict[Lane, tuple[Integer, ...]] = Field(default_factory=dict)
