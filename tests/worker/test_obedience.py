"""Attempts that are told to stop end, are cut off, or are found not to obey; nobody is blamed for a pause."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from runtime.errors import Cancelled
from tests.worker.test_consumer import ORDER
from worker.obedience import LISTENS_WITHIN_S, LOOK_S, Attempt, Obedience
from worker.threads import EngineThreads

GRACE_S = 1.0


@pytest.fixture
def threads() -> Iterator[EngineThreads]:
    threads = EngineThreads(2)
    yield threads
    threads.close()


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets hanging threads go at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_thread_that_does_not_come_back_after_a_stop_is_found_in_its_grace(
    threads: EngineThreads, release: threading.Event
) -> None:
    obedience = Obedience(2, GRACE_S, threads)
    watching = asyncio.create_task(obedience.first_disobedient())
    with obedience.attempt(ORDER, limit_s=60.0) as attempt:
        working = asyncio.create_task(attempt.run(threads.run(ORDER.task_id, release.wait)))
        attempt.stop("enough")
        assert await asyncio.wait_for(watching, 10) is attempt
        assert not working.done()
        release.set()
        assert await working


async def test_an_attempt_that_takes_too_long_is_stopped_without_anybody_telling(
    threads: EngineThreads, release: threading.Event
) -> None:
    obedience = Obedience(1, GRACE_S, threads)
    watching = asyncio.create_task(obedience.first_disobedient())
    with obedience.attempt(ORDER, limit_s=0.3) as attempt:
        working = asyncio.create_task(attempt.run(threads.run(ORDER.task_id, release.wait)))
        assert await asyncio.wait_for(watching, 10) is attempt
        assert attempt.overdue
        assert attempt.report.cancelled
        release.set()
        await working


async def test_an_attempt_that_waits_for_something_else_is_cut_off_and_nobody_is_blamed(
    threads: EngineThreads,
) -> None:
    obedience = Obedience(1, GRACE_S, threads)
    watching = asyncio.create_task(obedience.first_disobedient())
    with obedience.attempt(ORDER, limit_s=60.0) as attempt:
        attempt.stop("enough")
        with pytest.raises(Cancelled):
            await asyncio.wait_for(attempt.run(asyncio.Event().wait()), 10)
    assert obedience.attempts == []
    assert not watching.done()
    await _cancelled(watching)


async def test_a_thread_that_outlives_its_attempt_keeps_its_slot_and_is_found(
    threads: EngineThreads, release: threading.Event
) -> None:
    async def measures_and_fails() -> None:
        measuring = asyncio.ensure_future(threads.run(ORDER.task_id, release.wait))
        await asyncio.sleep(0)
        measuring.cancel()
        raise ValueError

    obedience = Obedience(2, GRACE_S, threads)
    watching = asyncio.create_task(obedience.first_disobedient())
    with obedience.attempt(ORDER, limit_s=60.0) as attempt, suppress(ValueError):
        await attempt.run(measures_and_fails())
    assert obedience.withheld == 1
    assert await asyncio.wait_for(watching, 10) is attempt
    release.set()


async def test_a_thread_that_comes_back_gives_its_slot_free(
    threads: EngineThreads, release: threading.Event
) -> None:
    obedience = Obedience(1, GRACE_S, threads)
    watching = asyncio.create_task(obedience.first_disobedient())
    with obedience.attempt(ORDER, limit_s=60.0) as attempt:
        working = asyncio.create_task(attempt.run(threads.run(ORDER.task_id, release.wait)))
        attempt.stop("enough")
        release.set()
        assert await working
    assert obedience.withheld == 0
    assert obedience.deaf == 0
    await _cancelled(watching)


def test_slots_that_do_not_obey_are_counted_in_words(threads: EngineThreads) -> None:
    obedience = Obedience(2, 10.0, threads)
    assert obedience.reasons() == []
    with obedience.attempt(ORDER, limit_s=60.0) as attempt:
        attempt.deaf_s = LISTENS_WITHIN_S
        assert obedience.reasons() == ["1 of 2 slots obey"]
    assert obedience.reasons() == []


def test_one_look_counts_no_more_than_two_looks_take() -> None:
    # A process that was stopped for a minute looks once, and has seen nothing of that minute.
    attempt = Attempt(ORDER, limit_s=60.0)
    attempt.stop("enough")
    obedience = Obedience(1, 10.0, EngineThreads())
    assert not obedience._look(attempt, 2 * LOOK_S)
    assert attempt.deaf_s == 2 * LOOK_S


async def _cancelled(task: asyncio.Task[Attempt]) -> None:
    task.cancel()
    await asyncio.wait([task])
