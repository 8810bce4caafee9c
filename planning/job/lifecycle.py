"""What may become of a node: its statuses, what can happen to it, and which status follows from which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class NodeStatus(StrEnum):
    """How far a node is; its value is what stands in stored states."""

    WAITING = "waiting"
    """For its inputs, or for the time of its next attempt."""
    READY = "ready"
    """Its inputs are there and its order can be written. Whether that was sent is no part of the state: a state is
    what its log folds into, and no event tells of it. Who owns the partition sends it (`planning.placement`).
    """
    DISPATCHED = "dispatched"
    """Ready, as versions before 3 of the state stored it: they sent an order in the fold that made it ready."""
    RUNNING = "running"
    """A worker has a lease on it."""
    DEFERRED = "deferred"
    """A stranger does it meanwhile: no slot, no thread and no lease, but a ticket that a poller follows.

    Versions before this word cannot read it: a job that is deferred says that it is of state version 3.
    """
    DONE = "done"
    FAILED = "failed"
    """For good, and it has no stand-in."""
    SKIPPED = "skipped"
    """An input will never come."""
    CANCELLED = "cancelled"
    """Its run ended before it did."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to such a node."""
        return self in ENDED

    @property
    def at_work(self) -> bool:
        """Whether somebody was certainly asked for such a node."""
        return self in AT_WORK


class Happening(StrEnum):
    """What can happen to a node."""

    INPUTS_CAME = "inputs_came"
    """All that it needs is done, the time of its attempt has come, and its order can be written."""
    STARTED = "started"
    """A worker claims its order."""
    RENEWED = "renewed"
    """That worker still works on it."""
    SUCCEEDED = "succeeded"
    """Somebody made it; also an attempt that was given up too early."""
    RESCHEDULED = "rescheduled"
    """The attempt failed or hangs, and there will be another."""
    RELEASED = "released"
    """Its worker handed it back: it stops, or cannot do it."""
    DEFERRED = "deferred"
    """A stranger has taken it, and gave a ticket."""
    TICKET_READY = "ticket_ready"
    """The stranger has a result, and somebody shall fetch it."""
    LEASE_EXPIRED = "lease_expired"
    """Its worker fell silent."""
    SUBSTITUTED = "substituted"
    """It failed for good, and another engine does it or a stand-in is made in its place."""
    FAILED = "failed"
    """For good: no attempt is left, or its order can never be written."""
    SKIPPED = "skipped"
    """Something that it needs gave nothing."""
    CANCELLED = "cancelled"
    """Its run ended without it."""


_S, _H = NodeStatus, Happening

TABLE: Mapping[tuple[NodeStatus, Happening], NodeStatus] = {
    (_S.WAITING, _H.INPUTS_CAME): _S.READY,
    (_S.WAITING, _H.SUCCEEDED): _S.DONE,
    (_S.WAITING, _H.SUBSTITUTED): _S.WAITING,
    (_S.WAITING, _H.FAILED): _S.FAILED,
    (_S.WAITING, _H.SKIPPED): _S.SKIPPED,
    (_S.WAITING, _H.CANCELLED): _S.CANCELLED,
    (_S.READY, _H.STARTED): _S.RUNNING,
    (_S.READY, _H.SUCCEEDED): _S.DONE,
    # Of an order whose claim got lost or was not made: a worker that says so has it.
    (_S.READY, _H.RESCHEDULED): _S.WAITING,
    (_S.READY, _H.RELEASED): _S.WAITING,
    (_S.READY, _H.SUBSTITUTED): _S.WAITING,
    (_S.READY, _H.FAILED): _S.FAILED,
    (_S.READY, _H.CANCELLED): _S.CANCELLED,
    (_S.DISPATCHED, _H.STARTED): _S.RUNNING,
    (_S.DISPATCHED, _H.SUCCEEDED): _S.DONE,
    (_S.DISPATCHED, _H.RESCHEDULED): _S.WAITING,
    (_S.DISPATCHED, _H.RELEASED): _S.WAITING,
    (_S.DISPATCHED, _H.SUBSTITUTED): _S.WAITING,
    (_S.DISPATCHED, _H.FAILED): _S.FAILED,
    (_S.DISPATCHED, _H.CANCELLED): _S.CANCELLED,
    (_S.RUNNING, _H.STARTED): _S.RUNNING,
    (_S.RUNNING, _H.RENEWED): _S.RUNNING,
    (_S.RUNNING, _H.SUCCEEDED): _S.DONE,
    (_S.RUNNING, _H.RESCHEDULED): _S.WAITING,
    (_S.RUNNING, _H.RELEASED): _S.WAITING,
    (_S.RUNNING, _H.DEFERRED): _S.DEFERRED,
    (_S.RUNNING, _H.LEASE_EXPIRED): _S.WAITING,
    (_S.RUNNING, _H.SUBSTITUTED): _S.WAITING,
    (_S.RUNNING, _H.FAILED): _S.FAILED,
    (_S.RUNNING, _H.CANCELLED): _S.CANCELLED,
    (_S.DEFERRED, _H.TICKET_READY): _S.WAITING,
    (_S.DEFERRED, _H.SUCCEEDED): _S.DONE,
    (_S.DEFERRED, _H.RESCHEDULED): _S.WAITING,
    (_S.DEFERRED, _H.SUBSTITUTED): _S.WAITING,
    (_S.DEFERRED, _H.FAILED): _S.FAILED,
    (_S.DEFERRED, _H.CANCELLED): _S.CANCELLED,
}
"""The whole lifecycle. Ended statuses have no row: there is no way out of them."""

ENDED = frozenset({_S.DONE, _S.FAILED, _S.SKIPPED, _S.CANCELLED})
GAVE_NOTHING = ENDED - {_S.DONE}
"""Ended, and what needs such a node waits in vain."""
AT_WORK = frozenset({_S.DISPATCHED, _S.RUNNING})
CALLED_FOR = AT_WORK | {_S.READY}
"""Nothing but a worker is missing."""


class ImpossibleHappening(RuntimeError):
    """Our own code says that something happened to a node to which it cannot happen."""


def may_happen(status: NodeStatus, happening: Happening) -> bool:
    """Whether the table knows this. What comes late or twice may not, and whoever folds it changes nothing."""
    return (status, happening) in TABLE


def next_status(status: NodeStatus, happening: Happening) -> NodeStatus:
    """Return the status of a node after something happened to it.

    Raises:
        ImpossibleHappening: The table has no such row.
    """
    try:
        return TABLE[status, happening]
    except KeyError:
        raise ImpossibleHappening(f"a node that is {status} cannot be {happening}") from None
