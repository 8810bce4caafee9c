"""Commands: what the reducer and the placement decide, and the coordinator carries out."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.base import Fact
from schemas.facts import Progress
from schemas.orders import DeferredTicket, StopTask, WorkOrder


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Send a work order to the workers of its pool.

    `partition` is the one of its lane that is read by whoever shall have it; None where that is all the same.
    """

    order: WorkOrder
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class PublishFact:
    """Publish a fact on `media.jobs` or `media.assets`, with an id that is the same each time it is derived."""

    event_id: str
    type: str
    key: str
    fact: Fact
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Tell workers to stop what is no longer wanted."""

    stop: StopTask


@dataclass(frozen=True, slots=True)
class PublishProgress:
    """Publish the job's own progress."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class FollowTicket:
    """Tell the poller what to do about the ticket of a task; without one it shall forget it."""

    task_id: str
    ticket: DeferredTicket | None


Notice = Stop | FollowTicket
"""What workers or the poller are told, at once and perhaps twice."""

Command = PublishFact | Stop | PublishProgress | FollowTicket
"""What follows from an event. Orders do not: they follow from what is ready, and from who can take it."""
