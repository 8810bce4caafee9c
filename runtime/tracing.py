"""Whether spans leave this process: the OpenTelemetry SDK is set up when `OTEL_*` variables ask for it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from runtime.errors import Cancelled, ReelbusError
from runtime.telemetry import get_logger

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

FLUSH_WITHIN_S = 1.0
"""What a process that stops gives the exporter: one that is away must not hold it up."""

_TRACER = trace.get_tracer("reelbus")
_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_REMEDY = "install reelbus[otlp]"

log = get_logger(__name__)

Flush = Callable[[], None]
"""Sends what is left, within `FLUSH_WITHIN_S`."""


def nothing_to_flush() -> None:
    """Flush a process whose spans go nowhere."""


def wanted(env: Mapping[str, str]) -> bool:
    """Say whether any `OTEL_*` variable asks for traces; an empty one counts as absent, as OpenTelemetry says."""
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return any(name.startswith("OTEL_") and value.strip() for name, value in env.items())


def set_up(role: str) -> Flush:
    """Send this process's spans where the `OTEL_*` variables say; without them nothing is imported and nothing runs.

    What is wrong with the variables, or not installed, is logged, and the process works without traces.
    """
    if not wanted(os.environ):
        return nothing_to_flush
    exporters = _exporters()
    if not exporters:
        return nothing_to_flush
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create(_about(role)), shutdown_on_exit=False)
    for exporter in exporters:
        # Its queue is bounded and its thread its own: what an exporter cannot take is dropped, and nobody waits.
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)

    def flush() -> None:
        thread = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
        thread.start()
        thread.join(FLUSH_WITHIN_S)

    return flush


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int | float) -> Iterator[Span]:
    """Trace the block as a part of the present trace; attributes with `__` for each dot, ids only.

    An error ends the span with its code or class. Its words are left out: they may quote what was asked for.
    """
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    with _TRACER.start_as_current_span(
        name, kind=kind, attributes=named, record_exception=False, set_status_on_exception=False
    ) as begun:
        try:
            yield begun
        except BaseException as error:
            failed(begun, error)
            raise


def failed(begun: Span, error: BaseException | str) -> None:
    """Mark a span as ended by an error, or by a public error code; work that was stopped did not fail."""
    if isinstance(error, str):
        what = str(error)
    elif isinstance(error, Cancelled) or not isinstance(error, Exception):
        return
    elif isinstance(error, ReelbusError):
        what = str(error.code)
    else:
        what = type(error).__name__
    begun.set_attribute("error.type", what)
    begun.set_status(Status(StatusCode.ERROR, what))


def _about(role: str) -> dict[str, str]:
    """Return what describes this process; what the variables say of a service counts more."""
    try:
        ours = version("reelbus")
    except PackageNotFoundError:
        ours = "unknown"
    about = {
        "service.name": f"reelbus-{role}",
        "service.version": ours,
        "service.instance.id": f"{role}-{socket.gethostname()}-{os.getpid()}",
        "process.pid": str(os.getpid()),
        "reelbus.role": role,
    }
    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    named = {part.partition("=")[0].strip() for part in given.split(",")}
    if os.environ.get("OTEL_SERVICE_NAME"):
        named.add("service.name")
    return {key: value for key, value in about.items() if key not in named}


def _exporters() -> list[SpanExporter]:
    asked = os.environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    names = dict.fromkeys(part.strip() for part in asked.split(",") if part.strip() != "none")
    return [found for name in names if (found := _exporter(name)) is not None]


def _exporter(name: str) -> SpanExporter | None:
    protocol = (
        os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    known = _OTLP.get(protocol, protocol) if name == "otlp" else name
    try:
        import opentelemetry.sdk  # noqa: F401  # an extra: without it no exporter can work

        (found,) = entry_points(group="opentelemetry_traces_exporter", name=known)
        exporter: SpanExporter = found.load()()
    except (ImportError, ValueError) as error:
        log.warning(
            "tracing.unavailable",
            exporter=name,
            protocol=protocol,
            error=type(error).__name__,
            remedy=_REMEDY,
        )
        return None
    except Exception as error:  # noqa: BLE001  # foreign code and foreign settings: work goes on without traces
        log.warning("tracing.unavailable", exporter=name, error=type(error).__name__)
        return None
    return exporter
