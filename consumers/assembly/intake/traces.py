"""How each request is examined in a trace of its own, which becomes the trace of its job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bus.cloudevents import Event
from bus.tracing import consumer_span, current_traceparent
from runtime.telemetry import unit_of_work
from schemas.log import Asked, JobAccepted, RequestRejected, log_type

Admitted = tuple[str, tuple[str, Asked]]
"""The id of a request, with the key and the event that it puts on the log."""


async def admit_each(
    requests: Sequence[Event], group: str, admit: Callable[[Event], Awaitable[tuple[str, Asked]]]
) -> tuple[list[Admitted], list[str | None]]:
    """Admit requests, one after the other, and return where each goes on in its trace.

    Who sent a `traceparent` finds the job below it; for others a trace begins here.
    """
    admitted, traces = [], []
    for request in requests:
        with (
            consumer_span(
                request.topic,
                request.partition,
                request.offset,
                request.traceparent,
                group=group,
                message_id=request.id,
            ) as span,
            unit_of_work(request_id=request.id),
        ):
            traceparent = current_traceparent()
            key, event = await admit(replace(request, traceparent=traceparent))
            span.set_attributes({"reelbus.request_id": request.id, "reelbus.outcome": log_type(event)})
            if isinstance(event, JobAccepted):
                span.set_attribute("reelbus.job_id", event.job_id)
            if isinstance(event, RequestRejected):
                span.set_attribute("reelbus.problems", len(event.errors))
        admitted.append((request.id, (key, event)))
        traces.append(traceparent)
    return admitted, traces
