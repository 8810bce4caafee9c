"""Work that a stranger does: a ticket is followed, ends once, is called off when nobody wants it, and is not paid twice."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from planning.job.commands import Command, Dispatch, FollowTicket
from planning.job.deferral import LONGEST_DEFERRED_MS
from planning.job.dispatch import followed, outstanding
from planning.job.fingerprint import idempotency_key
from planning.job.lifecycle import NodeStatus
from planning.job.state import due_ms
from planning.partition.partition import Outbox
from schemas.log import (
    CancelRequested,
    LeaseRenewed,
    LogEvent,
    ReplayRequested,
    TaskReleased,
    TimerFired,
)
from schemas.orders import DeferredTicket, WorkOrder
from tests.planning.jobs import (
    History,
    accepted,
    deferred,
    failed,
    orders,
    ready,
    ready_orders,
    started,
    ticket_ended,
)

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
TWO = {
    "kind": "batch",
    "items": [{"id": f"p{n}", "capability": "image-generation", "params": {"prompt": "a"}} for n in (1, 2)],
}


def begun(request: Any = PICTURE, **more: Any) -> tuple[History, WorkOrder]:
    history = History()
    (order, *_) = orders(history.add(accepted(request | more)))
    return history, order


def parted(request: Any = PICTURE, ticket: str = "t1", **more: Any) -> tuple[History, WorkOrder]:
    """A job whose first node a stranger does."""
    history, order = begun(request, **more)
    history.add(started(order))
    history.add(deferred(order, ticket))
    return history, order


def told(commands: list[Command]) -> list[FollowTicket]:
    return [command for command in commands if isinstance(command, FollowTicket)]


def off(commands: list[Command]) -> list[DeferredTicket]:
    """Which tickets are called off."""
    tickets = [command.ticket for command in told(commands) if command.ticket is not None]
    return [ticket for ticket in tickets if ticket.called_off is not None]


def cancel(history: History) -> LogEvent:
    return CancelRequested(job_id=history.job_id, request_id="c", tenant="default", reason="enough")


def key(order: WorkOrder) -> str:
    return idempotency_key("f" * 64, order)


def test_a_deferred_node_has_no_lease_and_its_poller_is_told_all_that_it_needs() -> None:
    history, order = begun()
    history.add(started(order))
    (follow,) = told(history.add(deferred(order, "t1", check_at_ms=7, expires_at_ms=2_000_000)))
    node = history.job.nodes[order.node_id]
    assert (node.status, node.worker_id, node.lease_until_ms, node.limit_ms) == ("deferred", "", 0, 0)
    assert follow.task_id == order.task_id
    assert follow.ticket == DeferredTicket(
        job_id=order.job_id,
        run=1,
        node_id=order.node_id,
        attempt=1,
        task_id=order.task_id,
        engine=order.engine,
        ticket="t1",
        check_at_ms=7,
        expires_at_ms=2_000_000,
    )


def test_a_ready_ticket_sends_an_order_that_fetches_and_its_result_ends_the_job() -> None:
    history, order = parted()
    (fetching,) = orders(history.add(ticket_ended(order)))
    assert (fetching.ticket, fetching.attempt, fetching.task_id != order.task_id) == ("t1", 2, True)
    assert key(fetching) == key(order)
    history.add(started(fetching))
    history.add(ready(fetching))
    assert history.job.status == "succeeded"
    assert history.job.nodes[order.node_id].ticket == ""


def test_what_comes_twice_late_or_contradicts_changes_nothing_but_that_it_is_forgotten() -> None:
    history, order = parted()
    before = history.job
    assert told(history.add(deferred(order, "t1"))) == []
    assert told(history.add(deferred(order, "another"))) == []
    assert history.job == before
    history.add(ticket_ended(order))
    before = history.job
    for late in (ticket_ended(order), ticket_ended(order, "provider_failed"), deferred(order, "t1")):
        commands = history.add(late)
        assert orders(commands) == []
        assert off(commands) == []
    assert history.job == before
    (drop,) = told(history.add(ticket_ended(order)))
    assert drop == FollowTicket(order.task_id, None)


def test_a_word_about_a_job_that_nobody_knows_lets_the_poller_forget_its_ticket() -> None:
    _, order = parted()
    empty = History()
    assert told(empty.add(ticket_ended(order))) == [FollowTicket(order.task_id, None)]
    (called_off,) = off(empty.add(deferred(order)))
    assert called_off.ticket == "t1"


def test_another_workers_ticket_is_not_believed() -> None:
    history, order = begun()
    history.add(started(order))
    assert told(history.add(deferred(order, "t1", worker="w2"))) == []
    assert history.job.nodes[order.node_id].status is NodeStatus.RUNNING


@pytest.mark.parametrize("code", ["engine_failed", "engine_unavailable"])
def test_what_a_worker_says_that_got_the_order_once_more_changes_nothing_of_what_is_deferred(
    code: str,
) -> None:
    history, order = parted()
    for worker_id in ("w1", "w2"):
        history.add(started(order, worker_id))
        words = "this worker's catalogue has no engine draft-scene"
        said = failed(order, code, worker_id, retryable=False).model_copy(update={"message": words})
        assert not history.add(said)
    node = history.job.nodes[order.node_id]
    assert (node.status, node.attempt, node.failures) == (NodeStatus.DEFERRED, 1, 0)


def test_a_cancel_reaches_the_stranger() -> None:
    history, order = parted()
    (called_off,) = off(history.add(cancel(history)))
    assert (called_off.ticket, called_off.task_id, called_off.called_off) == ("t1", order.task_id, "enough")
    assert history.job.status == "cancelled"
    assert followed(history.job) == []


def test_a_ticket_that_comes_after_the_cancel_is_called_off() -> None:
    history, order = begun()
    history.add(started(order))
    history.add(cancel(history))
    (called_off,) = off(history.add(deferred(order, "late")))
    assert (called_off.ticket, called_off.engine) == ("late", order.engine)


def test_when_one_node_ends_the_job_the_strangers_of_the_others_are_told() -> None:
    history = History()
    first, second = orders(history.add(accepted(TWO | {"on_failure": "fail"})))
    for order in (first, second):
        history.add(started(order))
    history.add(deferred(first, "t1"))
    (called_off,) = off(history.add(failed(second, retryable=False)))
    assert called_off.ticket == "t1"


def test_a_deadline_calls_the_work_off() -> None:
    history = History()
    (order,) = orders(history.add(accepted(PICTURE | {"deadline_s": 60}, requested_ms=1_000_000)))
    history.add(started(order))
    history.add(deferred(order))
    (called_off,) = off(history.add(TimerFired(job_id=history.job_id, due_ms=1_060_000), after_ms=70_000))
    assert called_off.ticket == "t1"
    assert history.told("media.job.failed.v1")


def test_its_time_is_a_timer_and_nobody_waits_longer_than_a_week() -> None:
    history, order = begun()
    history.add(started(order))
    history.add(deferred(order, expires_at_ms=history.at_ms + 10 * LONGEST_DEFERRED_MS))
    assert due_ms(history.job) == history.at_ms + LONGEST_DEFERRED_MS
    history, order = begun()
    history.add(started(order))
    history.add(deferred(order, expires_at_ms=5))
    assert due_ms(history.job) == history.at_ms


def test_a_ticket_whose_time_is_over_is_called_off_and_the_work_submitted_anew_under_another_key() -> None:
    history, order = parted()
    commands = history.add(TimerFired(job_id=history.job_id, due_ms=5_000_000), after_ms=5_000_000)
    assert [ticket.ticket for ticket in off(commands)] == ["t1"]
    (again,) = orders(history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=100_000))
    assert (again.ticket, again.submitted_before, again.attempt) == (None, False, 2)
    assert key(again) != key(order)


def test_four_times_over_time_is_the_end() -> None:
    history, order = parted()
    for _ in range(3):
        history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=9_000_000)
        (order,) = orders(history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=100_000))
        history.add(started(order))
        history.add(deferred(order))
    history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=9_000_000)
    (fact,) = history.told("media.job.failed.v1")
    assert fact.error.code == "timeout"  # type: ignore[attr-defined]


def test_a_strangers_failure_is_tried_again_under_another_key_or_ends_the_node() -> None:
    history, order = parted()
    history.add(ticket_ended(order, "engine_failed"))
    (again,) = orders(history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=60_000))
    assert (again.ticket, again.submitted_before) == (None, False)
    assert key(again) != key(order)
    history.add(started(again))
    history.add(deferred(again, "t2"))
    history.add(ticket_ended(again, "moderation_blocked", retryable=False))
    (fact,) = history.told("media.job.failed.v1")
    assert fact.error.code == "moderation_blocked"  # type: ignore[attr-defined]


def test_a_stranger_says_when_to_ask_again() -> None:
    history, order = parted()
    history.add(ticket_ended(order, "provider_rate_limited", retry_after_s=90.0))
    assert history.job.nodes[order.node_id].retry_at_ms == history.at_ms + 90_000


def test_a_ticket_that_was_not_ready_after_all_waits_on_within_its_time() -> None:
    history, order = parted()
    expires_ms = history.job.nodes[order.node_id].expires_ms
    (fetching,) = orders(history.add(ticket_ended(order)))
    history.add(started(fetching))
    (follow,) = told(history.add(deferred(fetching, "t1", expires_at_ms=90_000_000)))
    assert follow.ticket is not None
    assert (follow.task_id, follow.ticket.expires_at_ms) == (fetching.task_id, expires_ms)
    (again,) = orders(history.add(ticket_ended(fetching)))
    assert again.ticket == "t1"


def test_a_lost_ticket_is_submitted_anew_and_a_failed_fetch_is_not() -> None:
    history, order = parted()
    (fetching,) = orders(history.add(ticket_ended(order)))
    history.add(started(fetching))
    history.add(failed(fetching, "storage_failed"))
    (again,) = orders(history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=60_000))
    assert (again.ticket, key(again)) == ("t1", key(order))
    history.add(started(again))
    history.add(failed(again, "provider_failed").model_copy(update={"submission": "ended"}))
    (anew,) = orders(history.add(TimerFired(job_id=history.job_id, due_ms=1), after_ms=60_000))
    assert (anew.ticket, anew.submitted_before) == (None, False)
    assert key(anew) != key(order)


def silence(history: History, order: WorkOrder) -> LogEvent:
    return TimerFired(job_id=order.job_id, due_ms=1)


def release(history: History, order: WorkOrder) -> LogEvent:
    return TaskReleased(
        job_id=order.job_id, run=1, node_id=order.node_id, attempt=order.attempt, worker_id="w1"
    )


def error(history: History, order: WorkOrder) -> LogEvent:
    return failed(order)


@pytest.mark.parametrize("end", [silence, release, error])
def test_after_a_claim_the_next_attempt_knows_that_the_work_may_have_been_submitted(end: Any) -> None:
    history, order = begun()
    assert order.submitted_before is False
    history.add(started(order))
    history.add(end(history, order), after_ms=10_000)
    history.add(TimerFired(job_id=order.job_id, due_ms=1), after_ms=60_000)
    again = history.order_of(order.node_id)
    assert (again.attempt, again.submitted_before, key(again)) == (2, True, key(order))
    history.add(started(again))
    history.add(failed(again).model_copy(update={"submission": "not_taken"}))
    history.add(TimerFired(job_id=order.job_id, due_ms=1), after_ms=60_000)
    assert history.order_of(order.node_id).submitted_before is True  # of the first nobody knows to this day


def test_what_was_surely_not_taken_was_not_submitted() -> None:
    history, order = begun()
    history.add(started(order))
    history.add(failed(order, "provider_rate_limited").model_copy(update={"submission": "not_taken"}))
    history.add(TimerFired(job_id=order.job_id, due_ms=1), after_ms=60_000)
    again = history.order_of(order.node_id)
    assert (again.attempt, again.submitted_before, key(again)) == (2, False, key(order))


def test_the_ticket_of_an_attempt_that_was_given_up_is_kept_fetched_and_called_off() -> None:
    history, order = begun()
    history.add(started(order))
    history.add(TimerFired(job_id=order.job_id, due_ms=1), after_ms=10_000)
    again = history.order_of(order.node_id)
    assert told(history.add(deferred(order, "t1"))) == []
    history.add(started(again, "w2"))
    released = TaskReleased(
        job_id=order.job_id, run=1, node_id=order.node_id, attempt=again.attempt, worker_id="w2"
    )
    (fetching,) = orders(history.add(released))
    assert fetching.ticket == "t1"
    history.add(started(fetching))
    (follow,) = told(history.add(deferred(fetching, "t1")))
    assert follow.task_id == fetching.task_id
    assert [ticket.ticket for ticket in off(history.add(cancel(history)))] == ["t1"]


def test_of_two_tickets_for_one_submission_the_first_is_called_off_under_a_task_of_its_own() -> None:
    history, order = begun()
    history.add(started(order))
    history.add(TimerFired(job_id=order.job_id, due_ms=1), after_ms=10_000)
    again = history.order_of(order.node_id)
    history.add(deferred(order, "t1"))
    history.add(started(again, "w2"))
    commands = history.add(deferred(again, "t2", "w2"))
    (called_off,) = off(commands)
    assert (called_off.ticket, called_off.task_id) == ("t1", order.task_id)
    assert [word.ticket.ticket for word in told(commands) if word.ticket] == ["t1", "t2"]


def test_another_run_pays_again() -> None:
    history, order = parted()
    history.add(cancel(history))
    replay = ReplayRequested(job_id=history.job_id, request_id="r", tenant="default")
    (again,) = orders(history.add(replay))
    assert again.submitted_before is False
    assert key(again) != key(order)
    assert [ticket.run for ticket in off(history.add(deferred(order, "t1")))] == [1]


def test_a_stand_in_has_nothing_of_what_the_stranger_had() -> None:
    history, order = parted(on_failure="placeholder")
    (stand_in,) = orders(history.add(ticket_ended(order, "moderation_blocked", retryable=False)))
    assert (stand_in.engine, stand_in.ticket, stand_in.submitted_before) == ("placeholder", None, False)


def test_a_result_that_came_another_way_calls_the_stranger_off() -> None:
    history, order = parted()
    assert [ticket.ticket for ticket in off(history.add(ready(order)))] == ["t1"]
    assert history.job.status == "succeeded"


def test_a_rebuild_asks_for_the_ticket_and_for_no_order() -> None:
    history, order = parted()
    assert outstanding(history.job) == []
    (follow,) = followed(history.job)
    assert follow == told(history.commands)[-1]
    history.add(ticket_ended(order))
    assert followed(history.job) == []
    assert [each.order.ticket for each in ready_orders(history.job, set())] == ["t1"]


def test_words_about_one_ticket_leave_in_their_order_with_the_stops() -> None:
    history, order = parted()
    outbox = Outbox()
    commands = [command for command in history.commands if isinstance(command, FollowTicket | Dispatch)]
    for command in [*commands, *history.add(ticket_ended(order))]:
        outbox.take(command)
    words = [command for command in outbox.stops if isinstance(command, FollowTicket)]
    assert [word.ticket is None for word in words] == [False, True]
    assert all(a.task_id == b.task_id for a, b in pairwise(words))


def test_the_lease_of_what_is_deferred_is_not_renewed() -> None:
    history, order = parted()
    before = history.job
    renewal = LeaseRenewed(
        job_id=order.job_id, run=1, node_id=order.node_id, attempt=1, worker_id="w1", lease_s=6, fraction=0.5
    )
    history.add(renewal)
    assert history.job == before
