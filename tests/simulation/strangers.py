"""A stranger that does work for workers: it charges, fails, forgets, lies and doubles; and what must hold of its tickets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from catalog.models import PLACEHOLDER, Model, model
from engines.remote_contract import Failed, Pending, Ready, Standing
from planning.job.commands import FollowTicket
from planning.job.fingerprint import idempotency_key
from schemas.log import TaskDeferred, TaskFailed, TaskReleased, TicketEnded, TimerFired
from schemas.orders import WorkOrder
from tests.simulation.pollers import Pollers

if TYPE_CHECKING:
    from tests.simulation.world import World

AWAY = 0.2
"""How often a world has a stranger that does its work."""
EXPIRES_S = 40.0
NEVER_S = 1e6
NOT_TAKEN, LOST = "not taken", "lost"


@dataclass(slots=True)
class _Job:
    """One job at the stranger."""

    ticket: str
    key: str
    ready_at_s: float
    fails: bool = False
    forgotten: bool = False
    cancelled: bool = False
    lies_left: int = 0


@dataclass(slots=True)
class Strangers:
    """The stranger of a world, the topic of tickets and its pollers. A stranger may know no idempotency keys."""

    world: World
    knows_keys: bool
    jobs: dict[str, _Job] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """What modelled workers have noted of a key: a ticket, or nothing where they meant to ask."""
    paid: set[tuple[str, int, str, str, int]] = field(default_factory=set)
    """Which submissions the stranger has taken: of which job, run, node and engine, and since which attempt."""
    fetches: dict[tuple[str, int, str, int], str] = field(default_factory=dict)
    """Which attempts were ordered to fetch the result of which ticket."""
    pollers: Pollers = field(init=False)

    def __post_init__(self) -> None:
        self.pollers = Pollers(self.world, self)

    @staticmethod
    def of(world: World, seed: int) -> Strangers | None:
        """Return the stranger of a world, if it has one; worlds without one are what they are without this file."""
        chance = random.Random(f"stranger {seed}")
        return Strangers(world, chance.random() < 0.5) if chance.random() < AWAY else None

    # The stranger.
    def take(self, key: str, order: WorkOrder) -> tuple[str, str]:
        """Be asked for work: the ticket, or how that went, and what is left of it there."""
        luck, draw, now_s = self.world.luck, self.world.draw, self.world.loop.time()
        if luck.bad("stranger_busy", 0.05):
            return NOT_TAKEN, ""
        known = next((job for job in self.jobs.values() if job.key == key), None)
        if known is None or not self.knows_keys:
            if known is not None:
                self.world.violations.append(f"the work {key[:8]} was submitted and paid twice")
            about = (order.job_id, order.run, order.node_id, order.engine, order.submission)
            if about in self.paid:
                self.world.violations.append(f"one submission of {order.node_id} was paid under two keys")
            self.paid.add(about)
            ready_at_s = now_s + draw.choice((0.1, 1.0, 3.0, 10.0))
            if luck.bad("stranger_hangs", 0.04):
                ready_at_s = NEVER_S
            known = _Job(f"t{len(self.jobs)}", key, ready_at_s)
            known.fails = luck.bad("stranger_fails", 0.04)
            known.lies_left = 2 if luck.bad("stranger_lies", 0.06) else 0
            self.jobs[known.ticket] = known
        return (LOST if luck.bad("stranger_answer_lost", 0.05) else known.ticket), known.ticket

    def standing(self, ticket: str) -> Standing:
        """Be asked how a job stands."""
        job = self.jobs[ticket]
        if self.world.luck.bad("stranger_forgets", 0.01):
            job.forgotten = True
        if job.forgotten or job.cancelled:
            return Failed("engine_failed", "there is no such job")
        if job.lies_left:
            job.lies_left -= 1
            return Ready()
        if self.world.loop.time() < job.ready_at_s:
            return Pending(1.0)
        return Failed("engine_failed", "it broke there") if job.fails else Ready()

    def fetchable(self, ticket: str) -> Standing:
        """Be asked for a result: it is ready, pending, or there is nothing."""
        job = self.jobs[ticket]
        if job.forgotten or job.cancelled or (job.fails and self.world.loop.time() >= job.ready_at_s):
            return Failed("engine_failed", "there is no such job")
        return Ready() if self.world.loop.time() >= job.ready_at_s else Pending(1.0)

    def cancel(self, ticket: str) -> None:
        """Be told that nobody wants a job any more."""
        self.jobs[ticket].cancelled = True

    def follow(self, word: FollowTicket, late_s: float) -> None:
        """A coordinator tells the poller something."""
        self.pollers.put(word, late_s)

    def ordered(self, order: WorkOrder) -> None:
        """An order was sent."""
        if order.ticket is not None:
            self.fetches[order.job_id, order.run, order.node_id, order.attempt] = order.ticket

    # Workers that are modelled.
    def works(
        self, order: WorkOrder, who: dict[str, Any], going: Callable[[], bool], alive: Callable[[], bool]
    ) -> bool:
        """Do what an order wants of the stranger; returns whether its end is told from here."""
        if order.engine == PLACEHOLDER.name:
            return False
        if order.ticket is None:
            self._after(self.world.draw.uniform(0.0, 0.3), self._submit, order, who, going, alive)
            return True
        standing = self.fetchable(order.ticket)
        if isinstance(standing, Pending):
            self._say(TaskDeferred(**who, **self._ticket(order, order.ticket)))
        elif isinstance(standing, Failed):
            self._say(_failed(who, "engine_failed", "ended"))
        return not isinstance(standing, Ready)

    def _submit(
        self, order: WorkOrder, who: dict[str, Any], going: Callable[[], bool], alive: Callable[[], bool]
    ) -> None:
        if not going():
            return
        key = idempotency_key("f" * 64, order)
        if noted := self.notes.get(key):
            self._say(TaskDeferred(**who, **self._ticket(order, noted)))
            return
        if (order.submitted_before or key in self.notes) and not self.knows_keys:
            self._say(_failed(who, "engine_failed", ""))
            return
        first = key not in self.notes
        self.notes[key] = ""
        answer, ticket = self.take(key, order)
        if self.world.luck.bad("worker_dies_after_claim", 0.05) or not alive():
            return
        if answer == NOT_TAKEN:
            if first:
                del self.notes[key]
            self._say(_failed(who, "provider_rate_limited", "not_taken" if first else ""))
        elif answer == LOST:
            self._say(_failed(who, "engine_failed", ""))
        else:
            self.notes[key] = ticket
            late_s = self.world.draw.uniform(5.0, 12.0) if self.world.luck.bad("ticket_late", 0.08) else 0.01
            self._after(late_s, self._part, TaskDeferred(**who, **self._ticket(order, ticket)), alive)

    def _part(self, event: TaskDeferred, alive: Callable[[], bool]) -> None:
        if alive():
            self._say(event)

    def _ticket(self, order: WorkOrder, ticket: str) -> dict[str, Any]:
        now_ms = self.world.loop.now_ms
        return {
            "engine": order.engine,
            "ticket": ticket,
            "check_at_ms": now_ms + 1_000,
            "expires_at_ms": now_ms + int(EXPIRES_S * 1000),
        }

    def _say(self, event: Any) -> None:
        workers: Any = self.world.workers
        workers._log(event)

    def _after(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        workers: Any = self.world.workers
        workers._later(delay_s, action, *arguments)

    # What must hold.
    def verdict(self) -> Iterator[str]:
        """Yield what is wrong at the end: work that goes on for nobody, and ends that were acted on twice."""
        told = {
            entry.event.ticket
            for partition in self.world.partitions
            for entry in partition.log
            if isinstance(entry.event, TaskDeferred)
        }
        for ticket in sorted(told):
            job = self.jobs[ticket]
            if job.ready_at_s == NEVER_S and not (job.cancelled or job.forgotten):
                yield f"the stranger still does {ticket}, which nobody wants"
        yield from self._ends_once()
        left = self.pollers.left()
        if left:
            yield f"the poller still follows {left}"

    def _ends_once(self) -> Iterator[str]:
        """An attempt that fetches follows one that was deferred, failed, handed back or given up: something told of it."""
        about: set[tuple[str, int, str, int]] = set()
        woken: set[str] = set()
        for partition in self.world.partitions:
            for entry in partition.log:
                event = entry.event
                if isinstance(event, TimerFired):
                    woken.add(event.job_id)
                elif isinstance(event, TicketEnded | TaskFailed | TaskReleased):
                    about.add((event.job_id, event.run, event.node_id, event.attempt))
        for job_id, run, node_id, attempt in self.fetches:
            if (job_id, run, node_id, attempt - 1) not in about and job_id not in woken:
                yield f"attempt {attempt} at {node_id} fetches, and nothing ended the one before it"

    @property
    def unfinished(self) -> bool:
        """Whether a poller still has something to do."""
        return bool(self.pollers.left()) or self.pollers.busy > 0


def row_of(name: str) -> Model | None:
    """The catalogue of a world with a stranger: it does everything but stand in."""
    row = model(name)
    return row if row is None or name == PLACEHOLDER.name else replace(row, family="remote")


def _failed(who: dict[str, Any], code: str, submission: Any) -> TaskFailed:
    return TaskFailed(**who, code=code, message="the stranger", retryable=True, submission=submission)
