"""What is ready goes out once, in the order in which nodes stand, also when a state was stored with ready nodes."""

from __future__ import annotations

import pytest

from planning.job.commands import Dispatch, PublishFact, Stop
from planning.job.dispatch import dispatch_ready, find_ready, outstanding
from planning.job.lifecycle import NodeStatus
from planning.job.state import due_ms
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import header_of, packed, parts_of
from schemas.log import LogEvent, TimerFired
from tests.planning.amplifying import echoes
from tests.planning.jobs import LOUD, History, accepted, failed, folded, orders, ready, started

PICTURE = {"capability": "image-generation"}


def batch(count: int, policy: str = "partial") -> History:
    items = [{"id": f"p{i}", **PICTURE, "params": {"prompt": str(i)}} for i in range(count)]
    history = History()
    history.add(accepted({"kind": "batch", "items": items, "on_failure": policy}))
    return history


def leave_ready(history: History, *names: str) -> None:
    """Store these nodes as ready: a version that holds orders back wrote this state, or died before it sent them."""
    job = history.job
    for name in names:
        job.nodes[name].status = NodeStatus.READY
    parts = parts_of(job)
    history.entries = packed(job, parts, parts)


def test_all_that_is_ready_is_sent_in_the_order_of_the_nodes_and_only_once() -> None:
    history = batch(5)
    assert [order.node_id for order in orders(history.commands)] == [f"p{i}" for i in range(5)]
    assert dispatch_ready(history.job) == []


def test_a_ready_node_waits_for_nothing_but_to_be_sent() -> None:
    history = batch(3)
    job = history.job
    for node in job.nodes.values():
        node.status = NodeStatus.WAITING
    found = find_ready(job, history.at_ms)
    assert {node.status for node in job.nodes.values()} == {NodeStatus.READY}
    assert list(found.orders) == list(job.nodes)
    written_anew = [d.order for d in outstanding(job)]
    assert written_anew == list(found.orders.values())
    assert orders(dispatch_ready(job, found.orders)) == written_anew
    assert {node.status for node in job.nodes.values()} == {NodeStatus.DISPATCHED}


@pytest.mark.parametrize("count", [3, 20], ids=["one record", "a record for each node"])
@pytest.mark.parametrize("what", ["timer", "claim", "result", "failure"])
def test_what_was_stored_as_ready_is_sent_by_the_next_fold_whatever_it_folds(what: str, count: int) -> None:
    history = batch(count)
    claimed = history.order_of("p0")
    leave_ready(history, "p1", "p2")
    events: dict[str, LogEvent] = {
        "timer": TimerFired(job_id=history.job_id, due_ms=1),
        "claim": started(claimed),
        "result": ready(claimed),
        "failure": failed(claimed),
    }
    commands = history.add(events[what])
    assert [order.node_id for order in orders(commands)] == ["p1", "p2"]
    assert orders(commands) == orders(history.commands)[1:3]
    assert not any(node.status == NodeStatus.READY for node in history.job.nodes.values())


def test_what_was_stored_as_ready_is_due_at_once_and_its_record_says_so() -> None:
    history = batch(3)
    assert due_ms(history.job) is None
    leave_ready(history, "p1")
    assert due_ms(history.job) == history.job.accepted_ms
    assert header_of(history.entries[history.job_id]).due_ms == history.job.accepted_ms
    partition = Partition(history.entries, 1)
    partition.scan_timers(history.at_ms)
    (timer,) = partition.timers.due(history.at_ms)
    fired = TimerFired(job_id=timer[0], due_ms=timer[1])
    outbox, _ = folded(partition, LogEntry(1, history.at_ms + 5, fired))
    assert [dispatch.order.node_id for dispatch in outbox.orders] == ["p1"]
    assert list(partition.timers.due(history.at_ms + 60_000)) == []


def test_a_rebuild_sends_what_was_stored_as_ready_and_its_claim_is_taken() -> None:
    history = batch(3)
    history.add(started(history.order_of("p0")))
    leave_ready(history, "p1")
    again = {dispatch.order.node_id: dispatch.order for dispatch in outstanding(history.job)}
    assert list(again) == ["p1", "p2"]
    commands = history.add(started(again["p1"], "w7"))
    assert not [c for c in commands if isinstance(c, Stop | Dispatch)]
    node = history.job.nodes["p1"]
    assert (node.status, node.worker_id) == (NodeStatus.RUNNING, "w7")


def test_what_was_stored_as_ready_is_not_sent_any_more_when_its_result_comes() -> None:
    history = batch(3)
    late = history.order_of("p1")
    leave_ready(history, "p1")
    assert orders(history.add(ready(late))) == []
    assert history.job.nodes["p1"].done


def test_what_was_ready_before_an_order_that_no_record_can_hold_is_still_sent_and_then_stopped() -> None:
    request = echoes(1_000, LOUD)
    nodes = {"a": request["nodes"]["a"]}
    for name in ("first", "b", "last"):
        nodes[name] = (
            request["nodes"]["b"] if name == "b" else {**PICTURE, "params": {"prompt": name}, "needs": ["a"]}
        )
    history = History()
    history.add(accepted({**request, "nodes": nodes}))
    commands = history.add(ready(history.order_of("a")))
    assert [order.node_id for order in orders(commands)] == ["first"]
    kinds = [type(command) for command in commands if isinstance(command, Dispatch | Stop | PublishFact)]
    assert kinds == [PublishFact, Dispatch, PublishFact, Stop]
    assert {n.status for n in history.job.nodes.values()} == {NodeStatus.DONE, NodeStatus.CANCELLED}
