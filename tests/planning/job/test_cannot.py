"""A worker that cannot do an order costs its job nothing: another is asked, ever more rarely, for ten minutes."""

from __future__ import annotations

import pytest

from planning.job.retry import CANNOT_MS, CANNOT_REMEMBERED, LONGEST_CANNOT_MS
from schemas.log import LOG_TYPES, TaskReleased, TimerFired, log_type
from tests.planning.jobs import History, accepted, cannot, failed, orders, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
OLD_WORDS = (
    "this worker's catalogue has no engine flux",
    "the engine flux needs torch, which is not installed on this worker: install reelbus[image]",
)


def begun(**more: object) -> History:
    history = History()
    history.add(accepted({**PICTURE, **more}))
    return history


def wait(history: History) -> int:
    """Let the pause pass; returns how long it was."""
    node = history.job.nodes["result"]
    pause_ms = node.retry_at_ms - history.at_ms
    history.add(TimerFired(job_id=history.job_id, due_ms=node.retry_at_ms), after_ms=pause_ms)
    return pause_ms


def test_what_a_worker_cannot_do_is_offered_again_and_is_no_failure() -> None:
    history = begun()
    first = history.order_of("result")
    assert orders(history.add(cannot(first, "w1"))) == []
    assert 0 < wait(history) < 1_000
    second = history.order_of("result")
    assert second.attempt == first.attempt + 1
    history.add(started(second, "w2"))
    history.add(cannot(second, "w2"))  # found out late: a module was missing
    node = history.job.nodes["result"]
    assert (node.failures, node.deaths, node.cannots, node.cannot) == (0, 0, 2, ["w1", "w2"])
    wait(history)
    history.add(ready(history.order_of("result"), "w3"))
    assert history.job.status == "succeeded"


def test_the_pauses_grow_and_the_workers_that_are_remembered_do_not() -> None:
    history = begun()
    pauses = []
    while len(pauses) < 2 * CANNOT_REMEMBERED:
        history.add(cannot(history.order_of("result"), f"w{len(pauses)}"))
        node = history.job.nodes["result"]
        pauses.append(node.retry_at_ms - history.at_ms)
        if history.at_ms > 1_000_000 + CANNOT_MS // 2:
            break
        wait(history)
    assert pauses[0] < 1_000 < pauses[5] < pauses[8] <= 1.25 * LONGEST_CANNOT_MS
    assert len(node.cannot) <= CANNOT_REMEMBERED


@pytest.mark.parametrize("late", ["cannot", *OLD_WORDS])
def test_after_ten_minutes_without_anybody_who_can_the_job_fails(late: str) -> None:
    history = begun()
    begun_ms, asked = history.at_ms, 0
    while history.job.open:
        order = history.order_of("result")
        said = failed(order, "engine_unavailable", retryable=False).model_copy(update={"message": late})
        history.add(cannot(order) if late == "cannot" else said)
        asked += 1
        if history.job.open:
            wait(history)
    (end,) = history.told("media.job.failed.v1")
    assert end.error.code == "engine_unavailable"  # type: ignore[attr-defined]
    assert CANNOT_MS <= history.at_ms - begun_ms <= CANNOT_MS + 1_000
    assert asked < 60


def test_who_could_do_it_and_failed_begins_the_time_anew() -> None:
    history = begun()
    history.add(cannot(history.order_of("result"), "w1"))
    wait(history)
    history.add(failed(history.order_of("result"), worker="w2"))
    node = history.job.nodes["result"]
    assert (node.failures, node.cannots, node.cannot_since_ms, node.cannot) == (1, 0, 0, [])


def test_a_release_of_another_worker_or_attempt_changes_nothing() -> None:
    history = begun()
    order = history.order_of("result")
    history.add(started(order, "w1"))
    assert history.add(cannot(order, "w2")) == []
    history.add(cannot(order, "w1"))
    assert history.add(cannot(order, "w1")) == []
    assert history.job.nodes["result"].cannots == 1


def test_an_engine_that_refuses_the_work_itself_still_ends_it_at_once() -> None:
    history = begun()
    history.add(failed(history.order_of("result"), "engine_unavailable", retryable=False))
    assert history.job.status == "failed"


@pytest.mark.parametrize("words", OLD_WORDS)
def test_jobs_of_older_versions_end_as_they_did(words: str) -> None:
    history = History()
    history.add(accepted(PICTURE).model_copy(update={"plan_version": 3}))
    event = failed(history.order_of("result"), "engine_unavailable", retryable=False)
    history.add(event.model_copy(update={"message": words}))
    assert history.job.status == "failed"


def test_releases_of_older_and_of_newer_versions_are_read_as_handed_back() -> None:
    history = begun()
    order = history.order_of("result")
    who = cannot(order).model_dump(exclude={"reason", "engine", "message"})
    old = TaskReleased.model_validate(who)
    assert LOG_TYPES[log_type(old)] is TaskReleased
    assert len(orders(history.add(old))) == 1
    who["attempt"] = 2
    newer = TaskReleased.model_validate({**who, "reason": "moves", "to": "elsewhere"})
    assert len(orders(history.add(newer))) == 1
