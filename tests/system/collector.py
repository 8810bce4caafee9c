"""A place to send spans to: a small OTLP receiver that keeps what it gets, and can be slow or away."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Got:
    """One span as it came over the wire; `service` is the resource's name, `resource` all that it says."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    service: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    failed: bool
    start_ns: int
    end_ns: int
    events: tuple[str, ...] = ()


@dataclass
class Collector:
    """What was received up to now."""

    endpoint: str = ""
    spans: list[Got] = field(default_factory=list)

    def trace(self, trace_id: str) -> list[Got]:
        return sorted((s for s in self.spans if s.trace_id == trace_id), key=lambda s: s.start_ns)

    def until(self, done: Callable[[list[Got]], bool], timeout_s: float = 60.0) -> list[Got]:
        """Wait for what exporters send at their own pace."""
        deadline = time.monotonic() + timeout_s
        while not done(self.spans):
            assert time.monotonic() < deadline, sorted({f"{s.service}: {s.name}" for s in self.spans})
            time.sleep(0.1)
        return self.spans


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on loopback."""
    collector = Collector()

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _spans(request: ExportTraceServiceRequest) -> list[Got]:
    found = []
    for batch in request.resource_spans:
        resource = {a.key: _value(a.value) for a in batch.resource.attributes}
        for scope in batch.scope_spans:
            for span in scope.spans:
                found.append(
                    Got(
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        name=span.name,
                        kind=span.kind,
                        service=resource.get("service.name", ""),
                        attributes={a.key: _value(a.value) for a in span.attributes},
                        resource=resource,
                        failed=span.status.code == 2,
                        start_ns=span.start_time_unix_nano,
                        end_ns=span.end_time_unix_nano,
                        events=tuple(event.name for event in span.events),
                    )
                )
    return found


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))
