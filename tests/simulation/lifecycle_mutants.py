"""Which mistakes about the lifecycle of nodes the simulator must find."""

from __future__ import annotations

from typing import Any

from planning.job import advance, dispatch, lifecycle
from planning.job.lifecycle import Happening, NodeStatus
from planning.job.state import Job
from tests.simulation.mutant import Mutant

_find_ready = dispatch.find_ready


def _passes_over_the_last(job: Job, at_ms: int) -> Any:
    found = _find_ready(job, at_ms)
    last = next(reversed(job.nodes.values())) if len(job.nodes) > 1 else None
    if last is not None and last.status is NodeStatus.READY:
        last.status = NodeStatus.WAITING
    return found


def _with(status: NodeStatus, happening: Happening, then: NodeStatus) -> Any:
    """The table with one more row."""
    return {**lifecycle.TABLE, (status, happening): then}


LIFECYCLE_MUTANTS = (
    Mutant("a ready node is passed over", ((advance, "find_ready", _passes_over_the_last),)),
    Mutant(
        "a node that is done waits again when it is handed back",
        ((lifecycle, "TABLE", _with(NodeStatus.DONE, Happening.RELEASED, NodeStatus.WAITING)),),
    ),
    Mutant(
        "a node that is done may be made again",
        ((lifecycle, "TABLE", _with(NodeStatus.DONE, Happening.SUCCEEDED, NodeStatus.DONE)),),
    ),
)
