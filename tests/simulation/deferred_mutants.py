"""Which mistakes about work that strangers do the simulator must find."""

from __future__ import annotations

from typing import Any

from consumers.remote.poller import Poller
from planning.job import advance, deferral, tickets
from planning.job.commands import FollowTicket
from planning.job.lifecycle import NodeStatus
from schemas.log import TaskDeferred
from schemas.orders import WorkOrder
from tests.simulation import strangers
from tests.simulation.mutant import Mutant
from worker import perform, submission

_ticket_ended, _deferred, _close = deferral.ticket_ended, deferral.deferred, advance._close
_idempotency_key, _call_off_late = strangers.idempotency_key, tickets.call_off_late
_intend, _say = submission._Submission.intend, Poller._say


def _ends_whenever_it_is_said(job: Any, event: Any, at_ms: int) -> Any:
    node = job.nodes[event.node_id]
    if node.status is NodeStatus.RUNNING and node.ticket and event.outcome == "ready":
        node.status = NodeStatus.DEFERRED
        event = event.model_copy(update={"attempt": node.attempt})
    return _ticket_ended(job, event, at_ms)


def _throws_late_tickets_away(job: Any, event: Any, at_ms: int) -> Any:
    node = job.nodes[event.node_id]
    if not node.ended and event.attempt != node.attempt:
        return []
    return _deferred(job, event, at_ms)


def _closes_without_a_word(*given: Any) -> Any:
    return [command for command in _close(*given) if not isinstance(command, FollowTicket)]


def _lets_late_tickets_be(event: TaskDeferred) -> FollowTicket:
    return FollowTicket(_call_off_late(event).task_id, None)


def _a_key_for_each_attempt(mark: str, order: WorkOrder) -> str:
    return _idempotency_key(mark, order.model_copy(update={"submission": order.attempt}))


async def _asks_as_if_it_were_the_first(self: Any) -> Any:
    self.may_be_taken = False
    return None


async def _only_forgets(self: Any, followed: Any) -> None:
    await self._words.forget(followed.ticket.task_id, followed.partition)
    self._followed.pop(followed.ticket.task_id, None)


async def _believes_that_it_was_heard(self: Any, followed: Any, word: Any) -> None:
    try:
        await _say(self, followed, word)
    except Exception:  # noqa: BLE001  # this is the mistake
        followed.word, followed.said = None, True


DEFERRED_MUTANTS = (
    Mutant("a ticket ends as often as it is said", ((deferral, "ticket_ended", _ends_whenever_it_is_said),)),
    Mutant("late tickets are thrown away", ((deferral, "deferred", _throws_late_tickets_away),)),
    Mutant("a cancel does not reach strangers", ((advance, "_close", _closes_without_a_word),)),
    Mutant(
        "a ticket that comes after the end is not called off",
        ((tickets, "call_off_late", _lets_late_tickets_be),),
    ),
    Mutant(
        "each attempt asks under a key of its own",
        (
            (strangers, "idempotency_key", _a_key_for_each_attempt),
            (perform, "idempotency_key", _a_key_for_each_attempt),
        ),
    ),
    Mutant(
        "a worker asks as if nobody had asked before",
        ((submission._Submission, "intend", _asks_as_if_it_were_the_first),),
        real=True,
    ),
    Mutant("the poller forgets what it shall call off", ((Poller, "_call_off", _only_forgets),)),
    Mutant(
        "the poller believes that the broker has heard it", ((Poller, "_say", _believes_that_it_was_heard),)
    ),
)
