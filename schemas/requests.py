"""What anybody may ask of reelbus: a job of one of six kinds, its cancellation, or its replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, SerializeAsAny, StringConstraints, ValidationInfo, field_validator

from schemas.base import Integer, JobId, JsonObject, Message, Name, Seed
from schemas.capabilities import PARAMS, WITH_REFERENCES, Capability
from schemas.choices import OnFailure, Priority, WantedQuality
from schemas.fields import Label, Many, Maybe, no_more_than
from schemas.film import Film
from schemas.params.base import Params
from schemas.timeline import Timeline

JOB_REQUESTED = "media.job.requested.v1"
CANCEL_REQUESTED = "media.job.cancel-requested.v1"
REPLAY_REQUESTED = "media.job.replay-requested.v1"

REQUEST_MAX_BYTES = 1_048_576
"""The largest request, as JSON."""

Kind = Literal["task", "batch", "graph", "film", "composition", "recipe"]

CapabilityName = Annotated[Capability, Field(strict=False)]
Engines = dict[CapabilityName, Label]
"""Which engine does what: {"image-generation": "draft-painter"}."""

LabelName = Annotated[str, StringConstraints(min_length=1, max_length=63)]
LabelValue = Annotated[str, StringConstraints(max_length=256)]
Labels = Annotated[dict[LabelName, LabelValue], Field(max_length=16), no_more_than(16)]


class Work(Message):
    """One piece of work: a capability and the parameters that it takes."""

    tables: ClassVar[Mapping[Capability, type[Params]]] = PARAMS

    capability: CapabilityName
    params: SerializeAsAny[Params]

    @field_validator("params", mode="plain")
    @classmethod
    def _of_the_capability(cls, value: Any, info: ValidationInfo) -> Any:
        # Without a known capability nothing can be said of its parameters; the error names the capability.
        capability = info.data.get("capability")
        if capability is None or isinstance(value, Params):
            return value
        return cls.tables[capability].model_validate(value, by_alias=True, by_name=False)


class Item(Work):
    """One of the pieces of work of a batch."""

    id: Name


class Node(Work):
    """One of the pieces of work of a graph, whose parameters may be results of others."""

    tables: ClassVar[Mapping[Capability, type[Params]]] = WITH_REFERENCES

    needs: Annotated[Many[Name], Field(max_length=1000), no_more_than(1000)] = ()


class JobRequested(Message):
    """What all jobs have in common, whatever they make."""

    kind: Kind
    tenant: Name = "default"
    idempotency_key: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = None
    priority: Priority = "interactive"
    deadline_s: Maybe[Annotated[Integer, Field(ge=1, le=604_800)]] = None
    on_failure: OnFailure = "fail"
    quality: WantedQuality = "draft"
    seed: Maybe[Seed] = None
    engines: Engines = Field(default_factory=dict)
    webhook_url: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=2048)]] = None
    labels: Labels = Field(default_factory=dict)


class TaskRequested(JobRequested, Work):
    """One result of one capability."""

    kind: Literal["task"]


class BatchRequested(JobRequested):
    """Many results, joined."""

    kind: Literal["batch"]
    items: Annotated[Many[Item], Field(min_length=1, max_length=1000), no_more_than(1000)]


class GraphRequested(JobRequested):
    """Any graph of work without cycles, joined."""

    kind: Literal["graph"]
    nodes: Annotated[dict[Name, Node], Field(min_length=1, max_length=1000), no_more_than(1000)]
    outputs: Annotated[Many[Name], Field(max_length=1000), no_more_than(1000)] = ()


class FilmRequested(JobRequested, Film):
    """A film from a brief or from given scenes."""

    kind: Literal["film"]


class CompositionRequested(JobRequested):
    """One file from given assets."""

    kind: Literal["composition"]
    timeline: Timeline


class RecipeRequested(JobRequested):
    """What a recipe of the catalogue says."""

    kind: Literal["recipe"]
    recipe: Label
    params: dict[str, Any] = Field(default_factory=dict)


class CancelRequested(Message):
    """Stop one job; or all open jobs of a tenant, or those of them that carry all these labels.

    Without `tenant`, a job or labels mean jobs of the tenant "default".
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["job_id"]}, {"required": ["labels"]}, {"required": ["tenant"]}]
        }
    )

    job_id: Maybe[JobId] = None
    tenant: Maybe[Name] = None
    labels: Labels = Field(default_factory=dict)
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""


class ReplayRequested(Message):
    """Run a finished job again, from one node on, with other engines or another seed.

    Without `tenant` it means a job of the tenant "default".
    """

    job_id: JobId
    tenant: Name = "default"
    from_node: Maybe[Label] = None
    engines: Engines = Field(default_factory=dict)
    seed: Maybe[Seed] = None


JOBS: Mapping[str, type[JobRequested]] = {
    "task": TaskRequested,
    "batch": BatchRequested,
    "graph": GraphRequested,
    "film": FilmRequested,
    "composition": CompositionRequested,
    "recipe": RecipeRequested,
}
"""The model of each kind of job."""

Request = JobRequested | CancelRequested | ReplayRequested
REQUEST_TYPES = (JOB_REQUESTED, CANCEL_REQUESTED, REPLAY_REQUESTED)


def request_model(
    request_type: str, data: JsonObject
) -> type[JobRequested] | type[CancelRequested] | type[ReplayRequested]:
    """Return the model of a request: by its type, and for a job by its `kind`.

    A job of no known kind gets the model of what all jobs have in common, whose `kind` then is the error.

    Raises:
        KeyError: the type is no request.
    """
    if request_type == JOB_REQUESTED:
        kind = data.get("kind")
        return JOBS.get(kind, JobRequested) if isinstance(kind, str) else JobRequested
    return {CANCEL_REQUESTED: CancelRequested, REPLAY_REQUESTED: ReplayRequested}[request_type]  # type: ignore[return-value]
