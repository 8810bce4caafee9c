"""What a screen shows of a job while it is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest

from bus.cloudevents import Event
from planning.projection.view import JobView
from producers.cli.follow import _Bars, explain_end, follow
from tests.planning.projection.records import (
    Fact,
    batch_that_failed,
    batch_that_still_runs,
    film_made_twice_and_a_third_run_cancelled,
)


def event(fact: Fact) -> Event:
    return Event(
        type=fact.type,
        id=fact.id,
        source="/reelbus",
        subject=fact.data.get("job_id", fact.data.get("request_id")),
        time=None,
        data=fact.data,
        traceparent=None,
        key=None,
        topic="",
        partition=0,
        offset=fact.offset,
        timestamp_ms=fact.timestamp_ms,
        value=b"",
        headers=(),
    )


async def heard(facts: Iterable[Fact]) -> AsyncIterator[Event]:
    for fact in facts:
        yield event(fact)


async def lines(facts: Iterable[Fact], capsys: pytest.CaptureFixture[str]) -> list[str]:
    end = await follow(heard(facts))
    if end is not None:
        explain_end(end)
    return capsys.readouterr().err.splitlines()


async def test_lines_tell_the_acceptance_each_asset_each_stage_and_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = batch_that_failed()
    assert await lines(told.facts, capsys) == [
        f"job {told.history.job_id} run 1 accepted",
        "  painting 0%",
        "  one: image/png by draft-scene",
        "failed at two: invalid_request: it broke",
    ]


async def test_a_stage_is_told_once_however_often_and_late_its_progress_is_heard(
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = [f for f in film_made_twice_and_a_third_run_cancelled().facts if f.data.get("run") == 1]
    plain = await lines(facts, capsys)
    assert [line for line in plain if line.startswith("  writing")] == ["  writing 0%"]
    doubled = [repeat for fact in facts for repeat in (fact, fact) if fact.type == "media.progress.v1"]
    once = [fact for fact in facts if fact.type == "media.progress.v1"]
    late = [*once[:-1], once[0], once[-1]]
    assert await lines(doubled, capsys) == await lines(once, capsys) == await lines(late, capsys)


def bars(facts: Iterable[Fact]) -> dict[str, tuple[float, Any]]:
    shown, view = _Bars(), JobView("")
    for fact in facts:
        view.apply(fact)
        shown.show(event(fact), view)
    return {t.description: (t.completed, t.fields["note"]) for t in shown._progress.tasks}


def test_a_bar_for_each_node_and_one_for_the_job() -> None:
    told = batch_that_still_runs()
    found = bars(told.facts)
    assert found["one"] == (1.0, "draft-scene")
    assert found["two"] == (0.5, "painting")
    assert found["job"][0] == pytest.approx(0.5)


def test_a_bar_does_not_fall_back_when_progress_is_heard_after_the_result() -> None:
    told = batch_that_still_runs()
    told.work("one", 0.9, 1_000_009)
    assert bars(told.facts)["one"] == (1.0, "draft-scene")


def test_the_bar_of_a_job_that_succeeded_is_full() -> None:
    facts = [f for f in film_made_twice_and_a_third_run_cancelled().facts if f.data.get("run") == 1]
    end = next(f for f in facts if f.type == "media.job.succeeded.v1")
    shown = bars(facts[: facts.index(end) + 1])
    assert shown["job"] == (1.0, "done")
    late = replace(facts[1], type="media.progress.v1", offset=99, data={"job_id": "", "run": 1, "seq": 1})
    assert bars([*facts[: facts.index(end) + 1], late])["job"] == (1.0, "done")
