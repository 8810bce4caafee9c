"""How work that a stranger does changes a job: it is deferred, its ticket ends, or its time is over."""

from __future__ import annotations

from planning.job import advance, retry, tickets
from planning.job.commands import Command
from planning.job.lifecycle import Happening, NodeStatus, may_happen, next_status
from planning.job.state import STATE_VERSION, Failure, Job, Node
from schemas.log import TaskDeferred, TicketEnded

LONGEST_DEFERRED_MS = 7 * 24 * 3600 * 1000
"""No stranger is waited for longer, whatever its engine says."""

_DEFERRED = NodeStatus.DEFERRED


def deferred(job: Job, event: TaskDeferred, at_ms: int) -> list[Command]:
    """Let a node wait for a stranger. A ticket that comes twice, or of a submission that has ended, changes nothing.

    One of an attempt that was given up is kept, for its work is the same: the next order fetches its result, and
    whoever ends the job calls it off.
    """
    node = job.nodes[event.node_id]
    if node.ended:
        return [tickets.call_off_late(event)]
    if event.attempt != node.attempt:
        if node.submission <= event.attempt < node.attempt and not node.ticket:
            _keep(node, event, at_ms)
        return []
    if event.worker_id != node.worker_id:
        return []
    if not may_happen(node.status, Happening.DEFERRED):
        return []
    node.status = next_status(node.status, Happening.DEFERRED)
    node.worker_id, node.lease_until_ms, node.limit_ms = "", 0, 0
    commands: list[Command] = []
    if node.ticket and node.ticket != event.ticket:  # two attempts were given one each
        commands.append(tickets.call_off(job, node, "another ticket came", under=event.attempt - 1))
    _keep(node, event, at_ms)
    job.version = STATE_VERSION  # version 2 knows no such status
    return [*commands, tickets.follow(job, node), *advance.moved(job, at_ms)]


def _keep(node: Node, event: TaskDeferred, at_ms: int) -> None:
    if node.ticket != event.ticket:  # one that was not ready after all keeps its time
        node.expires_ms = min(max(event.expires_at_ms, at_ms), at_ms + LONGEST_DEFERRED_MS)
    node.ticket, node.check_ms, node.doubtful = event.ticket, event.check_at_ms, False


def ticket_ended(job: Job, event: TicketEnded, at_ms: int) -> list[Command]:
    """Let somebody fetch a result, or count a failure. Whatever a ticket has come to, it does so once."""
    node = job.nodes[event.node_id]
    commands: list[Command] = [tickets.drop(event)]
    if node.status is not _DEFERRED or event.attempt != node.attempt:
        return commands
    if event.outcome == "ready":
        retry.reschedule(node, at_ms, Happening.TICKET_READY)
        return commands + advance.advance(job, at_ms)
    tickets.submit_anew(node)
    retry_at_ms = retry.next_submission_ms(job, node, event, at_ms)
    if retry_at_ms is not None:
        retry.reschedule(node, retry_at_ms, Happening.RESCHEDULED)
        return commands + advance.moved(job, at_ms)
    ending = retry.give_up(job, node, Failure(event.code, retry.cut(event.message), node.node_id))
    if ending is not None:
        return commands + advance.end_failed(job, ending, at_ms)
    return commands + advance.advance(job, at_ms)


def expired(job: Job, node: Node, at_ms: int) -> tuple[list[Command], Failure | None]:
    """Give up a ticket whose time is over; returns what ends the job, if anything does."""
    commands: list[Command] = [tickets.call_off(job, node, "it takes too long")]
    tickets.submit_anew(node)
    node.failures += 1
    if retry.may_retry(node, retryable=True):
        retry.reschedule(node, at_ms + retry.backoff_ms(job, node, "timeout"), Happening.RESCHEDULED)
        return commands, None
    message = f"{node.failures} attempts did not end in the time that {node.engine} was given"
    return commands, retry.give_up(job, node, Failure("timeout", message, node.node_id))
