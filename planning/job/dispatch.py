"""Which nodes of a job are ready: all that they need is there, and nothing but a worker is missing."""

from __future__ import annotations

from planning.job import retry, tickets
from planning.job.commands import Dispatch, FollowTicket
from planning.job.fitting import TooLarge
from planning.job.lifecycle import GAVE_NOTHING, Happening, NodeStatus, next_status
from planning.job.order import UnresolvedReference, order, written
from planning.job.state import STATE_VERSION, Failure, Job, Node

_WAITING, _DONE = NodeStatus.WAITING, NodeStatus.DONE


def find_ready(job: Job, at_ms: int) -> Failure | None:
    """Mark the nodes whose inputs are there as ready, and leave those out of which an input never comes.

    It goes on to the first order that no record can hold, and returns how that ends the job.
    """
    for node in job.nodes.values():
        if node.status is _WAITING and node.retry_at_ms <= at_ms:
            try:
                _consider(job, node)
            except TooLarge as error:
                return retry.too_large(error, node)
    return None


def outstanding(job: Job) -> list[Dispatch]:
    """Return the orders that an older version has sent of an open job, and heard nothing of."""
    sent = [node for node in job.nodes.values() if job.open and node.status is NodeStatus.DISPATCHED]
    return [Dispatch(written(job, node)) for node in sent]


def followed(job: Job) -> list[FollowTicket]:
    """Return what the poller has to follow of an open job."""
    waiting = [node for node in job.nodes.values() if job.open and node.status is NodeStatus.DEFERRED]
    return [tickets.follow(job, node) for node in waiting]


def _consider(job: Job, node: Node) -> None:
    """Mark a node that is ready now; leave it out when an input never comes."""
    ready = True
    for need in node.needs:  # one plain pass: a large graph comes here a thousand times for each event
        status = job.nodes[need].status
        if status in GAVE_NOTHING:
            retry.skip(node, need)
            return
        ready = ready and status is _DONE
    if not ready:
        return
    try:
        order(job, node)  # that it can be written is what makes it ready: it is written again when it is sent
    except UnresolvedReference as error:
        retry.give_up(job, node, Failure("asset_not_found", str(error), node.node_id))
        if node.status is _WAITING:
            _consider(job, node)  # its stand-in, now: nothing else would wake this node again
        return
    node.status = next_status(node.status, Happening.INPUTS_CAME)
    node.retry_at_ms, node.fraction = 0, 0.0
    job.version = STATE_VERSION  # older ones do not know that somebody has to send what is stored as ready
