"""A view follows from the facts of a job, in whatever order they come and however often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.projection.runs import ACCEPTED, ASSET, PROGRESS, REJECTED, newest_run, of_run
from planning.projection.summary import JobSummary
from planning.projection.view import JobView, view_of
from schemas.facts import TERMINAL_TYPES
from tests.planning.projection.records import (
    BATCH,
    Fact,
    Told,
    batch_that_failed,
    batch_that_runs_again,
    batch_that_still_runs,
    batch_without_one,
    film_made_twice_and_a_third_run_cancelled,
)

HISTORIES: dict[str, Callable[[], Told]] = {
    "film": film_made_twice_and_a_third_run_cancelled,
    "partial": batch_without_one,
    "failed": batch_that_failed,
    "running": batch_that_still_runs,
    "again": batch_that_runs_again,
}
TOLD = {name: made() for name, made in HISTORIES.items()}


def view(facts: list[Fact]) -> JobView:
    found = view_of("a-job", facts)
    assert found is not None
    return found


def summary(facts: list[Fact]) -> JobSummary:
    found = JobSummary("a-job")
    for fact in facts:
        found.apply(fact)
    return found


def shown(found: JobView) -> tuple[object, ...]:
    """Everything that a view says."""
    states = {node: found.state_of(node) for node in found.nodes}
    progress = (found.fraction, found.stage, found.eta_s)
    end = (found.status, found.outputs, found.error, found.degraded, found.problems, found.tenant)
    return found, states, progress, end


@given(name=st.sampled_from(sorted(HISTORIES)), data=st.data())
def test_any_order_and_any_repeats_give_the_same_view(name: str, data: st.DataObject) -> None:
    facts = TOLD[name].facts
    repeated = data.draw(st.lists(st.sampled_from(facts), max_size=len(facts)))
    mixed = data.draw(st.permutations([*facts, *repeated]))
    assert shown(view(mixed)) == shown(view(facts))
    assert view(mixed).told_ms == view(facts).told_ms
    assert summary(mixed) == summary(facts)


@given(name=st.sampled_from(sorted(HISTORIES)), data=st.data())
def test_facts_that_are_written_once_more_change_nothing_but_when_they_were_told(
    name: str, data: st.DataObject
) -> None:
    facts = TOLD[name].facts
    topics = TOLD[name].topics.copy()
    again = data.draw(st.lists(st.sampled_from(facts), max_size=10))
    later = [topics.told_again(fact, facts[-1].timestamp_ms + 1_000) for fact in again]
    assert shown(view(data.draw(st.permutations([*facts, *later])))) == shown(view(facts))


@given(name=st.sampled_from(sorted(HISTORIES)), data=st.data())
def test_every_part_of_the_facts_gives_one_view_too(name: str, data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(TOLD[name].facts), min_size=1, unique_by=id))
    assert shown(view(data.draw(st.permutations(some)))) == shown(view(some))


def test_the_view_of_a_job_says_what_its_state_says() -> None:
    for told in TOLD.values():
        job, found = told.history.job, view(told.facts)
        assert (found.run, found.kind, found.tenant) == (job.run, job.kind, job.tenant)
        assert found.status == ("running" if job.open else job.status)
        assert found.labels == job.labels
        assert found.accepted_ms == job.accepted_ms
        assert found.ended_ms == (job.ended_ms or None)
        assert {name for name in found.nodes if found.state_of(name) == "done"} == {
            node.node_id for node in job.nodes.values() if node.status == "done"
        }


def test_a_newer_run_replaces_an_older_one() -> None:
    found = view(TOLD["film"].facts)
    assert (found.run, found.status, found.assets, found.outputs) == (3, "cancelled", {}, {})
    assert {name: found.state_of(name) for name in found.nodes} == {"script": "missing"}
    assert found.eta_s is None


def test_a_run_that_began_anew_has_nothing_of_the_one_before() -> None:
    found = view(TOLD["again"].facts)
    assert (found.run, found.status, found.outputs, found.assets) == (2, "running", {}, {})
    assert {found.state_of(name) for name in found.nodes} == {"waiting"}
    assert found.fraction < 1.0


def test_labels_are_those_of_the_end_whichever_is_heard_first() -> None:
    told = TOLD["failed"]
    facts = [replace(f, data=f.data | {"labels": {}}) if f.type in TERMINAL_TYPES else f for f in told.facts]
    assert view(facts).labels == view(facts[::-1]).labels == {}
    assert view(facts[:1]).labels == {"for": "spring"}


def test_a_film_that_was_made_has_its_outputs_and_every_node_that_it_grew() -> None:
    found = view([fact for fact in TOLD["film"].facts if fact.data["run"] < 3])
    assert (found.run, found.status, found.fraction, found.stage) == (2, "succeeded", 1.0, "done")
    assert "film" in found.outputs
    assert found.outputs["film"] == found.assets["film"].asset
    assert {found.state_of(name) for name in found.nodes} == {"done"}
    assert found.nodes["scene-01.clip"].capability == "video-animation"


def test_what_a_run_did_without_is_missing_and_named() -> None:
    found = view(TOLD["partial"].facts)
    assert (found.status, found.labels) == ("succeeded", {"for": "spring"})
    assert {name: found.state_of(name) for name in found.nodes} == {"one": "done", "two": "missing"}
    assert [lack["node_id"] for lack in found.degraded] == ["two"]


def test_a_run_that_failed_says_why_and_where() -> None:
    found = view(TOLD["failed"].facts)
    assert found.status == "failed"
    assert found.error is not None
    assert (found.error["code"], found.error["node_id"]) == ("invalid_request", "two")


def test_a_run_that_goes_on_says_how_far_it_is() -> None:
    told = TOLD["running"]
    found = view(told.facts)
    assert (found.status, found.ended_ms, found.outputs) == ("running", None, {})
    assert {name: found.state_of(name) for name in found.nodes} == {"one": "done", "two": "running"}
    assert found.fraction == pytest.approx(told.history.job.job_fraction, abs=1e-4)
    assert (found.nodes["two"].fraction, found.nodes["two"].stage) == (0.5, "painting")
    assert (found.nodes["one"].engine, found.assets["one"].node_id) == ("draft-scene", "one")


def test_progress_that_is_heard_after_the_result_does_not_take_a_node_back() -> None:
    told = HISTORIES["running"]()
    told.work("one", 0.9, 1_000_009)
    assert view(told.facts).nodes["one"].fraction == 1.0


def test_of_two_ends_the_first_on_its_topic_counts() -> None:
    told = HISTORIES["failed"]()
    (end,) = (fact for fact in told.facts if fact.type in TERMINAL_TYPES)
    other = replace(
        told.topics.told_again(end, end.timestamp_ms + 5),
        type="media.job.cancelled.v1",
        data=end.data | {"reason": ""},
    )
    for facts in ([*told.facts, other], [other, *told.facts]):
        assert (view(facts).status, view(facts).ended_ms) == ("failed", end.timestamp_ms)


def test_an_acceptance_that_is_told_to_another_is_no_news_of_the_job() -> None:
    told = Told(BATCH)
    before = view(told.facts)
    told.add(told.event.model_copy(update={"source": "/office"}))
    assert [fact.type for fact in told.facts].count(ACCEPTED) == 2
    assert shown(view(told.facts)) == shown(before)
    assert view(told.facts).told_ms == before.told_ms


def test_a_refused_request_is_no_run() -> None:
    told = Told(BATCH)
    told.cancel("a-stranger")
    (refusal,) = (fact for fact in told.facts if fact.type == REJECTED)
    found = view([refusal])
    assert (found.status, found.run, found.tenant, found.told_ms) == (
        "rejected",
        0,
        "a-stranger",
        refusal.timestamp_ms,
    )
    assert [problem["path"] for problem in found.problems] == ["/job_id"]
    # Who hears the refusal of a cancel beside the job sees that the job goes on.
    beside = view(told.facts)
    assert (beside.status, beside.tenant) == ("running", "default")
    assert beside.problems == found.problems


def test_nothing_told_is_no_view() -> None:
    assert view_of("a-job", []) is None
    assert newest_run([]) is None
    assert JobView("a-job").status == "unknown"


def test_the_facts_of_a_run_come_once_and_its_end_comes_last() -> None:
    facts = TOLD["film"].facts
    first = of_run([*reversed(facts), *facts], 1)
    assert {fact.data["run"] for fact in first} == {1}
    assert len({fact.id for fact in first}) == len(first)
    assert first[-1].type in TERMINAL_TYPES
    assert [fact.type for fact in first].count(ASSET) == len([f for f in facts if f.type == ASSET]) // 2
    assert [fact.data["run"] for fact in of_run(facts)] == [3] * len(of_run(facts))
    assert PROGRESS in {fact.type for fact in of_run(facts)}
