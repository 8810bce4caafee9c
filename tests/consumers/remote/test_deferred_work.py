"""Whole jobs whose work a stranger does: real topics and store, coordinator, workers and pollers that are cut off and doubled."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bus.admin import apply
from bus.cloudevents import decode
from bus.dead_letters import DeadLetters
from bus.lanes import LaneReader
from bus.publisher import Publisher
from bus.tail import Tail, read_all
from consumers.assembly.coordinator.app import run as coordinate
from consumers.remote.app import run as poll
from engines.host.hosts import Hosts
from runtime.process import Stopping
from runtime.settings import Settings
from schemas.log import LOG_TYPES, CancelRequested, LogEvent, TaskStarted, TaskSucceeded, log_type
from schemas.topics import tasks_topics, topic, topics
from storage.store import Store
from tests.chaos.hosts import Everything
from tests.planning.jobs import accepted
from tests.stranger import ADDRESS, ROW, Stranger, row_of, serving
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

WITHIN_S = 60.0


@pytest.fixture(scope="module")
def own(settings: Settings) -> Settings:
    """The topics of this module."""
    found = settings.model_copy(update={"topic_partitions": 1, "worker_slots": 2, "health_host": "127.0.0.1"})
    asyncio.run(apply(found.bootstrap_servers, topics(found.topic_prefix, 1)))
    return found


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    with serving(Stranger()) as found:
        monkeypatch.setenv(ADDRESS, ":".join(map(str, found.address)))
        yield found


@asynccontextmanager
async def process(
    run: Callable[[Settings, Stopping], Any], settings: Settings
) -> AsyncIterator[asyncio.Task[None]]:
    """Something that runs until it is asked to stop; or is cut off, as after a SIGKILL, when its task is cancelled."""
    stopping = Stopping()
    task = asyncio.create_task(run(settings, stopping))
    try:
        yield task
    finally:
        stopping.ask()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


@asynccontextmanager
async def working(own: Settings, store: Store, folder: Path) -> AsyncIterator[Worker]:
    hosts = Hosts()
    prefix, group = own.topic_prefix, f"{own.topic_prefix}-text"
    worker_id = f"text-{uuid.uuid4().hex[:6]}"
    context = WorkerContext(
        worker_id,
        Engines(),
        store,
        folder / worker_id,
        memo_across_tenants=False,
        find=row_of,
        offering=Everything(),
        hosts=hosts,
    )
    async with (
        Publisher(own.kafka, source="/worker") as publisher,
        Tail(own.kafka, [topic(prefix, "control")], isolation="read_uncommitted") as control,
    ):
        reader = LaneReader(own.kafka, group, tasks_topics(prefix, "text"))
        worker = Worker("text", own, reader, publisher, DeadLetters(publisher, topic(prefix, "dlq")), context)
        await hosts.ready(ROW)
        task = asyncio.create_task(worker.run(control))
        try:
            yield worker
        finally:
            worker.loop.stop()
            await asyncio.wait_for(task, 30)
            await hosts.close()
            context.threads.close()


async def log_of(own: Settings, job_ids: set[str]) -> list[LogEvent]:
    """All that stands on the log of these jobs."""
    found = []
    async for records in read_all(own.kafka, topic(own.topic_prefix, "log"), 0, isolation="read_uncommitted"):
        for record in records:
            event = LOG_TYPES[decode(record, types=LOG_TYPES.keys()).type].model_validate_json(
                record.value or b""
            )
            if getattr(event, "job_id", "") in job_ids:
                found.append(event)
    return found  # type: ignore[return-value]


class Asker:
    """Puts jobs on the log, and hears of their ends."""

    def __init__(self, own: Settings, publisher: Publisher, ends: Tail) -> None:
        self.own, self._publisher, self._ends = own, publisher, ends
        self.ended: dict[str, str] = {}

    async def say(self, event: LogEvent) -> None:
        job_id = event.job_id  # type: ignore[union-attr]
        await self._publisher.publish(
            topic(self.own.topic_prefix, "log"),
            job_id,
            log_type(event),
            event,
            id=str(uuid.uuid4()),
            subject=job_id,
        )

    async def ask(self, count: int) -> set[str]:
        jobs = set()
        for _ in range(count):
            key = uuid.uuid4().hex
            request = {"kind": "task", "capability": "text-generation", "params": {"prompt": f"a {key}"}}
            event = accepted(request, key=key).model_copy(update={"engines": {"text-generation": "far-away"}})
            await self.say(event)
            jobs.add(event.job_id)
        return jobs

    async def hear(self, jobs: set[str]) -> Counter[str]:
        """Wait for the ends of jobs, and count how they ended."""
        async with asyncio.timeout(WITHIN_S):
            while not jobs <= self.ended.keys():
                for record in await self._ends.poll():
                    event = decode(record)
                    kind = event.type.removeprefix("media.job.").partition(".")[0]
                    if kind in {"succeeded", "failed", "cancelled"}:
                        self.ended[str(event.subject)] = kind
        return Counter(self.ended[job] for job in jobs)


@asynccontextmanager
async def asking(own: Settings) -> AsyncIterator[Asker]:
    async with (
        Publisher(own.kafka, source="/asker") as publisher,
        Tail(own.kafka, [topic(own.topic_prefix, "jobs")]) as ends,
        process(coordinate, own),
    ):
        yield Asker(own, publisher, ends)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():  # noqa: ASYNC110  # a stranger of another thread changes it
            await asyncio.sleep(0.05)


async def poller(own: Settings, stopping: Stopping) -> None:
    await poll(own, stopping, row_of)


async def followed(own: Settings) -> set[str]:
    """The tickets that stand on the topic now."""
    found: dict[str, bool] = {}
    for number in range(4):
        async for records in read_all(own.kafka, topic(own.topic_prefix, "deferred"), number):
            found |= {(record.key or b"").decode(): record.value is not None for record in records}
    return {task_id for task_id, stands in found.items() if stands}


async def test_more_jobs_wait_than_there_are_slots_and_each_is_paid_once_whoever_dies_and_doubles(
    own: Settings, store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    async with asking(own) as asker, working(own, store, tmp_path) as worker:
        jobs = await asker.ask(12)
        await until(lambda: len(stranger.jobs) == 12)
        await until(lambda: worker.loop.free_slots == 2)
        async with process(poller, own), process(poller, own) as doomed:
            await until(lambda: stranger.asked["check"] >= 12)
            doomed.cancel()
            stranger.finish()
            assert await asker.hear(jobs) == {"succeeded": 12}
        events = await log_of(own, jobs)
        kinds = Counter(type(event).__name__ for event in events)
        claims = Counter((event.job_id, event.attempt) for event in events if isinstance(event, TaskStarted))
        assert set(claims.values()) == {1}
        assert kinds["TaskStarted"] == 24  # each was submitted once, and fetched once
        assert kinds["TaskDeferred"] == kinds["TaskSucceeded"] == 12
        assert 12 <= kinds["TicketEnded"] <= 24  # the one cut off may have said it as well
        texts = [event.products[0].asset.text for event in events if isinstance(event, TaskSucceeded)]
        assert all(text and text.endswith("by a stranger") for text in texts)
        assert set(stranger.charges.values()) == {1}
        assert await followed(own) == set()


async def test_without_trouble_a_deferral_costs_two_records_beside_its_claims_and_its_result(
    own: Settings, store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    async with (
        asking(own) as asker,
        working(own, store, tmp_path),
        process(poller, own),
    ):
        jobs = await asker.ask(3)
        await until(lambda: len(stranger.jobs) == 3)
        stranger.finish()
        assert await asker.hear(jobs) == {"succeeded": 3}
        kinds = Counter(type(event).__name__ for event in await log_of(own, jobs))
        assert kinds == {
            "JobAccepted": 3,
            "TaskStarted": 6,
            "TaskDeferred": 3,
            "TicketEnded": 3,
            "TaskSucceeded": 3,
        }


async def test_a_cancel_reaches_the_stranger_and_what_it_refuses_or_forgets_ends_the_job(
    own: Settings, store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    async with (
        asking(own) as asker,
        working(own, store, tmp_path),
        process(poller, own),
    ):
        (cancelled,) = await asker.ask(1)
        await until(lambda: len(stranger.jobs) == 1)
        await until(lambda: stranger.asked["check"] >= 1)
        await asker.say(CancelRequested(job_id=cancelled, request_id="c", tenant="default", reason="enough"))
        assert await asker.hear({cancelled}) == {"cancelled": 1}
        await until(lambda: next(iter(stranger.jobs.values())).state == "cancelled")
        refused = await asker.ask(1)
        await until(lambda: len(stranger.jobs) == 2)
        stranger.finish("rejected")
        assert await asker.hear(refused) == {"failed": 1}
        forgotten = await asker.ask(1)
        await until(lambda: len(stranger.jobs) == 3)
        stranger.forget()
        await until(lambda: len(stranger.jobs) == 4)  # submitted anew, under another key
        stranger.finish()
        assert await asker.hear(forgotten) == {"succeeded": 1}
        assert set(stranger.charges.values()) == {1}


async def test_a_stranger_that_lies_and_strangers_that_lose_answers_cost_nothing_twice(
    own: Settings, store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    stranger.faults, stranger.lying = ["lost", "busy", "lost"], True
    async with (
        asking(own) as asker,
        working(own, store, tmp_path),
        process(poller, own),
    ):
        jobs = await asker.ask(2)
        await until(lambda: len(stranger.jobs) == 2 and stranger.asked["result"] >= 2)
        stranger.finish()
        assert await asker.hear(jobs) == {"succeeded": 2}
    assert len(stranger.charges) == 2
    assert set(stranger.charges.values()) == {1}
