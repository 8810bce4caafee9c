"""Which mistakes about sending what is ready the simulator must find."""

from __future__ import annotations

from collections import Counter
from typing import Any

from planning.job.commands import Dispatch
from planning.job.lifecycle import NodeStatus
from planning.job.state import Job
from planning.partition import records
from planning.placement import fairness, outstanding, placement
from tests.simulation.mutant import Mutant

_changed, _served, _draw = (
    outstanding.Outstanding.changed,
    fairness.FairQueue.served,
    placement.Placement.draw,
)


def _frees_nothing_that_was_claimed(self: Any, partition: int, job: Job, now_s: float) -> Counter[str]:
    out = dict(self.out_of(job.job_id))
    found = _changed(self, partition, job, now_s)
    for name, sent in out.items():
        if name not in self.out_of(job.job_id):
            self.taken[sent.pool] += 1
    return found


def _serves_the_first_until_it_has_nothing(self: Any, *, more: bool) -> None:
    if more:
        return  # it keeps its place
    _served(self, more=False)


def _sends_and_forgets(self: Any, turn: Any, job: Job | None) -> Dispatch | None:
    """What was sent is not counted: it is ready, and is sent again."""
    found = _draw(self, turn, job)
    if found is not None and job is not None:
        self._outstanding.out_of(job.job_id).pop(found.order.node_id, None)
        self.changed(turn.partition, job)
    return found


def _sends_what_has_ended(job: Job, pool: str, out: Any, pool_of: Any) -> Any:
    return next(
        (n for name, n in job.nodes.items() if name not in out and n.status is not NodeStatus.DONE), None
    )


PLACEMENT_MUTANTS = (
    Mutant("a restore passes over what is ready", ((records, "calls", lambda _: False),)),
    Mutant(
        "slots of claimed orders are never free",
        ((outstanding.Outstanding, "changed", _frees_nothing_that_was_claimed),),
    ),
    Mutant(
        "a batch keeps its turn to its end",
        ((fairness.FairQueue, "served", _serves_the_first_until_it_has_nothing),),
    ),
    Mutant("a pool has room for everything", ((placement.Placement, "room", lambda *_: 1),)),
    Mutant("a lost order is never sent again", ((placement.Placement, "overdue", lambda _: []),)),
    Mutant("what was sent is not counted as out", ((placement.Placement, "draw", _sends_and_forgets),)),
    Mutant("a cancelled job's nodes are sent", ((placement, "_next", _sends_what_has_ended),)),
    Mutant("a pool without announced workers gets no order", ((placement, "FEW", 0),)),
)
