"""The lifecycle of a node is one table: nothing else changes a status, ended ones have no way out, every row is used."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.job.lifecycle import (
    TABLE,
    Happening,
    ImpossibleHappening,
    NodeStatus,
    may_happen,
    next_status,
)
from planning.job.reduce import reduce
from planning.job.state import Job
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import packed, parts_of
from schemas.log import CancelRequested, LeaseRenewed, LogEvent, TaskReleased, TimerFired
from tests.planning.jobs import History, accepted, deferred, failed, folded, ready, started, ticket_ended

ROOT = Path(__file__).parents[3]
ENDED = {NodeStatus.DONE, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED}
S, H = NodeStatus, Happening


def test_the_statuses_are_stored_under_the_words_that_older_states_have() -> None:
    words = "waiting ready dispatched running deferred done failed skipped cancelled"
    assert [str(status) for status in NodeStatus] == words.split()


def test_whatever_may_happen_is_in_the_table_and_everything_else_is_refused() -> None:
    for status, happening in product(NodeStatus, Happening):
        if may_happen(status, happening):
            assert next_status(status, happening) is TABLE[status, happening]
        else:
            with pytest.raises(ImpossibleHappening, match=f"{status} cannot be {happening}"):
                next_status(status, happening)


@given(st.sampled_from(NodeStatus), st.lists(st.sampled_from(Happening), max_size=30))
def test_whatever_happens_in_whatever_order_an_end_is_final(
    status: NodeStatus, happenings: list[Happening]
) -> None:
    for happening in happenings:
        before = status
        if may_happen(status, happening):
            status = next_status(status, happening)
        assert not before.ended or status is before
    assert status.ended == (status in ENDED)
    assert not (status.ended and status.at_work)


def test_every_status_can_be_reached_and_every_open_one_can_end() -> None:
    def reached(start: NodeStatus) -> set[NodeStatus]:
        found = {start}
        while more := {then for (status, _), then in TABLE.items() if status in found} - found:
            found |= more
        return found

    assert reached(NodeStatus.WAITING) == set(NodeStatus) - {NodeStatus.DISPATCHED}, (
        "older versions stored it"
    )
    for status in set(NodeStatus) - ENDED:
        assert reached(status) >= ENDED - {NodeStatus.SKIPPED}
        assert next_status(status, Happening.CANCELLED) is NodeStatus.CANCELLED


def test_nothing_but_the_table_gives_a_node_its_status() -> None:
    assigned = list(_assignments_of_status())
    assert len(assigned) > 5
    assert [place for place, value in assigned if value not in {"next_status", "job"}] == []


def _assignments_of_status() -> Iterator[tuple[str, str]]:
    """Yield where a `.status` is assigned, and "job" or the function that gives it."""
    for room in ("planning", "consumers", "operations", "producers", "worker"):
        for file in (ROOT / room).rglob("*.py"):
            for line in ast.walk(ast.parse(file.read_text())):
                targets = line.targets if isinstance(line, ast.Assign) else []
                for target in targets:
                    parts = target.elts if isinstance(target, ast.Tuple) else [target]
                    for part in parts:
                        if isinstance(part, ast.Attribute) and part.attr == "status":
                            value: Any = line.value  # type: ignore[attr-defined]  # it has targets
                            of_job = isinstance(part.value, ast.Name) and part.value.id == "job"
                            name = getattr(getattr(value, "func", None), "id", "")
                            yield f"{file}:{part.lineno}", "job" if of_job else name


Say = Callable[[History], LogEvent]
LATER_MS = 10_000
"""After the lease of whoever runs; before a fourth of an hour."""


def cancel(history: History) -> LogEvent:
    return CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason="enough")


def timer(history: History) -> LogEvent:
    return TimerFired(job_id=history.job_id, due_ms=history.at_ms)


def claim(history: History) -> LogEvent:
    return started(history.order_of("top"))


def result(history: History) -> LogEvent:
    return ready(history.order_of("top"))


def setback(history: History) -> LogEvent:
    return failed(history.order_of("top"))


def defeat(history: History) -> LogEvent:
    return failed(history.order_of("top"), retryable=False)


def _who(history: History) -> dict[str, Any]:
    order = history.order_of("top")
    who = {"job_id": order.job_id, "run": order.run, "node_id": "top", "attempt": order.attempt}
    return {**who, "worker_id": "w1"}


def renewal(history: History) -> LogEvent:
    return LeaseRenewed(**_who(history), lease_s=6.0, fraction=0.5)


def hand_back(history: History) -> LogEvent:
    return TaskReleased(**_who(history))


def parting(history: History) -> LogEvent:
    return deferred(history.order_of("top"), expires_at_ms=history.at_ms + LATER_MS // 2)


def good_news(history: History) -> LogEvent:
    return ticket_ended(history.order_of("top"))


def bad_news(history: History) -> LogEvent:
    return ticket_ended(history.order_of("top"), "provider_failed")


def last_news(history: History) -> LogEvent:
    return ticket_ended(history.order_of("top"), "moderation_blocked", retryable=False)


USES: dict[tuple[NodeStatus, Happening], tuple[str, str, Say, NodeStatus]] = {
    # Which node, under which policy, by which event, and how it is found when the event is folded: what waits and
    # has its inputs is ready at once.
    (S.WAITING, H.INPUTS_CAME): ("end", "partial", result, S.READY),
    (S.WAITING, H.SUCCEEDED): ("top", "fail", result, S.DONE),
    (S.WAITING, H.SUBSTITUTED): ("odd", "placeholder", result, S.READY),
    (S.WAITING, H.FAILED): ("odd", "partial", result, S.FAILED),
    (S.WAITING, H.SKIPPED): ("end", "partial", defeat, S.SKIPPED),
    (S.WAITING, H.CANCELLED): ("end", "fail", cancel, S.CANCELLED),
    (S.READY, H.STARTED): ("top", "fail", claim, S.RUNNING),
    (S.READY, H.SUCCEEDED): ("top", "partial", result, S.DONE),
    (S.READY, H.RESCHEDULED): ("top", "fail", setback, S.WAITING),
    (S.READY, H.RELEASED): ("top", "fail", hand_back, S.READY),
    (S.READY, H.SUBSTITUTED): ("top", "placeholder", defeat, S.READY),
    (S.READY, H.FAILED): ("top", "partial", defeat, S.FAILED),
    (S.READY, H.CANCELLED): ("top", "fail", cancel, S.CANCELLED),
    (S.DISPATCHED, H.STARTED): ("top", "fail", claim, S.RUNNING),
    (S.DISPATCHED, H.SUCCEEDED): ("top", "partial", result, S.DONE),
    (S.DISPATCHED, H.RESCHEDULED): ("top", "fail", setback, S.WAITING),
    (S.DISPATCHED, H.RELEASED): ("top", "fail", hand_back, S.READY),
    (S.DISPATCHED, H.SUBSTITUTED): ("top", "placeholder", defeat, S.READY),
    (S.DISPATCHED, H.FAILED): ("top", "partial", defeat, S.FAILED),
    (S.DISPATCHED, H.CANCELLED): ("top", "fail", cancel, S.CANCELLED),
    (S.RUNNING, H.STARTED): ("top", "fail", claim, S.RUNNING),
    (S.RUNNING, H.RENEWED): ("top", "fail", renewal, S.RUNNING),
    (S.RUNNING, H.SUCCEEDED): ("top", "partial", result, S.DONE),
    (S.RUNNING, H.RESCHEDULED): ("top", "fail", setback, S.WAITING),
    (S.RUNNING, H.RELEASED): ("top", "fail", hand_back, S.READY),
    (S.RUNNING, H.LEASE_EXPIRED): ("top", "fail", timer, S.READY),
    (S.RUNNING, H.SUBSTITUTED): ("top", "placeholder", defeat, S.READY),
    (S.RUNNING, H.FAILED): ("top", "partial", defeat, S.FAILED),
    (S.RUNNING, H.CANCELLED): ("top", "fail", cancel, S.CANCELLED),
    (S.RUNNING, H.DEFERRED): ("top", "fail", parting, S.DEFERRED),
    (S.DEFERRED, H.TICKET_READY): ("top", "fail", good_news, S.READY),
    (S.DEFERRED, H.SUCCEEDED): ("top", "partial", result, S.DONE),
    (S.DEFERRED, H.RESCHEDULED): ("top", "fail", bad_news, S.WAITING),
    (S.DEFERRED, H.SUBSTITUTED): ("top", "placeholder", last_news, S.READY),
    (S.DEFERRED, H.FAILED): ("top", "partial", last_news, S.FAILED),
    (S.DEFERRED, H.CANCELLED): ("top", "fail", cancel, S.CANCELLED),
}


def begun(policy: str) -> History:
    """A text, a picture of it, and a picture that is as wide as the text, which has no width."""
    picture = {"capability": "image-generation"}
    request = {
        "kind": "graph",
        "on_failure": policy,
        "nodes": {
            "top": {"capability": "text-generation", "params": {"prompt": "a story"}},
            "end": {**picture, "params": {"prompt": {"$from": "top", "field": "text"}}},
            "odd": {**picture, "params": {"prompt": "b", "width_px": {"$from": "top", "field": "width_px"}}},
        },
    }
    history = History()
    history.add(accepted(request))
    return history


def store(history: History, job: Job) -> None:
    parts = parts_of(job)
    history.entries = packed(job, parts, parts)


def in_status(status: NodeStatus, node_id: str, policy: str) -> History:
    history = begun(policy)
    if status in {S.RUNNING, S.DEFERRED}:
        history.add(claim(history))
        if status is S.DEFERRED:
            history.add(parting(history))
    elif status is S.WAITING and node_id == "top":
        history.add(setback(history))
    elif status is S.DISPATCHED:  # by a version that stored what it had sent
        job = history.job
        job.nodes[node_id].status = S.DISPATCHED
        store(history, job)
    assert history.job.nodes[node_id].status is status
    return history


@pytest.mark.parametrize(("status", "happening"), USES)
def test_every_row_is_used_by_the_reducer(status: NodeStatus, happening: Happening) -> None:
    node_id, policy, say, then = USES[status, happening]
    history = in_status(status, node_id, policy)
    before = history.job.nodes[node_id]
    history.add(say(history), after_ms=LATER_MS)
    node = history.job.nodes[node_id]
    assert node.status is then
    again = happening in {H.RELEASED, H.LEASE_EXPIRED, H.RESCHEDULED, H.SUBSTITUTED, H.TICKET_READY}
    assert node.attempt - before.attempt == (1 if again else 0)
    assert node.substituted == (happening is H.SUBSTITUTED)
    assert next_status(status, happening) in {then, S.WAITING, S.READY}


def test_the_uses_are_those_of_the_whole_table() -> None:
    assert set(USES) == set(TABLE)


@pytest.mark.parametrize(
    "say", [claim, renewal, result, setback, defeat, hand_back, timer, parting, good_news, bad_news]
)
def test_what_comes_after_the_end_of_a_node_changes_nothing(say: Say) -> None:
    history = begun("partial")
    late = say(history)
    history.add(defeat(history))
    before = history.job.nodes["top"]
    assert before.status is S.FAILED
    history.add(late, after_ms=LATER_MS)
    assert history.job.nodes["top"] == before


def test_a_happening_that_the_table_refuses_ends_its_job_and_no_other() -> None:
    def wrong(job: Job | None, event: LogEvent, at_ms: int) -> Any:
        if job is not None and isinstance(event, TimerFired):
            node = job.nodes["top"]
            node.status = next_status(node.status, Happening.RENEWED)
        return reduce(job, event, at_ms)

    defects: list[str] = []
    partition = Partition({}, 0, reducer=wrong, on_defect=lambda job_id, _: defects.append(job_id))
    history = begun("fail")
    job_id = history.job_id
    first = accepted(
        {"kind": "task", "capability": "image-generation", "params": {"prompt": "x"}}, key="other"
    )
    partition.entries.update(history.entries)
    folded(
        partition, LogEntry(5, 2_000_000, TimerFired(job_id=job_id, due_ms=1)), LogEntry(6, 2_000_001, first)
    )
    met, other = partition.job(job_id), partition.job(first.job_id)
    assert defects == [job_id]
    assert met is not None
    assert other is not None
    assert (met.status, {n.status for n in met.nodes.values()}) == ("failed", {S.CANCELLED})
    assert other.open
