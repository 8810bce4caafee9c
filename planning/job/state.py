"""What is known of one job: the state that its log folds into."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from planning.job.lifecycle import ENDED, NodeStatus

JobStatus = Literal["open", "succeeded", "failed", "cancelled"]
STATE_VERSION = 3
"""Of the fields; how they lie in records is the matter of `planning.partition.records`."""
PLAIN_VERSION = 2
"""Of a job in which nothing stands that version 2 did not know: coordinators of both may go on with it.

It is what a record without a version means, so a job that needs a newer one has to say so.
"""
NOT_BEGUN = 0.0
"""The fraction of a job that has not moved: this very object, for only that one is left out of its record."""
_WAITING, _RUNNING, _DEFERRED = NodeStatus.WAITING, NodeStatus.RUNNING, NodeStatus.DEFERRED


class Product(msgspec.Struct, omit_defaults=True):
    """One asset of a node, as JSON, under its role; `text_bytes` is how long its text is, also when it is left out."""

    role: str
    asset: dict[str, Any]
    text_bytes: int = 0


class Failure(msgspec.Struct, omit_defaults=True):
    """Why a node or a job did not succeed."""

    code: str
    message: str
    node_id: str | None = None


class Replaced(msgspec.Struct):
    """An engine that gave a node up, and why; another does its work since."""

    engine: str
    reason: str


class Degradation(msgspec.Struct, omit_defaults=True):
    """Something that a node's result lacks."""

    code: str
    message: str | None = None


class Node(msgspec.Struct, omit_defaults=True):
    """One node of the graph and how far it is.

    A `pinned` one names its engine itself, and no other does it. `cannots` counts the workers that could not do it since `cannot_since_ms`, and `cannot` names the last of them.

    Of work that a stranger does: `ticket` is the stranger's name for it, also while its result is fetched; it is
    looked at from `check_ms` on, and given up at `expires_ms`. `submission` is the attempt with which the present
    submission began: one that ended without a result is followed by another, under a key of its own. It is
    `doubtful` when an attempt at it was claimed and nobody knows whether the stranger took it.
    """

    node_id: str
    capability: str
    role: str
    params: dict[str, Any]
    engine: str
    seed: int
    needs: list[str] = []
    status: NodeStatus = NodeStatus.WAITING
    attempt: int = 1
    failures: int = 0
    deaths: int = 0
    worker_id: str = ""
    lease_until_ms: int = 0
    limit_ms: int = 0
    retry_at_ms: int = 0
    fraction: float = 0.0
    products: list[Product] = []
    family: str = ""
    cached: bool = False
    substituted: bool = False
    fresh: bool = False
    error: Failure | None = None
    degraded: list[Degradation] = []
    outages: int = 0
    outage_since_ms: int = 0
    checkpoint: dict[str, Any] | None = None
    cannots: int = 0
    cannot_since_ms: int = 0
    cannot: list[str] = []
    replaced: list[Replaced] = []
    pinned: bool = False
    ticket: str = ""
    check_ms: int = 0
    expires_ms: int = 0
    submission: int = 1
    doubtful: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to this node."""
        return self.status in ENDED

    @property
    def done(self) -> bool:
        """Whether the node has its result."""
        return self.status is NodeStatus.DONE

    @property
    def pauses(self) -> bool:
        """Whether the node waits for the time of its next attempt."""
        return self.status is _WAITING and self.retry_at_ms > 0

    @property
    def wakes_ms(self) -> int:
        """When a running attempt is given up: its lease was not renewed, or it takes too long altogether."""
        return min(self.lease_until_ms, self.limit_ms or self.lease_until_ms)

    def main_asset(self) -> dict[str, Any] | None:
        """Return the asset that `{"$from": node}` means: the one under the node's own role."""
        return next((p.asset for p in self.products if p.role == self.role), None)


class Job(msgspec.Struct, omit_defaults=True, dict=True):
    """One job: its request, its graph as far as it has grown, and its current run.

    `request_id` and `source` are those of the request that began the run; `sources` are all that asked for this
    job and were answered, none of them known where an older version accepted it. Its `__dict__` is no part of the
    state: its recipe may keep there what it has read from the request.
    """

    job_id: str
    request_id: str
    idempotency_key: str
    tenant: str
    kind: str
    request: dict[str, Any] = msgspec.field(name="wish")
    request_digest: str = msgspec.field(name="wish_digest")
    lane: str
    quality: str
    on_failure: str
    seed: int
    engines: dict[str, str]
    outputs: list[str]
    accepted_ms: int
    version: int = PLAIN_VERSION
    run: int = 1
    status: JobStatus = "open"
    labels: dict[str, str] = {}
    inputs: dict[str, dict[str, Any]] = {}
    nodes: dict[str, Node] = {}
    grown: list[str] = []
    fresh: list[str] = []
    deadline_ms: int = 0
    allowed_ms: int = 0
    ended_ms: int = 0
    obeyed: list[str] = []
    applied: int = -1
    seq: int = 0
    job_fraction: float = NOT_BEGUN
    stage: str = ""
    traceparent: str | None = None
    source: str = ""
    sources: list[str] = []
    plan_version: int = 1
    fallbacks: dict[str, list[str]] = {}

    @property
    def open(self) -> bool:
        """Whether the current run has not ended."""
        return self.status == "open"


def due_ms(job: Job) -> int | None:
    """Return when the job next needs a timer, in milliseconds since the epoch: a lease, a limit, a back-off, a ticket, its deadline."""
    if not job.open:
        return None
    times = [job.deadline_ms] if job.deadline_ms else []
    for node in job.nodes.values():
        status = node.status
        if status is _RUNNING:
            times.append(node.wakes_ms)
        elif status is _WAITING and node.retry_at_ms:
            times.append(node.retry_at_ms)
        elif status is _DEFERRED:
            times.append(node.expires_ms)
    return min(times, default=None)
