"""An outage uses time and not attempts: the node waits for the provider or the store, for an hour at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.job.retry import LONGEST_BACKOFF_MS, MAX_FAILURES, OUTAGE_MS
from planning.partition.records import parts_of
from runtime.retry import LONGEST_ASKED_S
from schemas.codes import OUTAGES
from schemas.log import TaskFailed, TimerFired
from tests.planning.jobs import History, accepted, failed, orders, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
CODES = st.sampled_from(sorted(OUTAGES))
FAILURES = st.lists(
    st.tuples(CODES, st.none() | st.floats(0.0, 1e300), st.integers(0, 20_000)), min_size=1, max_size=40
)


def begun(**more: object) -> History:
    history = History()
    history.add(accepted({**PICTURE, **more}))
    return history


def fail(history: History, code: str, retry_after_s: float | None = None, took_ms: int = 100) -> None:
    """Let the newest order meet an outage."""
    order = history.order_of("result")
    history.add(started(order))
    event = failed(order, code).model_copy(update={"retry_after_s": retry_after_s})
    history.add(TaskFailed.model_validate(event.model_dump()), after_ms=took_ms)


def wait(history: History) -> bool:
    """Let the back-off pass; returns whether there is another attempt."""
    node = history.job.nodes["result"]
    if node.status != "waiting":
        return False
    before = len(orders(history.commands))
    history.add(
        TimerFired(job_id=history.job_id, due_ms=node.retry_at_ms), after_ms=node.retry_at_ms - history.at_ms
    )
    return len(orders(history.commands)) == before + 1


@pytest.mark.parametrize("code", sorted(OUTAGES))
def test_a_provider_that_is_away_for_half_an_hour_fails_nobody(code: str) -> None:
    history = begun()
    ends_ms = history.at_ms + OUTAGE_MS // 2
    tries = 0
    while history.at_ms < ends_ms:
        fail(history, code)
        tries += 1
        assert wait(history)
    history.add(ready(history.order_of("result")))
    assert history.job.status == "succeeded"
    assert MAX_FAILURES < tries < 60


@pytest.mark.parametrize("code", sorted(OUTAGES))
def test_an_outage_without_an_end_fails_after_an_hour(code: str) -> None:
    history = begun()
    begun_ms = history.at_ms
    while history.job.open:
        fail(history, code)
        wait(history)
    assert history.job.status == "failed"
    assert OUTAGE_MS <= history.at_ms - begun_ms <= OUTAGE_MS + LONGEST_BACKOFF_MS


def test_the_deadline_of_a_job_ends_it_sooner() -> None:
    history = begun(deadline_s=60)
    history.at_ms = history.job.accepted_ms
    while history.job.open:
        fail(history, "provider_rate_limited")
        wait(history)
    (end,) = history.told("media.job.failed.v1")
    assert end.error.code == "deadline_exceeded"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("asked_s", "at_least_s"), [(90.0, 90.0), (1e300, 3600.0), (0.0, 3.0)])
def test_nobody_is_asked_again_before_the_time_that_it_asked_for(asked_s: float, at_least_s: float) -> None:
    history = begun()
    fail(history, "provider_rate_limited", asked_s)
    pause_ms = history.job.nodes["result"].retry_at_ms - history.at_ms
    assert at_least_s * 1000 <= pause_ms <= OUTAGE_MS


def test_outages_leave_the_four_attempts_to_errors() -> None:
    history = begun()
    for number in range(3 * MAX_FAILURES):
        fail(history, "storage_failed" if number % 4 else "engine_failed")
        assert wait(history)
    fail(history, "engine_failed")
    assert history.job.status == "failed"
    assert history.job.nodes["result"].failures == MAX_FAILURES


def test_work_that_takes_longer_than_the_hour_gets_four_attempts_too() -> None:
    history = begun()
    for _ in range(MAX_FAILURES - 1):
        fail(history, "storage_failed", took_ms=2 * OUTAGE_MS)
        assert wait(history)
    fail(history, "storage_failed", took_ms=2 * OUTAGE_MS)
    assert history.job.status == "failed"


@given(FAILURES)
def test_attempts_rise_pauses_are_bounded_and_the_fold_is_the_same_each_time(
    failures: list[tuple[str, float | None, int]],
) -> None:
    folds = []
    for _ in range(2):
        history = begun()
        attempts = [history.order_of("result").attempt]
        for code, asked_s, took_ms in failures:
            fail(history, code, asked_s, took_ms)
            node = history.job.nodes["result"]
            if history.job.open:
                pause_ms = node.retry_at_ms - history.at_ms
                longest_ms = max(LONGEST_BACKOFF_MS * 1.25, LONGEST_ASKED_S * 1000)
                assert 0 <= pause_ms <= longest_ms
                if asked_s is not None and history.at_ms + asked_s * 1000 < node.outage_since_ms + OUTAGE_MS:
                    assert pause_ms >= asked_s * 1000 - 1e-6
            if not wait(history):
                break
            attempts.append(history.order_of("result").attempt)
        assert attempts == list(range(1, len(attempts) + 1))
        folds.append(parts_of(history.job))
    assert folds[0] == folds[1]


@given(FAILURES)
def test_a_job_that_was_accepted_by_the_older_rules_has_its_four_attempts_and_the_bytes_that_it_had(
    failures: list[tuple[str, float | None, int]],
) -> None:
    history = History()
    history.add(accepted(PICTURE).model_copy(update={"plan_version": 1}))
    for number, (code, _, took_ms) in enumerate(failures, start=1):
        fail(history, code, None, took_ms)
        (part,) = parts_of(history.job).values()
        assert b"outage" not in part
        assert b"plan_version" not in part
        assert wait(history) is (number < MAX_FAILURES)
        if number == MAX_FAILURES:
            break
