"""What an operator sees of a system: one trace for each job, log lines that name it, health and metrics of each process."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.system.collector import Collector, Got, collecting
from tests.system.system import System, job_id_of, running

pytestmark = pytest.mark.stack

BRIEF = "A lantern drifts over a harbour of paper boats."
CONSUMER, PRODUCER = Span.SPAN_KIND_CONSUMER, Span.SPAN_KIND_PRODUCER


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def seen(collector: Collector) -> Iterator[System]:
    """A system whose spans go to the collector."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        with running("seeing") as system:
            yield system


def film(key: str) -> dict[str, object]:
    return {
        "kind": "film",
        "brief": BRIEF,
        "duration_s": 5,
        "resolution": "360p",
        "quality": "draft",
        "idempotency_key": key,
    }


def log_lines(home: Path, name: str) -> list[dict[str, object]]:
    text = (home / "logs" / f"{name}.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


async def facts_of(system: System, job_id: str) -> list[tuple[str, str]]:
    """Return type and traceparent of each public fact of a job."""
    consumer = AIOKafkaConsumer(
        "media.jobs", "media.assets", bootstrap_servers=system.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found = []
    try:
        while not any(kind == "media.job.succeeded.v1" for kind, _ in found):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    if json.loads(record.value).get("job_id") == job_id:
                        found.append((headers["ce_type"], headers.get("traceparent", "")))
    finally:
        await consumer.stop()
    return found


async def test_a_film_is_one_trace_from_its_request_to_its_named_outputs(
    seen: System, collector: Collector, key: str
) -> None:
    await seen.send(film(key))
    job_id = job_id_of(key)
    end = await seen.end_of(job_id, timeout_s=240.0)
    assert end.type == "media.job.succeeded.v1"

    def named(spans: list[Got]) -> bool:
        mine = [s for s in spans if s.attributes.get("reelbus.job_id") == job_id]
        return any(s.name == "process media.jobs" for s in mine)

    collector.until(named)
    (root,) = [s for s in collector.spans if s.name == "process media.requests" and not s.parent_id]
    assert root.attributes["reelbus.job_id"] == job_id
    collector.until(lambda _: not orphans(collector.trace(root.trace_id)))
    trace = collector.trace(root.trace_id)
    write_down(trace)

    # Every span hangs on another of the trace, up to the request; nothing of the job lies outside.
    assert [s for s in trace if not s.parent_id] == [root]
    assert {s.trace_id for s in collector.spans if s.attributes.get("reelbus.job_id") == job_id} == {
        root.trace_id
    }
    assert {s.service for s in trace} == {
        f"reelbus-{role}" for role in ("intake", "coordinator", "text", "image", "video", "audio", "composer")
    }
    assert all(s.resource["deployment.environment.name"] == "test" for s in trace)
    assert {s.resource["reelbus.role"] for s in trace} >= {"intake", "coordinator", "composer"}
    assert not [s for s in trace if s.failed]

    by_id = {s.span_id: s for s in trace}
    works = [s for s in trace if s.kind == CONSUMER and s.name.startswith("process media.tasks.")]
    nodes = {str(s.attributes["reelbus.node_id"]) for s in works}
    assert {"script", "music", "film", "scene-01.picture", "scene-01.narration", "scene-01.clip"} <= nodes
    for work in works:
        # worker <- order <- fold <- result of what it waited for, or the acceptance
        order = by_id[work.parent_id]
        assert (order.name, order.kind) == (work.name.replace("process", "send"), PRODUCER)
        assert order.attributes["messaging.message.id"] == work.attributes["messaging.message.id"]
        assert order.attributes["messaging.message.id"] == work.attributes["reelbus.task_id"]
        fold = by_id[order.parent_id]
        assert (fold.name, fold.kind, fold.service) == ("process media.log", CONSUMER, "reelbus-coordinator")
        assert work.attributes["reelbus.outcome"] == "done"
        below = [s.name for s in trace if s.parent_id == work.span_id]
        assert {"store put", "store write memo", "send media.log"} <= set(below)
        assert f"run {work.attributes['reelbus.engine']}" in below
    assert [s for s in trace if s.name == "store get"]
    told = {s.span_id for s in trace if s.name in {"send media.jobs", "send media.assets"}}
    facts = await facts_of(seen, job_id)
    assert {traceparent.split("-")[1] for _, traceparent in facts} == {root.trace_id}
    assert {traceparent.split("-")[2] for _, traceparent in facts} == told

    # What was asked for, and where it may be read with a signature, is in no span.
    everything = json.dumps([[s.name, s.attributes, s.events] for s in trace])
    assert BRIEF not in everything
    assert "lantern" not in everything
    assert "X-Amz" not in everything

    # Each line about the job names its trace, and each line who says it.
    finished = [
        line
        for name in ("text-1", "image-1", "video-1", "video-2", "audio-1", "composer-1")
        for line in log_lines(seen.home, name)
        if line["event"] == "work.finished" and line["job_id"] == job_id
    ]
    assert {line["node_id"] for line in finished} == nodes
    tasks = {s.attributes["reelbus.task_id"] for s in works}
    for line in finished:
        assert line["trace_id"] == root.trace_id
        assert line["task_id"] in tasks
        assert {"role", "pid", "worker_id"} <= line.keys()
    (took,) = [line for line in log_lines(seen.home, "intake-1") if line.get("job_id") == job_id]
    assert (took["trace_id"], took["role"]) == (root.trace_id, "intake")
    (ended,) = [line for line in log_lines(seen.home, "coordinator-1") if line["event"] == "job.ended"]
    assert (ended["job_id"], ended["trace_id"], ended["outcome"]) == (job_id, root.trace_id, "succeeded")


async def test_a_trace_of_the_requester_goes_on_and_a_refusal_carries_it_back(
    seen: System, collector: Collector, key: str
) -> None:
    theirs = f"00-{'c' * 32}-{'d' * 16}-01"
    request = {"kind": "task", "capability": "nothing", "params": {}, "idempotency_key": key}
    await seen.send(request, {"traceparent": theirs})
    collector.until(lambda _: len(collector.trace("c" * 32)) == 4)
    trace = collector.trace("c" * 32)
    (first,) = orphans(trace)
    assert (first.name, first.parent_id) == ("process media.requests", "d" * 16)
    assert [s.name for s in trace] == [
        "process media.requests",
        "send media.log",
        "process media.log",
        "send media.jobs",
    ]


def test_every_process_answers_health_and_metrics_on_a_port_of_this_machine_alone(seen: System) -> None:
    processes = [p for p in seen.processes() if p["role"] not in {"supervisor", "broker", "store"}]
    ports = [p["port"] for p in processes]
    assert len(set(ports)) == len(processes) == 8
    told = {}
    for process in processes:
        assert page(process["port"], "/health")["role"] == process["role"]
        assert page(process["port"], "/readyz")["ready"]
        told[f"{process['role']}-{process['index']}"] = metrics(process["port"])
        assert listens_on(process["port"]) == ["0100007F"]  # 127.0.0.1
    assert told["image-1"]['reelbus_slots{modality="image"}'] == 1.0
    assert told["image-1"]["reelbus_partitions_owned"] > 0
    coordinator = told["coordinator-1"]
    assert coordinator["reelbus_partitions_owned"] == 4.0
    assert coordinator["reelbus_log_lag_records"] == 0.0
    assert coordinator["reelbus_open_jobs"] == 0.0
    assert coordinator["reelbus_fold_seconds_count"] > 0
    assert coordinator["reelbus_commit_seconds_count"] > 0


def listens_on(port: int) -> list[str]:
    """Return the addresses where something listens on a port, as /proc spells them."""
    fields = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return [
        field[1].split(":")[0] for field in fields if field[1].endswith(f":{port:04X}") and field[3] == "0A"
    ]


def orphans(trace: list[Got]) -> list[Got]:
    known = {s.span_id for s in trace}
    return [s for s in trace if s.parent_id and s.parent_id not in known]


def page(port: int, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        body: dict[str, object] = json.load(answer)
    return body


def metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def write_down(trace: list[Got]) -> None:
    """Leave the trace as text where `REELBUS_TEST_TRACE` says: for docs/operate.md."""
    where = os.environ.get("REELBUS_TEST_TRACE")
    if not where:
        return
    below: dict[str, list[Got]] = {}
    for span in trace:
        below.setdefault(span.parent_id, []).append(span)
    first = trace[0].start_ns
    lines: list[str] = []

    def tell(span: Got, depth: int) -> None:
        at_s, took_s = (span.start_ns - first) / 1e9, (span.end_ns - span.start_ns) / 1e9
        node = span.attributes.get("reelbus.node_id", "")
        lines.append(
            f"{at_s:7.3f} {took_s:7.3f}  {span.service.removeprefix('reelbus-'):<12}{'  ' * depth}{span.name} {node}".rstrip()
        )
        for child in below.get(span.span_id, []):
            tell(child, depth + 1)

    tell(trace[0], 0)
    Path(where).write_text("\n".join(lines) + "\n", "utf-8")
