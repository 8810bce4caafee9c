"""How a trace follows an event: W3C traceparent in headers, spans with the messaging conventions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("reelbus.bus")


def current_traceparent() -> str | None:
    """Return the present span as a W3C `traceparent`, None outside any trace."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def context_of(traceparent: str | None) -> context.Context:
    """Return the trace context that a `traceparent` names; an unreadable one names none."""
    carrier = {} if traceparent is None else {"traceparent": traceparent}
    return _PROPAGATOR.extract(carrier, context=context.Context())


@contextmanager
def consumer_span(
    topic: str, partition: int, offset: int, traceparent: str | None, operation: str = "process"
) -> Iterator[Span]:
    """Continue the trace of a consumed record while the block runs."""
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
    }
    with _TRACER.start_as_current_span(
        f"{operation} {topic}",
        context=context_of(traceparent),
        kind=SpanKind.CONSUMER,
        attributes=attributes,
    ) as span:
        yield span


@contextmanager
def producer_span(topic: str, message_id: str) -> Iterator[Span]:
    """Name the sending of one event while the block runs; its context is what the event should carry."""
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "messaging.message.id": message_id,
    }
    with _TRACER.start_as_current_span(
        f"send {topic}", kind=SpanKind.PRODUCER, attributes=attributes
    ) as span:
        yield span
