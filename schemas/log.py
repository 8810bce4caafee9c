"""Which events may change a job: the records of `media.log`, the truth that everything else is folded from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from schemas.assets import Asset
from schemas.base import Fact, Fraction, Integer, JobId, Seed
from schemas.choices import Lane, OnFailure, Quality, Submission
from schemas.facts import Compute, Degraded, EngineUsed, Problem
from schemas.orders import TICKET_BYTES


class PlannedNode(Fact):
    """One piece of work of a job: what to do, and whose results it needs first.

    Without an own `seed` it derives from the job's seed and the node's name; without an own `engine` the job's
    choice for the capability does it.
    """

    node_id: str
    capability: str
    role: str
    params: dict[str, Any]
    needs: tuple[str, ...] = ()
    engine: str | None = None
    seed: Seed | None = None


class Asked(Fact):
    """What the log says of any request: whose it is, and what tells it from others.

    Its id is unique with its `source` only; `mark` is the same for nothing but its repeat. Both are empty in what
    an older version took in.
    """

    request_id: str
    tenant: str
    source: str = ""
    mark: str = ""

    @property
    def note(self) -> str:
        """The name under which its answer is remembered."""
        return self.mark or self.request_id


class JobAccepted(Asked):
    """A request passed intake: what it says, the plan of its first nodes, and the digests of what it was given.

    `engines` names the model for every capability that the job may use; `inputs` maps each address that the request
    gives to the asset found there.

    - `quality`: where the request wants the best, it is the best that its parts are made at: older versions know no
      other word for it.
    - `fallbacks`: by capability the engines that do its work, the first one first, when the chosen one gave it up.
    """

    model_config = ConfigDict(populate_by_name=True)  # stored since before requests were called so

    job_id: JobId
    idempotency_key: str
    kind: str
    request: dict[str, Any] = Field(alias="wish")
    request_digest: str = Field(alias="wish_digest")
    plan_version: Integer
    lane: Lane
    quality: Quality
    on_failure: OnFailure
    seed: Seed
    engines: dict[str, str] = Field(default_factory=dict)
    fallbacks: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    deadline_ms: Integer | None = None
    nodes: tuple[PlannedNode, ...]
    outputs: tuple[str, ...]
    inputs: dict[str, Asset] = Field(default_factory=dict)
    traceparent: str | None = None


class RequestRejected(Asked):
    """A readable request that intake refused, with everything that is wrong with it."""

    errors: tuple[Problem, ...]


class CancelRequested(Asked):
    """Somebody wants a job to end now."""

    job_id: JobId
    reason: str


class CancelMatching(Asked):
    """Somebody wants all open jobs of a tenant, or those of them with these labels, to end now.

    It stands on every partition, because the jobs do.
    """

    labels: dict[str, str] = Field(default_factory=dict)
    reason: str


class ReplayRequested(Asked):
    """Somebody wants another run of a finished job: what did not change is taken from memory."""

    job_id: JobId
    from_node: str | None = None
    engines: dict[str, str] = Field(default_factory=dict)
    seed: Seed | None = None


class TaskEvent(Fact):
    """What a worker says of one attempt at one node."""

    job_id: JobId
    run: Integer
    node_id: str
    attempt: Integer
    worker_id: str


class TaskStarted(TaskEvent):
    """A worker took the order and holds a lease on it until it renews, ends or falls silent."""

    lease_s: float


class LeaseRenewed(TaskEvent):
    """The worker still runs the task, and how far it is; a later attempt can go on from `checkpoint`."""

    lease_s: float
    fraction: Fraction
    checkpoint: Asset | None = None


class NodeProduct(Fact):
    """One asset that a node gave, under the role it has in the job."""

    role: str
    asset: Asset


class TaskSucceeded(TaskEvent):
    """The attempt made its assets, and they are durable."""

    products: Annotated[tuple[NodeProduct, ...], Field(min_length=1)]
    engine: EngineUsed
    fingerprint: str
    cached: bool
    duration_ms: Integer
    degraded: tuple[Degraded, ...] = ()
    compute: Compute | None = None
    cost_usd: float | None = None


class TaskFailed(TaskEvent):
    """The attempt did not make its assets.

    `retry_after_s` is the pause that whoever failed asked for, as providers and stores do with Retry-After.
    `submission` is what is known of work that was given to a stranger: surely `not_taken`, or `ended` there without
    a result, so that another attempt has to submit it anew; otherwise it may have been taken.
    """

    code: str
    message: str
    retryable: bool
    retry_after_s: Annotated[float, Field(ge=0.0)] | None = None
    submission: Submission = ""


CANNOT = "cannot"
"""Why an order is released that its worker can never do: it has no such engine, or what the engine needs is missing."""


class TaskReleased(TaskEvent):
    """The worker gives the order back unfinished: because it stops, or because it `CANNOT` do it.

    Of the latter it says which `engine` it could not run, and why. Whatever else a newer worker's reason is, the order
    was handed back.
    """

    reason: str = "stops"
    engine: str = ""
    message: str = ""


class TaskDeferred(TaskEvent):
    """A stranger has taken the work: from now on nobody here does it, and a poller follows its ticket.

    `check_at_ms` is when to ask first, and `expires_at_ms` when it is given up, both since the epoch.
    """

    engine: str
    ticket: Annotated[str, Field(min_length=1, max_length=TICKET_BYTES)]
    check_at_ms: Integer
    expires_at_ms: Integer


class TicketEnded(TaskEvent):
    """The stranger has a result that can be fetched, or has failed.

    `attempt` is the one that was deferred; `worker_id` is who asked the stranger, or who verified its callback.
    The other fields say of a failure what `TaskFailed` says.
    """

    outcome: Literal["ready", "failed"]
    code: str = ""
    message: str = ""
    retryable: bool = False
    retry_after_s: Annotated[float, Field(ge=0.0)] | None = None


class TimerFired(Fact):
    """A time that the job waits for has come: a lease, a back-off or the deadline."""

    job_id: JobId
    due_ms: Integer


LogEvent = (
    JobAccepted
    | RequestRejected
    | CancelRequested
    | CancelMatching
    | ReplayRequested
    | TaskStarted
    | LeaseRenewed
    | TaskSucceeded
    | TaskFailed
    | TaskReleased
    | TaskDeferred
    | TicketEnded
    | TimerFired
)

LOG_TYPES: dict[str, type[Fact]] = {
    "media.log.job-accepted.v1": JobAccepted,
    "media.log.wish-rejected.v1": RequestRejected,
    "media.log.cancel-requested.v1": CancelRequested,
    "media.log.cancel-matching.v1": CancelMatching,
    "media.log.replay-requested.v1": ReplayRequested,
    "media.log.task-started.v1": TaskStarted,
    "media.log.lease-renewed.v1": LeaseRenewed,
    "media.log.asset-ready.v1": TaskSucceeded,
    "media.log.task-failed.v1": TaskFailed,
    "media.log.task-released.v1": TaskReleased,
    "media.log.task-deferred.v1": TaskDeferred,
    "media.log.ticket-ended.v1": TicketEnded,
    "media.log.timer-fired.v1": TimerFired,
}

_NAMES = {model: name for name, model in LOG_TYPES.items()}


def log_type(event: Fact) -> str:
    """Return the CloudEvents type of a log event."""
    return _NAMES[type(event)]
