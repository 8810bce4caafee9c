"""What happens to one request: everything about it is checked at once, then it stands in the log, or is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from consumers.assembly.intake.given import find_assets, missing_assets
from consumers.assembly.intake.objects import Objects
from consumers.assembly.intake.rights import tenant_in
from planning.intake import Accepted, Offers, acceptance_problem, examine, within_limits
from planning.intake.offers import offers
from planning.job.acceptance import accept
from runtime.errors import EngineUnavailable
from schemas.facts import Problem
from schemas.log import Asked, CancelMatching, CancelRequested, ReplayRequested, RequestRejected

JOB, CANCEL, REPLAY = (
    "media.job.requested.v1",
    "media.job.cancel-requested.v1",
    "media.job.replay-requested.v1",
)


class Request(Protocol):
    """A request as it came."""

    @property
    def type(self) -> str:
        """Its CloudEvents type."""

    @property
    def id(self) -> str:
        """Its id, which is the request's."""

    @property
    def data(self) -> dict[str, Any]:
        """What is requested, as JSON."""

    @property
    def traceparent(self) -> str | None:
        """The trace it belongs to (W3C)."""

    @property
    def timestamp_ms(self) -> int:
        """When the broker took it, in milliseconds since the epoch."""


async def admit(
    request: Request, objects: Objects, *, allow_private_webhooks: bool, offered: Offers | None = None
) -> tuple[str, Asked]:
    """Return the key and the event that the request puts on the log: its acceptance, or its refusal.

    `offered` is what this installation offers; the whole catalogue when nobody says.

    Raises:
        StorageFailed: the store answers nobody; the request shall be tried again.
    """
    offered = offered or offers()
    # A thread: a request of a megabyte takes a second, and the loop has heartbeats to send.
    verdict = await asyncio.to_thread(
        examine,
        request.type,
        request.data,
        offers=offered,
        allow_private_webhooks=allow_private_webhooks,
    )
    if not isinstance(verdict, Accepted):
        missing = await missing_assets(request.data, objects) if request.type == JOB else []
        named = {problem.path for problem in verdict.problems}
        return request.id, _refusal(
            request, [*verdict.problems, *(p for p in missing if p.path not in named)]
        )
    data = verdict.data
    if request.type in {CANCEL, REPLAY}:
        return _command(request, data)
    inputs, problems = await find_assets(data, objects)
    if problems:
        return request.id, _refusal(request, problems)
    try:
        event = await asyncio.to_thread(
            accept,
            data,
            request_id=request.id,
            event_id=request.id,
            requested_ms=request.timestamp_ms,
            inputs=inputs,
            traceparent=request.traceparent,
            candidates=offered.candidates,
            fleet=offered.fleet,
            policies=offered.policies,
        )
    except EngineUnavailable as error:
        return request.id, _refusal(
            request, [Problem(code=error.code, path="/quality", message=error.message)]
        )
    too_large = acceptance_problem(event)
    if too_large is not None:
        return request.id, _refusal(request, [too_large])
    return event.job_id, event


def _command(request: Request, data: Mapping[str, Any]) -> tuple[str, Asked]:
    """Return the key and the event of what is asked of jobs that are there: to cancel them, to run one again."""
    tenant = tenant_in(data)
    if request.type == REPLAY:
        job_id = data["job_id"]
        return job_id, ReplayRequested(
            job_id=job_id,
            request_id=request.id,
            tenant=tenant,
            from_node=data.get("from_node"),
            engines=data.get("engines", {}),
            seed=int(data["seed"]) if "seed" in data else None,
        )
    reason = data.get("reason", "")
    if "job_id" not in data:
        return request.id, CancelMatching(
            request_id=request.id, tenant=tenant, labels=data.get("labels", {}), reason=reason
        )
    return data["job_id"], CancelRequested(
        job_id=data["job_id"], request_id=request.id, tenant=tenant, reason=reason
    )


def _refusal(request: Request, problems: Iterable[Problem]) -> RequestRejected:
    return RequestRejected(
        request_id=request.id, tenant=tenant_in(request.data), errors=within_limits(problems)
    )
