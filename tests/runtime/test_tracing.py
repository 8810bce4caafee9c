"""Spans leave a process when OTEL_* variables ask for it, and an exporter holds up nobody."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from runtime.errors import Cancelled, EngineFailed
from runtime.tracing import span, wanted
from tests.spans import recording
from tests.system.collector import collecting

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys, threading, time
from runtime.telemetry import configure_logging
from runtime.tracing import set_up, span
configure_logging("info", "json")
flush = set_up("painter")
with span("paint", reelbus__job_id="j"):
    pass
begun = time.monotonic()
flush()
print(json.dumps({
    "flushed_s": time.monotonic() - begun,
    "sdk": "opentelemetry.sdk" in sys.modules,
    "threads": threading.active_count(),
}))
import os; sys.stdout.flush(); os._exit(0)
"""


def run(**variables: str) -> tuple[dict[str, float], list[dict[str, object]]]:
    """Run a process with these variables alone; return what it says and its log lines."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={"PATH": "/usr/bin:/bin", **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    ("env", "asked"),
    [
        ({}, False),
        ({"HOME": "/"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_SERVICE_NAME": "films", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_SERVICE_NAME": "films", "OTEL_SDK_DISABLED": "no"}, True),
    ],
)
def test_any_otel_variable_asks_for_traces_unless_the_sdk_is_disabled(
    env: dict[str, str], asked: bool
) -> None:
    assert wanted(env) is asked


def test_without_a_variable_nothing_is_imported_and_nothing_runs() -> None:
    said, lines = run()
    assert (said["sdk"], said["threads"], lines) == (False, 1, [])


def test_the_variables_say_where_spans_go_and_whose_they_are() -> None:
    with collecting() as collector:
        _, lines = run(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
            OTEL_SERVICE_NAME="studio",
            OTEL_RESOURCE_ATTRIBUTES="team=film,reelbus.role=mine",
        )
        (got,) = collector.until(bool)
    assert lines == []
    assert (got.name, got.service, got.attributes) == ("paint", "studio", {"reelbus.job_id": "j"})
    assert (got.resource["team"], got.resource["reelbus.role"]) == ("film", "mine")
    assert str(got.resource["service.instance.id"]).startswith("painter-")


def test_a_process_without_a_name_is_called_by_its_role() -> None:
    with collecting() as collector:
        run(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.endpoint}/v1/traces")
        (got,) = collector.until(bool)
    assert got.service == "reelbus-painter"


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"OTEL_TRACES_EXPORTER": "carrier-pigeon"}, "carrier-pigeon"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}, "smoke"),
    ],
)
def test_an_exporter_that_is_not_installed_is_told_with_its_remedy_and_work_goes_on(
    variables: dict[str, str], word: str
) -> None:
    said, (line,) = run(**variables)
    assert line["event"] == "tracing.unavailable"
    assert word in json.dumps(line)
    assert line["remedy"] == "install reelbus[otlp]"
    assert said["threads"] == 1


@pytest.mark.parametrize("exporter", ["none", "none,none"])
def test_none_is_an_exporter_too(exporter: str) -> None:
    said, lines = run(OTEL_TRACES_EXPORTER=exporter)
    assert (said["threads"], lines) == (1, [])


def test_a_collector_that_never_answers_holds_up_nobody() -> None:

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        begun = time.monotonic()
        said, _ = run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert said["flushed_s"] < 3.0
    assert time.monotonic() - begun < 60


def test_a_span_names_ids_and_marks_errors_by_their_code_alone() -> None:
    with recording() as exporter:
        with pytest.raises(EngineFailed), span("paint", SpanKind.CLIENT, reelbus__node_id="sky"):
            raise EngineFailed("it quotes: a fox at sea")
        with pytest.raises(ValueError, match="secret"), span("draw"):
            raise ValueError("a secret prompt")
        with pytest.raises(Cancelled), span("stop"):
            raise Cancelled("no longer wanted")
    paint, draw, stop = exporter.get_finished_spans()
    assert (paint.kind, dict(paint.attributes or {})) == (
        SpanKind.CLIENT,
        {"reelbus.node_id": "sky", "error.type": "engine_failed"},
    )
    assert (paint.status.status_code, paint.status.description) == (StatusCode.ERROR, "engine_failed")
    assert (draw.status.description, draw.events) == ("ValueError", ())
    assert stop.status.status_code == StatusCode.UNSET
    assert not trace.get_current_span().get_span_context().is_valid
