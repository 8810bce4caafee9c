"""How a job's trace goes through the coordinator: from the event that it folds to what it sends because of it."""

from __future__ import annotations

from aiokafka.structs import ConsumerRecord
from opentelemetry.trace import Span

from bus.cloudevents import header
from bus.tracing import begin_consuming, begin_sending, traceparent_of
from planning.job.commands import PublishFact
from runtime.tracing import failed
from schemas.facts import EVENT_TOPICS
from schemas.log import (
    CancelRequested,
    JobAccepted,
    LogEvent,
    ReplayRequested,
    RequestRejected,
    TaskFailed,
    TaskReleased,
    TaskSucceeded,
    TicketEnded,
    log_type,
)
from schemas.topics import topic

_DECIDING = (
    JobAccepted,
    RequestRejected,
    CancelRequested,
    ReplayRequested,
    TaskSucceeded,
    TaskFailed,
    TaskReleased,
    TicketEnded,
)
"""Events after which something may be sent; a span for each lease and timer would cost more than it tells."""


class Trail:
    """The spans of the events in hand, by job (by request, of a refusal); there is one for each of a poll's records.

    Without an exporter nothing is kept: records then carry no trace, or one that is passed on as it is.
    """

    def __init__(self, group: str = "") -> None:
        self._group = group
        self._spans: dict[str, list[Span]] = {}

    def begin(self, record: ConsumerRecord, event: LogEvent) -> None:
        """An event that may lead to something will be folded."""
        if not isinstance(event, _DECIDING):
            return
        traceparent = header(record.headers, "traceparent")
        if traceparent is None:
            return
        span = begin_consuming(
            record.topic,
            record.partition,
            record.offset,
            traceparent,
            group=self._group,
            message_id=header(record.headers, "ce_id"),
        )
        if not span.is_recording():
            return
        about = event.request_id if isinstance(event, RequestRejected) else event.job_id
        span.set_attributes({"reelbus.event": log_type(event), "reelbus.job_id": about})
        if isinstance(event, TaskSucceeded | TaskFailed | TaskReleased | TicketEnded):
            span.set_attributes({"reelbus.node_id": event.node_id, "reelbus.attempt": event.attempt})
        self._spans.setdefault(about, []).append(span)

    def end(self) -> None:
        """What was polled last is folded, sent and told."""
        for spans in self._spans.values():
            for span in spans:
                span.end()
        self._spans.clear()

    def cause(self, about: str, otherwise: str | None) -> str | None:
        """Return where a job's newest event in hand stands in its trace, else the given place."""
        spans = self._spans.get(about)
        return traceparent_of(spans[-1]) if spans else otherwise


class FactSpans:
    """The spans of public facts, from the beginning of the transaction that tells them to its end."""

    def __init__(self, trail: Trail, prefix: str) -> None:
        self._trail = trail
        self._prefix = prefix
        self._spans: list[Span] = []

    def begin(self, tell: PublishFact) -> str | None:
        """Return the `traceparent` with which the fact leaves."""
        cause = self._trail.cause(tell.key, tell.traceparent)
        if cause is None:
            return None
        span = begin_sending(topic(self._prefix, EVENT_TOPICS[tell.type]), tell.event_id, cause)
        if not span.is_recording():
            return tell.traceparent
        span.set_attributes({"reelbus.event": tell.type, "reelbus.job_id": tell.key})
        self._spans.append(span)
        return traceparent_of(span)

    def end(self, error: BaseException | None = None) -> None:
        """The transaction is committed, or is not."""
        for span in self._spans:
            if error is not None:
                failed(span, error)
            span.end()
        self._spans.clear()
