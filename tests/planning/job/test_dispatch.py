"""What has its inputs is ready and stays so until somebody claims it; what an older version stored as sent counts as sent."""

from __future__ import annotations

import pytest

from planning.job.commands import Dispatch, PublishFact, Stop
from planning.job.dispatch import find_ready, outstanding
from planning.job.lifecycle import NodeStatus
from planning.job.order import written
from planning.job.state import STATE_VERSION, due_ms
from planning.partition.records import header_of, packed, parts_of
from schemas.log import CancelRequested, LogEvent, TaskReleased, TimerFired
from tests.planning.amplifying import echoes
from tests.planning.jobs import LOUD, History, accepted, failed, orders, ready, started

PICTURE = {"capability": "image-generation"}


def batch(count: int, policy: str = "partial") -> History:
    items = [{"id": f"p{i}", **PICTURE, "params": {"prompt": str(i)}} for i in range(count)]
    history = History()
    history.add(accepted({"kind": "batch", "items": items, "on_failure": policy}))
    return history


def by_version_2(history: History, *names: str) -> None:
    """Store these nodes as the version before did: it had sent their orders, and said so."""
    job = history.job
    job.version = 2
    for name in names:
        job.nodes[name].status = NodeStatus.DISPATCHED
    parts = parts_of(job)
    history.entries = packed(job, parts, parts)


def test_what_has_its_inputs_is_ready_in_the_state_and_no_event_sends_it() -> None:
    history = batch(5)
    assert {node.status for node in history.job.nodes.values()} == {NodeStatus.READY}
    assert history.job.version == STATE_VERSION
    assert [order.node_id for order in orders(history.commands)] == [f"p{i}" for i in range(5)]
    assert find_ready(history.job, history.at_ms) is None


def test_a_ready_node_needs_no_timer_and_the_record_of_its_job_says_that_it_calls() -> None:
    history = batch(3)
    record = history.entries[history.job_id]
    assert due_ms(history.job) is None
    assert (header_of(record).calls, header_of(record).due_ms) == (True, 0)
    for name in ("p0", "p1", "p2"):
        assert header_of(history.entries[history.job_id]).calls
        history.add(started(history.order_of(name)))
        assert header_of(history.entries[history.job_id]).calls, "what runs counts, too"
        history.add(ready(history.order_of(name)))
    assert not header_of(history.entries[history.job_id]).calls


def test_an_order_is_written_the_same_whenever_it_is_sent() -> None:
    history = batch(3)
    first = orders(history.commands)
    history.add(started(first[0]))
    history.add(ready(first[0]))
    job = history.job
    assert [written(job, job.nodes[name]) for name in ("p1", "p2")] == first[1:]


@pytest.mark.parametrize("how", ["released", "failed"])
def test_an_order_that_comes_back_without_a_claim_is_the_next_attempts(how: str) -> None:
    history = batch(2)
    order = history.order_of("p0")
    who = {"job_id": order.job_id, "run": 1, "node_id": "p0", "attempt": 1, "worker_id": "w1"}
    event: LogEvent = TaskReleased(**who) if how == "released" else failed(order)
    history.add(event)
    if how == "failed":
        history.add(TimerFired(job_id=order.job_id, due_ms=history.at_ms), after_ms=5_000)
    node = history.job.nodes["p0"]
    assert (node.status, node.attempt, node.retry_at_ms) == (NodeStatus.READY, 2, 0)
    assert history.add(event) == [], "said twice"


def test_a_claim_of_what_is_ready_and_was_cancelled_is_answered_with_a_stop() -> None:
    history = batch(2)
    order = history.order_of("p0")
    cancel = CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason="enough")
    assert not [c for c in history.add(cancel) if isinstance(c, Stop)], "nobody works on it"
    (stop,) = history.add(started(order))
    assert isinstance(stop, Stop)


def test_what_version_2_has_sent_counts_as_sent_and_goes_on_by_its_claim() -> None:
    history = batch(3)
    sent = history.order_of("p1")
    by_version_2(history, "p1")
    assert [each.order.node_id for each in outstanding(history.job)] == ["p1"]
    assert orders(history.add(started(sent, "w7"))) == []
    node = history.job.nodes["p1"]
    assert (node.status, node.worker_id) == (NodeStatus.RUNNING, "w7")


def test_a_job_of_version_2_becomes_one_of_ours_when_something_of_it_is_ready() -> None:
    history = History()
    history.add(
        accepted(
            {
                "kind": "graph",
                "nodes": {
                    "a": {**PICTURE, "params": {"prompt": "a"}},
                    "b": {**PICTURE, "params": {"prompt": "b"}, "needs": ["a"]},
                },
            }
        )
    )
    by_version_2(history, "a")
    history.add(started(history.order_of("a")))
    assert history.job.version == 2
    history.add(ready(history.order_of("a")))
    assert (history.job.version, history.job.nodes["b"].status) == (STATE_VERSION, NodeStatus.READY)


def test_what_was_ready_before_an_order_that_no_record_can_hold_ends_with_its_job() -> None:
    request = echoes(1_000, LOUD)
    nodes = {"a": request["nodes"]["a"]}
    for name in ("first", "b", "last"):
        nodes[name] = (
            request["nodes"]["b"] if name == "b" else {**PICTURE, "params": {"prompt": name}, "needs": ["a"]}
        )
    history = History()
    history.add(accepted({**request, "nodes": nodes}))
    commands = history.add(ready(history.order_of("a")))
    kinds = [type(command) for command in commands if isinstance(command, Dispatch | Stop | PublishFact)]
    assert kinds == [PublishFact, PublishFact]
    assert {n.status for n in history.job.nodes.values()} == {NodeStatus.DONE, NodeStatus.CANCELLED}
