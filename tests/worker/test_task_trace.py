"""What a worker's task leaves behind: a span that names it, with its end, and lines that name it too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from structlog.contextvars import get_contextvars

from bus.cloudevents import encode
from engines.contract import Finished, Task
from runtime.errors import OutOfMemory
from runtime.settings import Settings
from schemas.orders import ORDER_TYPE, WorkOrder
from tests.spans import recording
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines

THEIRS = f"00-{'a' * 32}-{'b' * 16}-01"
ORDER = WorkOrder(
    job_id="00000000-0000-0000-0000-000000000001",
    run=2,
    node_id="tale",
    attempt=3,
    task_id="task",
    tenant="default",
    lane="replay",
    quality="draft",
    capability="text-generation",
    role="tale",
    engine="draft-story",
    params={"prompt": "a secret fox"},
    seed=7,
    traceparent=THEIRS,
)


class Reader:
    """Gives one order."""

    connected, last_poll_age_s, assignment = True, 0.0, ()

    def __init__(self) -> None:
        self.empty = asyncio.Event()
        value, headers = encode(ORDER_TYPE, ORDER.to_bytes(), id="task", source="/test", traceparent=THEIRS)
        self._orders = [
            SimpleNamespace(
                topic="media.tasks.text.replay",
                partition=4,
                offset=17,
                timestamp=0,
                key=b"k",
                value=value,
                headers=headers,
            )
        ]

    async def connect(self) -> None:
        """Join."""

    async def disconnect(self) -> None:
        """Leave."""

    async def poll(self, most: int) -> list[Any]:
        if not self._orders:
            self.empty.set()
            await asyncio.Event().wait()
        return [self._orders.pop()]

    async def commit(self, offsets: object) -> None:
        """Noted."""

    async def idle(self) -> None:
        await asyncio.sleep(0)

    def wake(self) -> None:
        """Nothing waits."""


class Voice:
    """Hears a worker, and in which context it speaks."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.failed = asyncio.Event()

    async def publish(self, topic: str, key: str, type: str, message: Any, /, **_: Any) -> None:
        self.said.append((type, get_contextvars()))
        if type == "media.log.task-failed.v1":
            self.failed.set()

    async def publish_record(self, *_: Any) -> None:
        """Nobody listens."""


class Exhausted:
    """An engine that has not enough memory for anything."""

    def load(self, device: str) -> None:
        """Small."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        raise OutOfMemory("a secret fox is too large")


class EmptyStore:
    """A store that remembers nothing."""

    async def read_result(self, fingerprint: str) -> None:
        return None

    async def read_result_entry(self, fingerprint: str) -> None:
        return None


async def nothing() -> AsyncIterator[Any]:
    """No stops."""
    await asyncio.Event().wait()
    yield None


@pytest.fixture
async def spoken(tmp_path: Path) -> tuple[Any, Voice]:
    """The spans of an attempt that fails, and what was said meanwhile."""
    voice, reader = Voice(), Reader()
    context: Any = WorkerContext("w-1", Engines(lambda _: Exhausted()), EmptyStore(), tmp_path, False)  # type: ignore[arg-type]
    worker = Worker("text", Settings(), reader, voice, SimpleNamespace(), context)  # type: ignore[arg-type]
    with recording() as exporter:
        running = asyncio.create_task(worker.run(nothing()))
        await reader.empty.wait()
        await voice.failed.wait()
        worker.loop.stop()
        await running
        return exporter.get_finished_spans(), voice


async def test_an_attempt_is_a_span_with_its_ids_its_engine_below_it_and_its_end(
    spoken: tuple[Any, Voice],
) -> None:
    engine, work = spoken[0]
    assert (work.name, work.kind) == ("process media.tasks.text.replay", SpanKind.CONSUMER)
    assert work.parent.span_id == int("b" * 16, 16)
    assert dict(work.attributes) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "media.tasks.text.replay",
        "messaging.destination.partition.id": "4",
        "messaging.kafka.offset": 17,
        "messaging.message.id": "task",
        "messaging.consumer.group.name": "media-text",
        "reelbus.job_id": ORDER.job_id,
        "reelbus.run": 2,
        "reelbus.node_id": "tale",
        "reelbus.task_id": "task",
        "reelbus.attempt": 3,
        "reelbus.capability": "text-generation",
        "reelbus.engine": "draft-story",
        "reelbus.lane": "replay",
        "reelbus.worker_id": "w-1",
        "reelbus.outcome": "out_of_memory",
        "reelbus.cached": False,
        "error.type": "out_of_memory",
    }
    assert (work.status.status_code, work.status.description) == (StatusCode.ERROR, "out_of_memory")
    assert (engine.name, engine.kind, engine.parent.span_id) == (
        "run draft-story",
        SpanKind.INTERNAL,
        work.context.span_id,
    )
    assert engine.attributes["reelbus.engine"] == "draft-story"
    assert engine.attributes["error.type"] == "out_of_memory"
    assert "fox" not in f"{engine.to_json()}{work.to_json()}"


async def test_what_is_said_while_a_task_runs_names_it_and_what_is_said_before_does_not(
    spoken: tuple[Any, Voice],
) -> None:
    said = dict(spoken[1].said)
    ids = {"job_id": ORDER.job_id, "node_id": "tale", "task_id": "task"}
    assert ids.items() <= said["media.log.task-failed.v1"].items()
    assert not ids.items() <= said["media.worker.announced.v1"].items()
