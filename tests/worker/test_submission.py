"""Work for a stranger: submitted once for each key, its ticket found by whoever comes next, its result fetched."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engines.contract import Product, Result, Task
from engines.host.hosts import Hosts
from engines.remote_contract import NotTaken, Ticket
from runtime.errors import (
    EngineFailed,
    EngineMissing,
    ModerationBlocked,
    ProviderFailed,
    ProviderRateLimited,
    StorageFailed,
)
from schemas.log import TaskDeferred, TaskSucceeded
from schemas.orders import WorkOrder
from storage.result_cache import ResultEntry
from storage.store import Store
from storage.submissions import decode_note
from tests.engines.host.hosting import row
from tests.stranger import FarEngine, Stranger, row_of, serving
from tests.worker.test_perform import ordered
from worker.context import WorkerContext
from worker.engines import Engines
from worker.perform import perform
from worker.report import TaskReport

NOW_MS = 1_000_000


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with serving(Stranger()) as found:
        yield found


def order(**changes: Any) -> WorkOrder:
    """Work that nobody has asked for before."""
    return ordered(
        **{"engine": "far-away", "job_id": str(uuid.uuid4()), "seed": uuid.uuid4().int % 2**50} | changes
    )


def at(store: Store, folder: Path, engine: object, worker_id: str = "w1") -> WorkerContext:
    return WorkerContext(
        worker_id,
        Engines(build=lambda _: engine),  # type: ignore[arg-type,return-value]
        store,
        folder / worker_id,
        memo_across_tenants=False,
        find=row_of,
        now_ms=lambda: NOW_MS,
    )


Perform = Callable[..., Any]


async def submitted(
    context: WorkerContext, work: WorkOrder, report: TaskReport | None = None
) -> TaskDeferred:
    done = await perform(work, context, report or TaskReport())
    assert isinstance(done, TaskDeferred)
    return done


async def test_work_is_deferred_and_its_result_fetched_by_anybody_and_remembered(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    work = order()
    deferred = await submitted(at(store, tmp_path, FarEngine(stranger)), work)
    assert (deferred.ticket, deferred.engine, deferred.attempt) == (
        str(next(iter(stranger.jobs))),
        "far-away",
        1,
    )
    assert (deferred.check_at_ms, deferred.expires_at_ms) == (NOW_MS + 1_000, NOW_MS + 60_000)
    stranger.finish()
    fetching = work.model_copy(update={"ticket": deferred.ticket, "attempt": 2, "task_id": "t2"})
    done = await perform(fetching, at(store, tmp_path, FarEngine(stranger), "w2"), TaskReport())
    assert isinstance(done, TaskSucceeded)
    assert (done.products[0].asset.text, done.engine.family) == ("a fox by a stranger", "remote")
    again = await perform(order(seed=work.seed), at(store, tmp_path, FarEngine(stranger)), TaskReport())
    assert isinstance(again, TaskSucceeded)
    assert (again.cached, sum(stranger.charges.values())) == (True, 1)


async def test_an_attempt_after_one_that_died_with_its_ticket_finds_it_and_asks_nobody(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    work = order()
    first = await submitted(at(store, tmp_path, FarEngine(stranger)), work)
    second = FarEngine(stranger)
    again = work.model_copy(update={"attempt": 2, "task_id": "t2", "submitted_before": True})
    found = await submitted(at(store, tmp_path, second, "w2"), again)
    assert (found.ticket, found.expires_at_ms, second.submitted) == (first.ticket, first.expires_at_ms, [])


async def test_a_lost_answer_leaves_open_whether_it_was_taken_and_the_next_asks_under_the_same_key(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    work, engine, report = order(), FarEngine(stranger), TaskReport()
    stranger.faults = ["lost"]
    with pytest.raises(ProviderFailed):
        await submitted(at(store, tmp_path, engine), work, report)
    assert report.submission == ""
    again = work.model_copy(update={"attempt": 2, "task_id": "t2"})
    await submitted(at(store, tmp_path, engine, "w2"), again)
    (first, before), (second, after) = engine.submitted
    assert (first == second, before, after) == (True, False, True)
    assert stranger.charges == {first: 1}


async def test_a_stranger_without_keys_is_not_asked_again_when_it_may_have_taken_it(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    stranger.knows_keys, stranger.faults = False, ["lost"]
    work = order()
    for attempt in (1, 2, 3):
        again = work.model_copy(update={"attempt": attempt, "task_id": f"t{attempt}"})
        with pytest.raises(ProviderFailed):
            await submitted(at(store, tmp_path, FarEngine(stranger)), again)
    assert (stranger.asked["submit"], sum(stranger.charges.values())) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("busy", ProviderRateLimited), ("gone", ProviderFailed), ("refused", ModerationBlocked)],
)
async def test_what_was_surely_not_taken_is_asked_for_as_if_for_the_first_time(
    store: Store, tmp_path: Path, stranger: Stranger, fault: str, error: type[Exception]
) -> None:
    stranger.knows_keys, stranger.faults = False, [fault]
    work, report, engine = order(), TaskReport(), FarEngine(stranger)
    with pytest.raises(error) as met:
        await submitted(at(store, tmp_path, engine), work, report)
    assert report.submission == "not_taken"
    assert getattr(met.value, "retry_after_s", None) == (7.0 if fault == "busy" else None)
    await submitted(at(store, tmp_path, engine), work.model_copy(update={"attempt": 2}), TaskReport())
    assert [before for _, before in engine.submitted] == [False, False]


async def test_racing_attempts_agree_on_the_first_ticket_and_the_other_is_cancelled(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    """Two workers have the same attempt in hand, and the stranger charges each."""
    stranger.knows_keys = False
    both_asked, first_told = threading.Event(), threading.Event()

    class First(FarEngine):
        def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
            ticket = super().submit(task, False)
            both_asked.wait(10)
            return ticket

    class Second(FarEngine):
        def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
            ticket = super().submit(task, False)
            both_asked.set()
            first_told.wait(10)
            return ticket

    async def first() -> TaskDeferred:
        told = await submitted(at(store, tmp_path, First(stranger)), work)
        first_told.set()
        return told

    work = order()
    one, other = await asyncio.gather(first(), submitted(at(store, tmp_path, Second(stranger), "w2"), work))
    assert one.ticket == other.ticket
    assert sorted(job.state for job in stranger.jobs.values()) == ["cancelled", "working"]
    assert stranger.jobs[int(one.ticket)].state == "working"


async def test_of_two_that_may_have_asked_neither_says_that_it_was_not_taken(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    """While the first is told no, the second, which knows of its intent, is told nothing."""
    work, report = order(), TaskReport()
    second = at(store, tmp_path, FarEngine(stranger), "w2")
    loop = asyncio.get_running_loop()

    class First(FarEngine):
        def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
            stranger.faults = ["lost", "busy"]
            racing = asyncio.run_coroutine_threadsafe(perform(work, second, TaskReport()), loop)
            assert isinstance(racing.exception(10), ProviderFailed)
            return super().submit(task, submitted_before)

    with pytest.raises(ProviderRateLimited):
        await submitted(at(store, tmp_path, First(stranger)), work, report)
    assert report.submission == ""


async def test_another_run_another_node_and_another_submission_are_paid_again(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    work, engine = order(), FarEngine(stranger)
    changes: list[dict[str, Any]] = [
        {},
        {"run": 2},
        {"node_id": "m"},
        {"submission": 2, "attempt": 2},
        {"attempt": 3},
    ]
    for change in changes:
        await submitted(at(store, tmp_path, engine), work.model_copy(update=change))
    assert len(stranger.charges) == 4


async def test_what_is_not_ready_after_all_is_deferred_again_and_what_is_lost_is_submitted_anew(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    context = at(store, tmp_path, FarEngine(stranger))
    work = order()
    deferred = await submitted(context, work)
    fetching = work.model_copy(update={"ticket": deferred.ticket, "attempt": 2, "task_id": "t2"})
    again = await submitted(context, fetching)
    assert (again.ticket, again.attempt, again.check_at_ms) == (deferred.ticket, 2, NOW_MS + 1_000)
    for attempt, again_ms in ((3, 2_000), (5, 8_000), (40, 300_000)):
        doubted = await submitted(context, fetching.model_copy(update={"attempt": attempt}))
        assert doubted.check_at_ms == NOW_MS + again_ms
    stranger.forget()
    report = TaskReport()
    with pytest.raises(EngineFailed, match="lost the work"):
        await submitted(context, fetching, report)
    assert report.submission == "ended"


class Odd(FarEngine):
    """Answers as it was told."""

    def __init__(self, answer: object) -> None:
        super().__init__(Stranger())
        self._answer = answer

    def submit(self, task: Task, submitted_before: bool) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.mark.parametrize(
    "answer",
    [
        Ticket(""),
        Ticket("x" * 4097),
        Ticket("é" * 2049),
        Ticket("\ud800"),
        None,
        "t1",
        Result(()),
        ValueError("no"),
    ],
)
async def test_what_is_no_ticket_fails_the_task_and_nobody_knows_what_was_taken(
    store: Store, tmp_path: Path, answer: object
) -> None:
    report = TaskReport()
    with pytest.raises(EngineFailed, match="far-away"):
        await submitted(at(store, tmp_path, Odd(answer)), order(), report)
    assert (report.submission, report.deferral) == ("", None)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, float("nan"), float("inf"), 1e300])
async def test_the_times_of_a_ticket_are_bounded(store: Store, tmp_path: Path, seconds: float) -> None:
    deferred = await submitted(at(store, tmp_path, Odd(Ticket("t", seconds, seconds))), order())
    assert NOW_MS + 1_000 <= deferred.check_at_ms <= NOW_MS + 86_400_000
    assert NOW_MS + 1_000 <= deferred.expires_at_ms <= NOW_MS + 7 * 86_400_000


async def test_not_taken_without_a_reason_is_a_failure_of_the_engine(store: Store, tmp_path: Path) -> None:
    report = TaskReport()
    with pytest.raises(EngineFailed, match="it said no"):
        await submitted(at(store, tmp_path, Odd(NotTaken("it said no"))), order(), report)
    assert report.submission == "not_taken"


async def test_a_stranger_that_answers_at_once_has_no_ticket(store: Store, tmp_path: Path) -> None:
    class Quick(FarEngine):
        def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
            path = task.workdir / "quick.txt"
            path.write_text("at once")
            return Result((Product(path, "text/plain", text="at once"),))

    class Noting(Quick):
        def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
            self.submitted.append((task.idempotency_key, submitted_before))
            return super().submit(task, submitted_before)

    engine, work = Noting(Stranger()), order()
    done = await perform(work, at(store, tmp_path, engine), TaskReport())
    assert isinstance(done, TaskSucceeded)
    assert done.products[0].asset.text == "at once"
    # What came of it is known, and whose it was: its note may go when the job has ended.
    noted = await store.read_submission(engine.submitted[0][0])
    assert noted is not None
    note = decode_note(noted.body)
    assert note is not None
    assert (note.open, note.answered, note.job_id) == (False, True, work.job_id)


class Deaf(Store):
    """A store that notes nothing of submissions from the given call on."""

    def __init__(self, store: Store, after: int) -> None:
        self._store, self._calls, self._after = store, 0, after

    def __getattribute__(self, name: str) -> Any:
        if name in {"_store", "_calls", "_after", "read_submission", "write_submission", "_answers"}:
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_store"), name)

    async def read_submission(self, key: str) -> ResultEntry | None:
        self._answers()
        return await self._store.read_submission(key)

    async def write_submission(self, key: str, body: bytes, replaces: str | None = None) -> bytes:
        self._answers()
        return await self._store.write_submission(key, body, replaces)

    def _answers(self) -> None:
        self._calls += 1
        if self._calls > self._after:
            raise StorageFailed("the store is away")


async def test_without_a_note_nobody_is_asked_and_a_ticket_that_cannot_be_noted_is_told_all_the_same(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    report = TaskReport()
    with pytest.raises(StorageFailed):
        await submitted(at(Deaf(store, 0), tmp_path, FarEngine(stranger)), order(), report)
    assert (report.submission, len(stranger.jobs)) == ("not_taken", 0)
    deferred = await submitted(at(Deaf(store, 1), tmp_path, FarEngine(stranger)), order())
    assert int(deferred.ticket) in stranger.jobs


async def test_a_damaged_note_counts_as_one_of_somebody_who_may_have_asked(
    store: Store, tmp_path: Path, stranger: Stranger
) -> None:
    work, engine = order(), FarEngine(stranger)
    await submitted(at(store, tmp_path, engine), work)
    key = engine.submitted[0][0]
    noted = await store.read_submission(key)
    assert noted is not None
    await store.write_submission(key, b'{"ticket', noted.etag)
    await submitted(at(store, tmp_path, engine), work)
    assert [before for _, before in engine.submitted] == [False, True]
    assert stranger.charges == {key: 1}


# In a host.

IN_A_HOST = row(target="tests.engines.host.far:Far", family="remote", deterministic=False)


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts([IN_A_HOST])
    yield hosts
    await hosts.close()


def hosted(store: Store, folder: Path, hosts: Hosts, worker_id: str = "w1") -> WorkerContext:
    find = {IN_A_HOST.name: IN_A_HOST, MISSING.name: MISSING}.get
    return WorkerContext(
        worker_id,
        Engines(),
        store,
        folder / worker_id,
        memo_across_tenants=False,
        find=find,
        now_ms=lambda: NOW_MS,
        hosts=hosts,
    )


MISSING = row(target="tests.engines.host.villains:NeedsMore", family="remote")


async def test_a_host_that_dies_while_it_submits_leaves_open_whether_it_was_taken(
    store: Store, tmp_path: Path, hosts: Hosts
) -> None:
    work, report = order(engine=IN_A_HOST.name, params={"prompt": "a fox"}), TaskReport()
    context = hosted(store, tmp_path, hosts)
    first = await submitted(context, work)
    key, before, pid = first.ticket.split()
    assert (before, len(key), first.check_at_ms) == ("False", 64, NOW_MS + 2_000)
    doubtful = order(engine=IN_A_HOST.name, params={"prompt": "a fox"})

    async def killed() -> None:
        submitting = asyncio.create_task(submitted(context, doubtful, report))
        async with asyncio.timeout(20):
            while report.submission != "":  # noqa: ASYNC110  # then the stranger is asked
                await asyncio.sleep(0.001)
        os.kill(int(pid), signal.SIGKILL)
        await submitting

    os.kill(int(pid), signal.SIGSTOP)
    report.submission = "not_taken"
    with pytest.raises(EngineFailed, match="process of the engine"):
        await killed()
    assert (report.submission, report.deferral) == ("", None)
    again = doubtful.model_copy(update={"attempt": 2, "task_id": "t2"})
    _, told, other = (await submitted(hosted(store, tmp_path, hosts, "w2"), again)).ticket.split()
    assert told == "True"
    assert other != pid


async def test_an_engine_that_cannot_be_loaded_leaves_nothing_open_and_no_note(
    store: Store, tmp_path: Path, hosts: Hosts
) -> None:
    report = TaskReport()
    with pytest.raises(EngineMissing):
        await submitted(hosted(store, tmp_path, hosts), order(engine=MISSING.name), report)
    assert report.submission == "not_taken"


async def test_a_result_is_fetched_by_a_host(store: Store, tmp_path: Path, hosts: Hosts) -> None:
    context = hosted(store, tmp_path, hosts)
    work = order(engine=IN_A_HOST.name, ticket="done", attempt=2, task_id="t2")
    done = await perform(work, context, TaskReport())
    assert isinstance(done, TaskSucceeded)
    assert done.products[0].asset.text == "done"
    again = await submitted(context, order(engine=IN_A_HOST.name, ticket="not yet", attempt=2))
    assert again.check_at_ms == NOW_MS + 4_000
    report = TaskReport()
    with pytest.raises(EngineFailed, match="lost the work"):
        await submitted(context, order(engine=IN_A_HOST.name, ticket="lost", attempt=2), report)
    assert report.submission == "ended"
