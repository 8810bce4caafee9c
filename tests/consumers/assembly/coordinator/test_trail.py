"""How a trace goes on behind an event: below the span of its fold, and only for what may lead to something."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode

from bus.transactions import WriterLost
from consumers.assembly.coordinator.trail import FactSpans, Trail
from planning.job.commands import PublishFact
from schemas.codes import ErrorCode
from schemas.facts import JobRejected, Problem
from schemas.log import LeaseRenewed, RequestRejected, TaskFailed
from tests.spans import recording

JOB = "00000000-0000-0000-0000-000000000001"
THEIRS = f"00-{'a' * 32}-{'b' * 16}-01"
PROBLEM = Problem(code=ErrorCode.INVALID_REQUEST, path="", message="no")
FAILED = TaskFailed(
    job_id=JOB,
    run=1,
    node_id="sky",
    attempt=2,
    worker_id="w",
    code="internal",
    message="a fox",
    retryable=True,
)
RENEWED = LeaseRenewed(job_id=JOB, run=1, node_id="sky", attempt=2, worker_id="w", lease_s=6.0, fraction=0.5)


def record(traceparent: str | None = THEIRS) -> Any:
    headers = [("ce_id", b"event")]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return SimpleNamespace(topic="media.log", partition=2, offset=9, headers=headers)


def tell(traceparent: str | None = THEIRS, key: str = JOB) -> PublishFact:
    fact = JobRejected(request_id=key, tenant="default", errors=(PROBLEM,))
    return PublishFact("told", "media.job.rejected.v1", key, fact, traceparent)


def test_what_an_event_leads_to_hangs_on_the_span_of_its_fold() -> None:
    trail = Trail("media-coordinator")
    spans = FactSpans(trail, "media")
    with recording() as exporter:
        trail.begin(record(), FAILED)
        cause = trail.cause(JOB, THEIRS)
        carried = spans.begin(tell())
        spans.end()
        trail.end()
        assert (
            trail.cause(JOB, THEIRS) == THEIRS
        )  # what comes later, say by a timer, hangs on the job's beginning
    told, fold = exporter.get_finished_spans()
    assert cause == f"00-{'a' * 32}-{fold.context.span_id:016x}-01"
    assert (fold.name, fold.kind) == ("process media.log", SpanKind.CONSUMER)
    assert dict(fold.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "media.log",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 9,
        "messaging.consumer.group.name": "media-coordinator",
        "messaging.message.id": "event",
        "reelbus.event": "media.log.task-failed.v1",
        "reelbus.job_id": JOB,
        "reelbus.node_id": "sky",
        "reelbus.attempt": 2,
    }
    assert carried == f"00-{'a' * 32}-{told.context.span_id:016x}-01"
    assert (told.name, told.kind) == ("send media.jobs", SpanKind.PRODUCER)
    assert told.parent is not None
    assert told.parent.span_id == fold.context.span_id
    assert dict(told.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "media.jobs",
        "messaging.message.id": "told",
        "reelbus.event": "media.job.rejected.v1",
        "reelbus.job_id": JOB,
    }


def test_leases_and_what_belongs_to_no_trace_leave_nothing() -> None:
    trail = Trail()
    with recording() as exporter:
        trail.begin(record(), RENEWED)
        trail.begin(record(None), FAILED)
        assert trail.cause(JOB, None) is None
        assert FactSpans(trail, "media").begin(tell(None)) is None
        trail.end()
    assert exporter.get_finished_spans() == ()


def test_a_refusal_carries_the_trace_of_its_request() -> None:
    trail = Trail()
    with recording():
        trail.begin(record(), RequestRejected(request_id="r", tenant="default", errors=(PROBLEM,)))
        carried = FactSpans(trail, "media").begin(tell(None, "r"))
        trail.end()
    assert carried is not None
    assert carried.split("-")[1] == "a" * 32


def test_a_transaction_that_fails_is_told_by_its_facts() -> None:
    spans = FactSpans(Trail(), "media")
    with recording() as exporter:
        spans.begin(tell())
        spans.end(WriterLost("in doubt"))
    (told,) = exporter.get_finished_spans()
    assert told.status.status_code == StatusCode.ERROR


def test_without_an_exporter_a_trace_is_handed_on_as_it_came() -> None:
    trail = Trail()
    trail.begin(record(), FAILED)
    assert trail.cause(JOB, THEIRS) == THEIRS
    assert FactSpans(trail, "media").begin(tell()) == THEIRS
