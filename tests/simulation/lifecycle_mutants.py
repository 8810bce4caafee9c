"""Which mistakes about the lifecycle of nodes the simulator must find."""

from __future__ import annotations

from typing import Any

from planning.job import advance, dispatch, lifecycle, state
from planning.job.commands import Dispatch
from planning.job.lifecycle import Happening, NodeStatus
from planning.job.state import Job
from planning.partition import records, timers
from tests.simulation.mutant import Mutant

_dispatch_ready, _go_on, _due_ms = dispatch.dispatch_ready, advance.go_on, state.due_ms


def _never_sends_the_last(job: Job, *at_hand: Any) -> Any:
    kept = next(reversed(job.nodes.values())) if len(job.nodes) > 1 else None
    if kept is None or kept.status != NodeStatus.READY:
        return _dispatch_ready(job, *at_hand)
    kept.status = NodeStatus.WAITING
    commands = _dispatch_ready(job, *at_hand)
    kept.status = NodeStatus.READY
    return commands


def _sends_twice(job: Job, *at_hand: Any) -> Any:
    return [again for command in _dispatch_ready(job, *at_hand) for again in (command, command)]


def _sends_and_leaves_ready(job: Job, *at_hand: Any) -> Any:
    commands = _dispatch_ready(job, *at_hand)
    for command in commands:
        if isinstance(command, Dispatch):
            job.nodes[command.order.node_id].status = NodeStatus.READY
    return commands


def _sends_what_it_has_at_hand(job: Job, at_hand: Any = None) -> Any:
    """Nobody sees what another version has left ready."""
    stored = [
        n for n in job.nodes.values() if n.status == NodeStatus.READY and n.node_id not in (at_hand or {})
    ]
    for node in stored:
        node.status = NodeStatus.WAITING
    commands = _dispatch_ready(job, at_hand)
    for node in stored:
        node.status = NodeStatus.READY
    return commands


def _is_not_woken_for_the_ready(job: Job) -> int | None:
    ready = [node for node in job.nodes.values() if node.status == NodeStatus.READY]
    for node in ready:
        node.status = NodeStatus.WAITING
    due = _due_ms(job)
    for node in ready:
        node.status = NodeStatus.READY
    return due


def _with(status: NodeStatus, happening: Happening, then: NodeStatus) -> Any:
    """The table with one more row."""
    return {**lifecycle.TABLE, (status, happening): then}


LIFECYCLE_MUTANTS = (
    Mutant("a ready node is never sent", ((advance, "dispatch_ready", _never_sends_the_last),)),
    Mutant("a ready node is sent twice", ((advance, "dispatch_ready", _sends_twice),)),
    Mutant("what was sent stays ready", ((advance, "dispatch_ready", _sends_and_leaves_ready),)),
    Mutant(
        "what was stored as ready is never sent", ((advance, "dispatch_ready", _sends_what_it_has_at_hand),)
    ),
    Mutant(
        "what was stored as ready wakes nobody",
        ((timers, "due_ms", _is_not_woken_for_the_ready), (records, "due_ms", _is_not_woken_for_the_ready)),
    ),
    Mutant(
        "a node that is done waits again when it is handed back",
        ((lifecycle, "TABLE", _with(NodeStatus.DONE, Happening.RELEASED, NodeStatus.WAITING)),),
    ),
    Mutant(
        "a node that is done may be made again",
        ((lifecycle, "TABLE", _with(NodeStatus.DONE, Happening.SUCCEEDED, NodeStatus.DONE)),),
    ),
)
