"""Which nodes of a job are ready, and how what is ready is sent out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planning.job import retry, tickets
from planning.job.commands import Command, Dispatch, FollowTicket
from planning.job.fitting import TooLarge
from planning.job.lifecycle import GAVE_NOTHING, Happening, NodeStatus, next_status
from planning.job.order import UnresolvedReference, order, written
from planning.job.state import Failure, Job, Node
from schemas.orders import WorkOrder

_WAITING, _READY, _DONE = NodeStatus.WAITING, NodeStatus.READY, NodeStatus.DONE


@dataclass(slots=True)
class Found:
    """What a look at the waiting nodes gave: the orders of those that became ready, and what ends the job if anything."""

    orders: dict[str, WorkOrder] = field(default_factory=dict)
    failure: Failure | None = None


def find_ready(job: Job, at_ms: int) -> Found:
    """Mark the nodes whose inputs are there as ready, and leave those out of which an input never comes.

    It goes on to the first order that no record can hold, which ends the job.
    """
    found = Found()
    for node in job.nodes.values():
        if node.status is _WAITING and node.retry_at_ms <= at_ms:
            try:
                written_now = _consider(job, node)
            except TooLarge as error:
                found.failure = retry.too_large(error, node)
                break
            if written_now is not None:
                found.orders[node.node_id] = written_now
    return found


def dispatch_ready(job: Job, at_hand: Mapping[str, WorkOrder] | None = None) -> list[Command]:
    """Send out every ready node, in the order in which nodes stand.

    `at_hand` has orders that were written in this fold; that of a node which was stored as ready is written here.
    """
    commands: list[Command] = []
    for node in job.nodes.values():
        if node.status is _READY:
            commands.append(Dispatch((at_hand or {}).get(node.node_id) or written(job, node)))
            node.status = next_status(node.status, Happening.DISPATCHED)
            node.retry_at_ms, node.fraction = 0, 0.0
    return commands


def outstanding(job: Job) -> list[Dispatch]:
    """Return the orders that an open job has sent and heard nothing of, and those that it was about to send."""
    sent = [node for node in job.nodes.values() if job.open and node.status in _UNHEARD]
    return [Dispatch(written(job, node)) for node in sent]


def followed(job: Job) -> list[FollowTicket]:
    """Return what the poller has to follow of an open job."""
    waiting = [node for node in job.nodes.values() if job.open and node.status is NodeStatus.DEFERRED]
    return [tickets.follow(job, node) for node in waiting]


_UNHEARD = frozenset({NodeStatus.READY, NodeStatus.DISPATCHED})


def _consider(job: Job, node: Node) -> WorkOrder | None:
    """Return the order of a node that is ready now; leave the node out when an input never comes."""
    ready = True
    for need in node.needs:  # one plain pass: a large graph comes here a thousand times for each event
        status = job.nodes[need].status
        if status in GAVE_NOTHING:
            retry.skip(node, need)
            return None
        ready = ready and status is _DONE
    if not ready:
        return None
    try:
        found = order(job, node)
    except UnresolvedReference as error:
        retry.give_up(job, node, Failure("asset_not_found", str(error), node.node_id))
        # Its stand-in is considered now: nothing else would wake this node again.
        return _consider(job, node) if node.status is _WAITING else None
    node.status = next_status(node.status, Happening.INPUTS_CAME)
    return found
