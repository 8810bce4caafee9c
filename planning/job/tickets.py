"""What the poller is told of work that a stranger does: follow its ticket, call the work off, or forget it."""

from __future__ import annotations

from planning.job.commands import FollowTicket
from planning.job.state import Job, Node
from schemas import identity
from schemas.log import TaskDeferred, TicketEnded
from schemas.orders import DeferredTicket
from schemas.sizes import MESSAGE_CHARS


def follow(job: Job, node: Node) -> FollowTicket:
    """Tell the poller of a deferred node's ticket."""
    return _told(_of(job, node, node.attempt))


def call_off(job: Job, node: Node, reason: str, *, under: int | None = None) -> FollowTicket:
    """Tell the poller that nobody wants what a ticket is for; `under` is an attempt, where it is another than the node's."""
    ticket = _of(job, node, node.attempt if under is None else under)
    return _told(ticket.model_copy(update={"called_off": reason[:MESSAGE_CHARS]}))


def call_off_late(event: TaskDeferred) -> FollowTicket:
    """The same for a ticket that came when the work was not wanted any more."""
    return _told(
        DeferredTicket(
            job_id=event.job_id,
            run=event.run,
            node_id=event.node_id,
            attempt=event.attempt,
            task_id=_task_id(event),
            engine=event.engine,
            ticket=event.ticket,
            check_at_ms=event.check_at_ms,
            expires_at_ms=event.expires_at_ms,
            called_off="no longer wanted",
        )
    )


def drop(event: TicketEnded) -> FollowTicket:
    """Tell the poller that the log has its word: also when it changes nothing, for nobody need follow that ticket."""
    return FollowTicket(_task_id(event), None)


def forget(node: Node) -> None:
    """Forget what a stranger was asked for."""
    node.ticket, node.check_ms, node.expires_ms, node.doubtful = "", 0, 0, False


def submit_anew(node: Node) -> None:
    """Let the next attempt give the work to the stranger once more: what it had has ended without a result."""
    forget(node)
    node.submission = node.attempt + 1


def _of(job: Job, node: Node, attempt: int) -> DeferredTicket:
    return DeferredTicket(
        job_id=job.job_id,
        run=job.run,
        node_id=node.node_id,
        attempt=attempt,
        task_id=identity.task_id(job.job_id, job.run, node.node_id, attempt),
        engine=node.engine,
        ticket=node.ticket,
        check_at_ms=node.check_ms,
        expires_at_ms=node.expires_ms,
    )


def _told(ticket: DeferredTicket) -> FollowTicket:
    return FollowTicket(ticket.task_id, ticket)


def _task_id(event: TaskDeferred | TicketEnded) -> str:
    return identity.task_id(event.job_id, event.run, event.node_id, event.attempt)
