"""Traces continue over topics, and cost nothing where nobody listens."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

from bus.cloudevents import header
from bus.publisher import Publisher
from bus.tail import read_all
from bus.tracing import consumer_span, context_of, continued, current_traceparent, producer_span, trace_id_of
from tests.spans import recording

from .conftest import MakeTopic

_PARENT = f"00-{'a' * 32}-{'b' * 16}-01"


def test_a_traceparent_survives_the_way_through_headers() -> None:
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("work", context=context_of(_PARENT)):
        found = current_traceparent()
    assert found is not None
    assert found.split("-")[1] == "a" * 32
    assert current_traceparent() is None


def test_an_unreadable_traceparent_starts_a_new_trace() -> None:
    for broken in (None, "", "garbage", f"00-{'0' * 32}-{'b' * 16}-01", "\ud800"):
        assert not trace.get_current_span(context_of(broken)).get_span_context().is_valid


def test_without_an_exporter_a_consumed_trace_is_passed_on_to_what_is_published() -> None:
    with consumer_span("media.log", 0, 1, _PARENT), producer_span("media.jobs", "id"):
        found = current_traceparent()
    assert found is not None
    assert found.split("-")[1] == "a" * 32


def test_a_consumed_record_is_a_span_with_the_attributes_of_the_messaging_conventions() -> None:
    with (
        recording() as exporter,
        consumer_span("media.log", 3, 41, _PARENT, group="media-coordinator", message_id="event"),
    ):
        pass
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("process media.log", SpanKind.CONSUMER)
    assert span.parent is not None
    assert (span.parent.trace_id, span.parent.span_id) == (int("a" * 32, 16), int("b" * 16, 16))
    assert dict(span.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "media.log",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 41,
        "messaging.consumer.group.name": "media-coordinator",
        "messaging.message.id": "event",
    }


def test_a_record_without_a_trace_begins_one_and_an_error_is_named_without_its_words() -> None:
    with (
        recording() as exporter,
        pytest.raises(RuntimeError),
        consumer_span("media.requests", 0, 1, None),
    ):
        raise RuntimeError("a prompt")
    (span,) = exporter.get_finished_spans()
    assert span.parent is None
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "RuntimeError")
    assert (span.attributes or {})["error.type"] == "RuntimeError"
    assert span.events == ()


async def test_a_published_event_is_a_span_that_says_where_it_lies_and_is_its_readers_parent(
    bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("a", 2)
    with recording() as exporter:
        async with Publisher(bootstrap) as publisher:
            with consumer_span("before", 0, 0, _PARENT):
                await publisher.publish(topic, "k", "hello.v1", b"{}", id="first", partition=1)
                future = await publisher.send(topic, "k", "hello.v1", b"{}", id="second", partition=1)
                await publisher.acknowledged(future)
                await publisher.publish(topic, "k", "media.progress.v1", b"{}", id="quiet", partition=1)
            await publisher.acknowledged(
                await publisher.send(topic, "k", "t", b"{}", id="alone", partition=1)
            )
    first, second, before = exporter.get_finished_spans()
    for number, span in enumerate((first, second)):
        assert (span.name, span.kind) == (f"send {topic}", SpanKind.PRODUCER)
        assert span.parent is not None
        assert span.parent.span_id == before.context.span_id
        assert dict(span.attributes or {}) == {
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": topic,
            "messaging.message.id": ("first", "second")[number],
            "messaging.destination.partition.id": "1",
            "messaging.kafka.offset": number,
        }
    records = [r async for batch in read_all(bootstrap, topic, 1) for r in batch]
    carried = [header(record.headers, "traceparent") for record in records]
    expected = [f"00-{'a' * 32}-{span.context.span_id:016x}-01" for span in (first, second, before)]
    assert carried == [*expected, None]  # the quiet one belongs to what is at work; the last one to nothing


def test_a_trace_that_is_only_continued_makes_no_span() -> None:
    with recording() as exporter:
        with continued(_PARENT):
            assert current_traceparent() == _PARENT
        with continued(None):
            assert current_traceparent() is None
    assert exporter.get_finished_spans() == ()
    assert trace_id_of(_PARENT) == "a" * 32
    assert trace_id_of("nothing") is None
