"""Traces continue over topics, and cost nothing where nobody listens."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from bus.tracing import consumer_span, context_of, current_traceparent, producer_span

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
