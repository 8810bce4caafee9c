"""How a trace follows an event: W3C traceparent in headers, spans with OpenTelemetry's messaging conventions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.structs import RecordMetadata
from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime.tracing import failed

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("reelbus.bus")

_QUIET = frozenset(
    {
        "media.log.lease-renewed.v1",
        "media.log.timer-fired.v1",
        "media.progress.v1",
        "media.worker.announced.v1",
    }
)
"""Types that are sent all the time and decide nothing: a span for each would bury the others."""

Attributes = dict[str, str | int]


def current_traceparent() -> str | None:
    """Return the present span as a W3C `traceparent`, None outside any trace."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(span: Span) -> str | None:
    """Return a span as a W3C `traceparent`, None when it belongs to no trace."""
    here = span.get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def trace_id_of(traceparent: str | None) -> str | None:
    """Return the trace's id in a `traceparent`, None when there is none to read."""
    here = trace.get_current_span(context_of(traceparent)).get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


def context_of(traceparent: str | None) -> context.Context:
    """Return the trace context that a `traceparent` names; an unreadable one names none."""
    carrier = {} if traceparent is None else {"traceparent": traceparent}
    return _PROPAGATOR.extract(carrier, context=context.Context())


@contextmanager
def continued(traceparent: str | None) -> Iterator[None]:
    """Let the block belong to that trace, without a span of its own."""
    with trace.use_span(trace.get_current_span(context_of(traceparent)), record_exception=False):
        yield


@contextmanager
def consumer_span(
    topic: str,
    partition: int,
    offset: int,
    traceparent: str | None,
    operation: str = "process",
    *,
    group: str | None = None,
    message_id: str | None = None,
) -> Iterator[Span]:
    """Continue the trace of a consumed record while the block runs, or begin one where it has none."""
    span = begin_consuming(
        topic, partition, offset, traceparent, operation, group=group, message_id=message_id
    )
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            failed(span, error)
            raise


def begin_consuming(
    topic: str,
    partition: int,
    offset: int,
    traceparent: str | None,
    operation: str = "process",
    *,
    group: str | None = None,
    message_id: str | None = None,
) -> Span:
    """Return a span for a consumed record that is not the present one; end it when its work is done."""
    attributes: Attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
    }
    if group is not None:
        attributes["messaging.consumer.group.name"] = group
    if message_id is not None:
        attributes["messaging.message.id"] = message_id
    return _TRACER.start_span(
        f"{operation} {topic}", context=context_of(traceparent), kind=SpanKind.CONSUMER, attributes=attributes
    )


@contextmanager
def producer_span(topic: str, message_id: str, type: str = "") -> Iterator[Span]:
    """Name the sending of one event while the block runs; its context is what the event should carry.

    Of a quiet type nothing is told.
    """
    if type in _QUIET:
        yield trace.INVALID_SPAN
        return
    span = begin_sending(topic, message_id, None)
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            failed(span, error)
            raise


def begin_sending(topic: str, message_id: str, traceparent: str | None) -> Span:
    """Return a span for an event that is sent now and acknowledged later, in that trace or else the present one."""
    attributes: Attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "messaging.message.id": message_id,
    }
    parent = None if traceparent is None else context_of(traceparent)
    return _TRACER.start_span(f"send {topic}", context=parent, kind=SpanKind.PRODUCER, attributes=attributes)


def traced(type: str, traceparent: str | None) -> bool:
    """Say whether an event that leaves with others gets a span: one of a quiet type, or of no trace, begins none."""
    return type not in _QUIET and (
        traceparent is not None or trace.get_current_span().get_span_context().is_valid
    )


def sent(span: Span, place: RecordMetadata) -> None:
    """Tell a producer's span where its record lies."""
    span.set_attribute("messaging.destination.partition.id", str(place.partition))
    span.set_attribute("messaging.kafka.offset", place.offset)


def end_when_acknowledged(span: Span, future: asyncio.Future[RecordMetadata]) -> None:
    """End a producer's span when the brokers have its record, or do not."""

    def end(done: asyncio.Future[RecordMetadata]) -> None:
        if not done.cancelled():
            error = done.exception()
            if error is None:
                sent(span, done.result())
            else:
                failed(span, error)
        span.end()

    if span.is_recording():
        future.add_done_callback(end)


def end_unsent(span: Span, error: BaseException) -> None:
    """End the span of an event that did not leave."""
    failed(span, error)
    span.end()
