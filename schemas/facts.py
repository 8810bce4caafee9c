"""What reelbus tells everybody: how a request was received, how far it is, what was made, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from schemas.assets import Asset
from schemas.base import Fact, Fraction, Integer
from schemas.choices import Family
from schemas.codes import ErrorCode
from schemas.fields import Many

Code = Annotated[ErrorCode, Field(strict=False)]
Run = Annotated[Integer, Field(ge=1)]
Count = Annotated[Integer, Field(ge=0)]
Outputs = dict[str, Asset]
"""The asset of each role."""


class Problem(Fact):
    """One thing that is wrong with a request; `path` is an RFC 6901 pointer into the request."""

    code: Code
    path: str
    message: str


class PlannedNode(Fact):
    """One node of an accepted job."""

    node_id: str
    capability: str
    needs: Many[str] = ()


class Degraded(Fact):
    """What was left out of a result, or replaced by a stand-in."""

    node_id: str
    code: Code
    message: str | None = None


class Substitution(Fact):
    """An engine that did what another had been chosen for, and why."""

    node_id: str
    capability: str
    chosen: str
    used: str
    reason: str


class EngineUsed(Fact):
    """The engine that made an asset; `model` is what its `provider` calls it, where one runs it."""

    name: str
    family: Family
    model: str
    revision: str
    provider: str | None = None


class Compute(Fact):
    """What making an asset took: seconds in the engine, its waiting and fetching left out, on a device (`cpu`, `cuda:0`)."""

    device: str
    seconds: Annotated[float, Field(ge=0.0)]


class JobError(Fact):
    """Why a job failed, and where."""

    code: Code
    message: str
    node_id: str | None = None
    retryable: bool


class _OfRun(Fact):
    job_id: str
    run: Run


class _OfLabelledRun(_OfRun):
    labels: dict[str, str] = Field(default_factory=dict)


class JobAccepted(_OfLabelledRun):
    """A run begins, and this is its plan as far as it is known.

    `request_source` is the `ce_source` of the request that this answers, for its id is unique with that alone;
    `request_digest` is equal for jobs whose requests say the same, their keys left out.
    """

    request_id: str
    request_source: str | None = None
    request_digest: str | None = None
    idempotency_key: str
    tenant: str
    kind: str
    nodes: Many[PlannedNode] = ()


class JobRejected(Fact):
    """A request cannot be done, and this is all that is wrong with it.

    `request_source` is the `ce_source` of the request: its id is unique with that alone.
    """

    request_id: str
    request_source: str | None = None
    tenant: str
    errors: Annotated[Many[Problem], Field(min_length=1)]


class JobSucceeded(_OfLabelledRun):
    """A run ended well."""

    outputs: Outputs
    duration_ms: Count
    draft: bool
    substitutions: Many[Substitution] = ()
    degraded: Many[Degraded] = ()


class JobFailed(_OfLabelledRun):
    """A run ended badly."""

    error: JobError
    outputs: Outputs = Field(default_factory=dict)
    degraded: Many[Degraded] | None = None


class JobCancelled(_OfLabelledRun):
    """A run was stopped by its owner."""

    reason: str = ""
    outputs: Outputs = Field(default_factory=dict)
    degraded: Many[Degraded] | None = None


class AssetReady(_OfRun):
    """An asset of a job is durable and accepted.

    `compute` and `cost_usd` stand with the main asset of a piece of work alone, and not where it was remembered.
    """

    node_id: str
    role: str
    capability: str
    asset: Asset
    engine: EngineUsed
    fingerprint: str
    cached: bool
    compute: Compute | None = None
    cost_usd: Annotated[float, Field(ge=0.0)] | None = None


class Progress(_OfRun):
    """How far a node (from its worker) or a whole run (from the coordinator) is."""

    seq: Count
    stage: str
    message: str = ""
    node_id: str | None = None
    fraction: Fraction | None = None
    preview: Asset | None = None
    job_fraction: Fraction | None = None
    eta_s: Annotated[float, Field(ge=0.0)] | None = None
    queue_position: Count | None = None


EVENT_TYPES: Mapping[str, type[Fact]] = {
    "media.job.accepted.v1": JobAccepted,
    "media.job.rejected.v1": JobRejected,
    "media.job.succeeded.v1": JobSucceeded,
    "media.job.failed.v1": JobFailed,
    "media.job.cancelled.v1": JobCancelled,
    "media.asset.ready.v1": AssetReady,
    "media.progress.v1": Progress,
}
"""The model of the data of each public event."""

EVENT_TOPICS: Mapping[str, str] = {
    "media.job.accepted.v1": "jobs",
    "media.job.rejected.v1": "jobs",
    "media.job.succeeded.v1": "jobs",
    "media.job.failed.v1": "jobs",
    "media.job.cancelled.v1": "jobs",
    "media.asset.ready.v1": "assets",
    "media.progress.v1": "progress",
}
"""The topic of each public event, without the prefix (`media.`)."""

TERMINAL_TYPES = frozenset(("media.job.succeeded.v1", "media.job.failed.v1", "media.job.cancelled.v1"))
"""Exactly one event of these types ends each run."""
