"""Which mistakes about work that strangers do the simulator must find."""

from __future__ import annotations

from typing import Any

from consumers.remote.poller import Poller
from planning.job import tickets
from planning.job.commands import FollowTicket
from schemas.log import TaskDeferred
from schemas.orders import WorkOrder
from tests.simulation import strangers
from tests.simulation.mutant import Mutant
from worker import perform, submission

_idempotency_key, _call_off_late = strangers.idempotency_key, tickets.call_off_late


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


DEFERRED_MUTANTS = (
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
)
