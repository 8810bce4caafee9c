"""Which mistakes about workers that cannot do an order the simulator must find."""

from __future__ import annotations

from typing import Any

from planning.job import reduce, retry
from planning.job.lifecycle import Happening
from planning.job.state import Failure, Job, Node
from schemas.codes import ErrorCode
from schemas.orders import WorkOrder
from tests.simulation.mutant import Mutant
from worker import events

_next_offer_ms = retry.next_offer_ms


def _gives_up_at_once(job: Job, node: Node, event: Any, at_ms: int) -> Any:
    failure = Failure(ErrorCode.ENGINE_UNAVAILABLE, event.message, node.node_id)
    return reduce._given_up(job, node, failure, at_ms)


def _keeps_the_attempt(job: Job, node: Node, event: Any, at_ms: int) -> Any:
    offered_ms = _next_offer_ms(job, node, event.worker_id, at_ms)
    if offered_ms is None:
        return _gives_up_at_once(job, node, event, at_ms)
    reduce._reschedule(node, offered_ms, Happening.RELEASED)
    node.attempt -= 1
    return []


def _asks_at_once(job: Job, node: Node, worker_id: str, at_ms: int) -> int | None:
    offered_ms = _next_offer_ms(job, node, worker_id, at_ms)
    return None if offered_ms is None else at_ms + 1


async def _fails(self: Any, order: WorkOrder, why: str) -> None:
    await self._append(order, self.failure(order, ErrorCode.ENGINE_UNAVAILABLE, why))


POOL_MUTANTS = (
    Mutant("what one worker cannot do fails", ((reduce, "_cannot", _gives_up_at_once),)),
    Mutant(
        "what a worker cannot do is offered under the same attempt",
        ((reduce, "_cannot", _keeps_the_attempt),),
    ),
    Mutant("what a worker cannot do is offered again at once", ((retry, "next_offer_ms", _asks_at_once),)),
    Mutant(
        "an older worker that lacks an engine fails the job", ((retry, "lacks_engine", lambda *_: False),)
    ),
    Mutant("a worker fails what it cannot do", ((events.TaskEvents, "declined", _fails),), real=True),
)
