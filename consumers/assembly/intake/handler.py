"""What happens to one wish: everything about it is checked at once, then it stands in the log, or is refused."""

from __future__ import annotations

from typing import Any, Protocol

from consumers.assembly.intake.given import find_assets, missing_assets
from planning.intake import Accepted, examine
from planning.offered import offers
from planning.plan import accept
from runtime.errors import EngineUnavailable
from schemas.base import Fact
from schemas.budget import CompositionBudget
from schemas.facts import Problem
from schemas.log import CancelMatching, CancelRequested, ReplayRequested, WishRejected
from storage.store import Store

JOB, CANCEL, REPLAY = (
    "media.job.requested.v1",
    "media.job.cancel-requested.v1",
    "media.job.replay-requested.v1",
)
_BUDGET = CompositionBudget()


class Wish(Protocol):
    """A wish as it came."""

    @property
    def type(self) -> str:
        """Its CloudEvents type."""

    @property
    def id(self) -> str:
        """Its id, which is the request's."""

    @property
    def data(self) -> dict[str, Any]:
        """What is wished, as JSON."""

    @property
    def traceparent(self) -> str | None:
        """The trace it belongs to (W3C)."""

    @property
    def timestamp_ms(self) -> int:
        """When the broker took it, in milliseconds since the epoch."""


async def take_in(
    wish: Wish,
    store: Store,
    *,
    bucket: str,
    allow_private_webhooks: bool,
    budget: CompositionBudget = _BUDGET,
) -> tuple[str, Fact]:
    """Return the key and the event that the wish puts on the log: its acceptance, or its refusal.

    Raises:
        StorageFailed: the store did not answer; the wish shall be tried again.
    """
    verdict = examine(
        wish.type, wish.data, offers=offers(budget), allow_private_webhooks=allow_private_webhooks
    )
    if not isinstance(verdict, Accepted):
        missing = await missing_assets(wish.data, store, bucket) if wish.type == JOB else []
        told = {problem.path for problem in verdict.problems}
        return wish.id, _refusal(wish, [*verdict.problems, *(p for p in missing if p.path not in told)])
    data = verdict.data
    tenant = _tenant(data)
    if wish.type == CANCEL and "job_id" not in data:
        return wish.id, CancelMatching(
            request_id=wish.id, tenant=tenant, labels=data.get("labels", {}), reason=data.get("reason", "")
        )
    if wish.type == CANCEL:
        job_id = data["job_id"]
        return job_id, CancelRequested(
            job_id=job_id, request_id=wish.id, tenant=tenant, reason=data.get("reason", "")
        )
    if wish.type == REPLAY:
        job_id = data["job_id"]
        return job_id, ReplayRequested(
            job_id=job_id,
            request_id=wish.id,
            tenant=tenant,
            from_node=data.get("from_node"),
            engines=data.get("engines", {}),
            seed=int(data["seed"]) if "seed" in data else None,
        )
    inputs, problems = await find_assets(data, store, bucket)
    if problems:
        return wish.id, _refusal(wish, problems)
    try:
        event = accept(
            data,
            request_id=wish.id,
            event_id=wish.id,
            requested_ms=wish.timestamp_ms,
            inputs=inputs,
            traceparent=wish.traceparent,
        )
    except EngineUnavailable as error:
        return wish.id, _refusal(wish, [Problem(code=error.code, path="/quality", message=error.message)])
    return event.job_id, event


def _refusal(wish: Wish, problems: Any) -> WishRejected:
    return WishRejected(request_id=wish.id, tenant=_tenant(wish.data), errors=tuple(problems))


def _tenant(data: Any) -> str:
    tenant = data.get("tenant", "default") if isinstance(data, dict) else "default"
    return tenant if isinstance(tenant, str) else "default"
