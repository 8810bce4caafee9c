"""Engines that never return, in real worker processes beside a real coordinator: nothing stays stuck behind them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bus.admin import apply
from bus.publisher import Publisher
from bus.tail import Tail
from runtime.process import DISOBEYED
from runtime.settings import Settings
from schemas.base import Fact
from schemas.log import CancelRequested, log_type
from schemas.topics import topic, topics
from storage.store import Store
from tests.planning.jobs import accepted

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

WORKER = """
import ctypes, threading
from worker.engines import Engines
from runtime.process import main
from worker.wiring import run_worker
from engines.contract import Finished, Product, Result

class Stubborn:
    concurrent = True

    def load(self, device):
        pass

    def generate(self, tasks):
        (task,) = tasks
        words = task.params["prompt"]
        if words == "waits for ever":
            threading.Event().wait()
        if words == "keeps the interpreter":
            ctypes.PyDLL(None).sleep(600)
        path = task.workdir / "words.txt"
        path.write_text(words)
        yield Finished(task.task_id, Result((Product(path, "text/plain", text=words),)))

async def run(settings, stopping):
    await run_worker("text", settings, stopping, Engines(build=lambda row: Stubborn()))

main("text", run)
"""
ENDS = ("media.job.succeeded.v1", "media.job.failed.v1", "media.job.cancelled.v1")


@dataclass
class Shop:
    """One coordinator and one worker, which is started again whenever it ends; what was said on log and jobs."""

    settings: Settings
    publisher: Publisher
    environment: dict[str, str]
    pids: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def keep_alive(self) -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", WORKER, env=self.environment, stderr=subprocess.DEVNULL
            )
            self.pids.append(process.pid)
            try:
                self.statuses.append(await process.wait())
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def listen(self, records: Tail) -> None:
        async for record in records:
            kind = next(value for name, value in record.headers if name == "ce_type").decode()
            self.heard.append((kind, json.loads(record.value or b"{}")))

    async def put(self, event: Fact) -> None:
        job_id = event.job_id  # type: ignore[attr-defined]
        log = topic(self.settings.topic_prefix, "log")
        await self.publisher.publish(
            log, job_id, log_type(event), event, id=f"{job_id}-{type(event).__name__}"
        )

    async def submit(self, key: str, *prompts: str, **options: Any) -> str:
        items = [
            {"id": f"p{n}", "capability": "text-generation", "params": {"prompt": words}}
            for n, words in enumerate(prompts)
        ]
        request = {"kind": "batch", "items": items, **options}
        event = accepted(request, key=key, requested_ms=time.time_ns() // 1_000_000)
        await self.put(event)
        return event.job_id

    async def until(self, holds: Callable[[], bool], within_s: float = 280.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110  # what is waited for comes over Kafka
                await asyncio.sleep(0.05)

    def said(self, kind: str, job_id: str) -> list[dict[str, Any]]:
        return [data for name, data in self.heard if name == kind and data.get("job_id") == job_id]

    def ended(self, job_id: str) -> str:
        return next((kind for kind in ENDS if self.said(kind, job_id)), "")


@asynccontextmanager
async def context(settings: Settings, store: Store, home: Path, **environment: str) -> AsyncIterator[Shop]:
    settings = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}{home.name[-8:]}"})
    await apply(settings.bootstrap_servers, topics(settings.topic_prefix, 1))
    shared = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "REELBUS_HOME": str(home),
        "REELBUS_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "REELBUS_S3_ENDPOINT": settings.s3_endpoint,
        "REELBUS_S3_ACCESS_KEY": settings.s3_access_key,
        "REELBUS_S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
        "REELBUS_BUCKET": settings.bucket,
        "REELBUS_TOPIC_PREFIX": settings.topic_prefix,
        "REELBUS_TOPIC_PARTITIONS": "1",
        "REELBUS_OBEY_S": "4",
        **environment,
    }
    coordinator = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "consumers.assembly.coordinator",
        env=shared,
        stderr=subprocess.DEVNULL,
    )
    names = [topic(settings.topic_prefix, name) for name in ("log", "jobs")]
    try:
        async with (
            Publisher(settings.bootstrap_servers, source="/test") as publisher,
            Tail(
                settings.bootstrap_servers, names, start="beginning", isolation="read_uncommitted"
            ) as records,
        ):
            one = Shop(settings, publisher, shared)
            beside = [asyncio.create_task(one.keep_alive()), asyncio.create_task(one.listen(records))]
            try:
                yield one
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)
    finally:
        coordinator.terminate()
        await coordinator.wait()


STARTED, RELEASED = "media.log.task-started.v1", "media.log.task-released.v1"


async def test_a_cancelled_attempt_that_hangs_costs_its_process_and_nothing_else(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    async with context(settings, store, tmp_path, REELBUS_WORKER_SLOTS="2") as one:
        hangs = await one.submit("hangs", "waits for ever")
        await one.until(lambda: bool(one.said(STARTED, hangs)))
        # The other slot goes on; on it hangs a second one, which nobody cancels, and more is queued behind both.
        quick = await one.submit("quick", "a fox", "a cat")
        await one.until(lambda: one.ended(quick) == "media.job.succeeded.v1")
        assert len(one.pids) == 1
        beside = await one.submit("beside", "waits for ever")
        await one.until(lambda: bool(one.said(STARTED, beside)))
        queued = await one.submit("queued", "a dog", "a hen", "a cow")
        await one.put(CancelRequested(job_id=hangs, request_id="stop", tenant="default", reason="enough"))
        await one.until(lambda: one.ended(hangs) == "media.job.cancelled.v1")
        await one.until(lambda: one.ended(queued) == "media.job.succeeded.v1")
        await one.until(lambda: len(one.said(STARTED, beside)) > 1)  # handed back, it has begun again
        assert one.statuses == [DISOBEYED]
        assert len(set(one.pids)) == 2
        assert [data["attempt"] for data in one.said(RELEASED, beside)] == [1]
        assert [data["attempt"] for data in one.said(STARTED, beside)] == [1, 2]
        assert one.said("media.log.timer-fired.v1", beside) == []  # no lease ran out: nobody counts a death
        # The folders of the worker that ended itself are gone, those of the one that lives are there.
        assert len(list((tmp_path / "scratch").iterdir())) == 1


async def test_code_that_holds_the_interpreter_for_ever_is_ended_and_what_waits_behind_it_is_done(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    async with context(settings, store, tmp_path, REELBUS_WATCHDOG_S="20") as one:
        hangs = await one.submit("hangs", "keeps the interpreter")
        await one.until(lambda: bool(one.said(STARTED, hangs)))
        await one.put(CancelRequested(job_id=hangs, request_id="stop", tenant="default", reason="enough"))
        queued = await one.submit("queued", "a dog", "a hen")
        await one.until(lambda: one.ended(queued) == "media.job.succeeded.v1")
        assert one.ended(hangs) == "media.job.cancelled.v1"
        assert set(one.statuses) == {1}


async def test_an_attempt_that_is_overdue_ends_its_process_though_no_coordinator_says_so(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    async with context(settings, store, tmp_path) as one:
        quick = await one.submit("quick", "a fox")
        await one.until(lambda: one.ended(quick) == "media.job.succeeded.v1")  # everybody is there
        late = await one.submit("late", "waits for ever", deadline_s=15)
        await one.until(lambda: bool(one.said(STARTED, late)))
        await one.until(lambda: bool(one.statuses))
        assert one.statuses == [DISOBEYED]
        await one.until(lambda: one.ended(late) == "media.job.failed.v1")
