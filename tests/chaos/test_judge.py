"""Whether the judge would notice: a judge that finds nothing in anything proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.chaos.hearing import ACCEPTED, REJECTED, Heard
from tests.chaos.judge import judge
from tests.chaos.load import Book, Promise

SUCCEEDED, FAILED = "media.job.succeeded.v1", "media.job.failed.v1"


def told(*events: tuple[str, dict[str, Any]]) -> list[Heard]:
    """Return events as one partition holds them, each with an id of its own."""
    return [Heard(0, offset, kind, f"event-{offset}", data) for offset, (kind, data) in enumerate(events)]


def run(number: int = 1, end: str = SUCCEEDED) -> list[tuple[str, dict[str, Any]]]:
    of = {"job_id": "one", "run": number, "error": {"code": "timeout"}}
    return [(ACCEPTED, of), (end, of)]


def refusal(request_id: str) -> tuple[str, dict[str, Any]]:
    return REJECTED, {"request_id": request_id}


@pytest.fixture
def book() -> Book:
    """One job, and one request that nobody can do."""
    return Book(jobs={"one": Promise("one", "key", {})}, invalid={"wrong"})


def faults(book: Book, events: Sequence[Heard]) -> tuple[int, int]:
    verdict = judge(book, events)
    return len(verdict.lost), len(verdict.doubled)


def test_a_job_that_ends_once_and_a_wrong_request_that_is_refused_once_are_well(book: Book) -> None:
    verdict = judge(book, told(*run(end=FAILED), refusal("wrong")))
    assert verdict.clean
    assert verdict.outcomes == {"failed: timeout": 1, "rejected": 1}


def test_what_has_no_end_or_no_beginning_or_no_refusal_is_lost(book: Book) -> None:
    assert faults(book, told(refusal("wrong"))) == (1, 0)
    assert faults(book, told(run()[0], refusal("wrong"))) == (1, 0)
    assert faults(book, told(run()[1], refusal("wrong"))) == (1, 0)
    assert faults(book, told(*run())) == (1, 0)


def test_what_comes_twice_or_after_the_end_or_unasked_is_doubled(book: Book) -> None:
    well = [*run(), refusal("wrong")]
    assert faults(book, told(*well, run()[1])) == (0, 1)
    assert faults(book, told(*reversed(run()), refusal("wrong"))) == (0, 1)
    assert faults(book, told(*well, refusal("wrong"))) == (0, 1)
    assert faults(book, told(*well, *run(2))) == (0, 1)
    assert faults(book, told(*well, (ACCEPTED, {"job_id": "other", "run": 1}))) == (0, 1)
    assert faults(book, told(*well, refusal("never sent"))) == (0, 1)


def test_the_same_event_told_twice_is_doubled_even_if_it_is_a_copy(book: Book) -> None:
    events = told(*run(), refusal("wrong"))
    assert "event event-1 was told 2 times" in judge(book, [*events, events[1]]).doubled


def test_a_replay_is_one_more_run_unless_it_was_refused(book: Book) -> None:
    book.jobs["one"].replays.append("again")
    book.asides.add("again")
    well = [*run(), refusal("wrong")]
    assert faults(book, told(*well)) == (1, 0)
    assert faults(book, told(*well, *run(2))) == (0, 0)
    assert faults(book, told(*well, refusal("again"))) == (0, 0)
