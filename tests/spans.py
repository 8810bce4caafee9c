"""Spans in memory: what a block of a test traced, with a provider that is there for that block alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class _Switched(trace.TracerProvider):
    """OpenTelemetry takes one provider for the life of a process; this one listens when it is asked to."""

    def __init__(self) -> None:
        self.real: TracerProvider | None = None

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        provider = self

        class Tracer(trace.Tracer):
            def start_span(self, *a: Any, **k: Any) -> trace.Span:
                return provider.tracer(*args, **kwargs).start_span(*a, **k)

            def start_as_current_span(self, *a: Any, **k: Any) -> Any:
                return provider.tracer(*args, **kwargs).start_as_current_span(*a, **k)

        return Tracer()

    def tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        return trace.NoOpTracer() if self.real is None else self.real.get_tracer(*args, **kwargs)


_PROVIDER = _Switched()


@contextmanager
def recording() -> Iterator[InMemorySpanExporter]:
    """Keep the spans that end while the block runs; `get_finished_spans()` gives them in the order of their ends."""
    if trace.get_tracer_provider() is not _PROVIDER:
        trace.set_tracer_provider(_PROVIDER)
    exporter = InMemorySpanExporter()
    _PROVIDER.real = TracerProvider(shutdown_on_exit=False)
    _PROVIDER.real.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield exporter
    finally:
        _PROVIDER.real = None
