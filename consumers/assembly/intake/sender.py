"""Who asks: the tenant that a topic of its own fixes, and the mark that tells one request from every other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bus.cloudevents import Event
from consumers.assembly.intake.handler import CANCEL
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.identity import request_mark, told_source
from schemas.log import Asked, RequestRejected
from schemas.topics import tenant_of

Answer = tuple[str, Asked]
"""The key and the event that a request puts on the log."""


async def answer(request: Event, prefix: str, admit: Callable[[Event], Awaitable[Answer]]) -> Answer:
    """Have a request admitted by `admit` as its tenant's, and mark what comes of it as the answer to it alone.

    Raises:
        StorageFailed: the store did not answer; the request shall be tried again.
    """
    tenant = tenant_of(prefix, request.topic)
    key, event = await admit(
        request if tenant is None else replace(request, data=_spoken_for(request, tenant))
    )
    if tenant is not None:
        event = _of(tenant, event, request.data)
        key = event.request_id if isinstance(event, RequestRejected) else key
    mark = request_mark(request.source, request.id, request.type, tenant, request.value or b"")
    return key, event.model_copy(update={"source": told_source(request.source), "mark": mark})


def _spoken_for(request: Event, tenant: str) -> dict[str, Any]:
    """Return a request as its topic's tenant makes it; what says nothing of its jobs does not come to mean all."""
    if request.type == CANCEL and not ("job_id" in request.data or request.data.get("labels")):
        return {name: value for name, value in request.data.items() if name != "tenant" or value == tenant}
    return {**request.data, "tenant": tenant}


def _of(tenant: str, event: Asked, data: dict[str, Any]) -> Asked:
    """Refuse a request that names another tenant than its topic's, with everything else that is wrong with it."""
    if data.get("tenant", tenant) == tenant:
        return event.model_copy(update={"tenant": tenant})
    message = (
        f"requests of this topic are those of the tenant {tenant}: leave the tenant out, or name that one"
    )
    named = Problem(code=ErrorCode.INVALID_REQUEST, path="/tenant", message=message)
    others = [p for p in event.errors if p.path != "/tenant"] if isinstance(event, RequestRejected) else []
    return RequestRejected(request_id=event.request_id, tenant=tenant, errors=(named, *others))
