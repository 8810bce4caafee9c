"""How tickets are followed: asked about when they are due, never too many at once, and each end said on the log."""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from consumers.remote.ports import Strangers, TicketRecord, Tickets, Words
from engines.remote_contract import Failed, Pending, Ready, Standing
from runtime.errors import BusUnreachable, ReelbusError
from runtime.metrics import TICKET_CHECKS
from runtime.retry import MEMBER, Retry
from runtime.telemetry import get_logger
from schemas.codes import ErrorCode
from schemas.log import TicketEnded
from schemas.orders import DeferredTicket
from schemas.sizes import MESSAGE_CHARS

TURN_S = 0.5
"""So often it looks what is due. A ticket that becomes due waits at most so long for its check."""
RESTORING_TURN_S = 0.05
CHECKS_AT_ONCE = 8
"""So many calls of one engine run at a time: one that hangs holds no others."""
AWAY = Retry(5.0, 300.0)
"""A stranger that does not answer."""
CANCEL_TRIES = 8
"""So often it is tried to call work off: for some ten minutes. What cannot be called off ends by itself, and is paid."""
FORGOTTEN_MS = 600_000
"""So long after its time a ticket is still there only if no job waits for it: then that is said, and it goes."""
SAID_AGAIN_MS = 120_000
"""A ticket whose end was said so long ago and that is still there is asked about anew: the word that drops it was lost."""
SHORTEST_S, LONGEST_S = 1.0, 3600.0
"""A stranger that says when to ask again is asked then, but within these."""
GROWS, FIRST_S, LONGEST_OWN_S = 1.5, 5.0, 300.0
"""One that does not is asked after 5 s, and ever more rarely, at last every five minutes."""

log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Followed:
    """A ticket, where it stands, and when to do something about it next; `due_ms` None: its end is said, or it is in hand."""

    partition: int
    ticket: DeferredTicket
    due_ms: int | None
    checks: int = 0
    failures: int = 0
    busy: bool = False
    word: TicketEnded | None = None
    """What came of it, while the broker does not take it."""
    said: bool = False


@dataclass(slots=True)
class _Pace:
    """How often one engine may still be asked now."""

    tokens: float
    at_ms: int

    def allows(self, now_ms: int, wanted: int, per_s: float) -> int:
        """Return how many of so many checks may begin."""
        self.tokens = min(self.tokens + per_s * max(now_ms - self.at_ms, 0) / 1000, max(per_s, 1.0))
        self.at_ms = now_ms
        return min(wanted, int(self.tokens))


@dataclass(slots=True)
class _Engine:
    """The tickets of one engine by when they are due, and how many of its calls run."""

    pace: _Pace
    due: list[tuple[int, int, str]] = field(default_factory=list)
    running: int = 0
    answers: bool = True
    """Whether its last call told anything."""


class Poller:
    """Follows the tickets of its partitions. Two of them at once do no harm: the log decides which word counts."""

    def __init__(
        self,
        tickets: Tickets,
        strangers: Strangers,
        words: Words,
        poller_id: str,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock_s: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`now_ms` is the time that tickets are dated by; `draw` gives chance from 0.0 to 1.0."""
        self._source, self._strangers, self._words = tickets, strangers, words
        self._poller_id = poller_id
        self._now_ms, self._clock_s, self._draw = now_ms, clock_s, draw
        self._followed: dict[str, _Followed] = {}
        self._engines: dict[str, _Engine] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0
        self._generation = -1
        self._stopping = False
        self._turned_at = clock_s()

    @property
    def ready(self) -> bool:
        """Whether it knows all tickets of its partitions."""
        generation, partitions = self._source.assignment()
        return generation == self._generation and all(map(self._source.caught_up, partitions))

    @property
    def followed(self) -> int:
        """How many tickets it follows."""
        return len(self._followed)

    @property
    def overdue(self) -> int:
        """How many of them should have been looked at by now."""
        now_ms = self._now_ms()
        return sum(each.due_ms is not None and each.due_ms <= now_ms for each in self._followed.values())

    @property
    def last_turn_age_s(self) -> float:
        """Seconds since its loop last turned."""
        return self._clock_s() - self._turned_at

    def stop(self) -> None:
        """End the loop. What is in hand is dropped: whoever follows these tickets next asks again."""
        self._stopping = True

    def due_now(self, task_id: str) -> bool:
        """Look at a ticket at once, as after a callback that was verified; returns whether it is followed here."""
        followed = self._followed.get(task_id)
        if followed is None:
            return False
        if not followed.said and not followed.busy:
            self._plan(followed, self._now_ms())
        return True

    async def run(self) -> None:
        """Follow tickets until stopped.

        Raises:
            BusUnreachable: The broker is away; the process begins again.
        """
        try:
            while not self._stopping:
                self._own()
                records = await self._source.poll(TURN_S if self.ready else RESTORING_TURN_S)
                self._own()  # first: they are of the newest assignment
                for record in records:
                    self._hear(record)
                self._begin_due()
                self._turned_at = self._clock_s()
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _own(self) -> None:
        """Follow the group's assignment: each partition is read from its beginning, so nothing is kept."""
        generation, _ = self._source.assignment()
        if generation != self._generation:
            self._generation = generation
            self._followed.clear()
            for engine in self._engines.values():
                engine.due.clear()

    def _hear(self, record: TicketRecord) -> None:
        if record.ticket is None:
            self._followed.pop(record.task_id, None)
            return
        ticket, known = record.ticket, self._followed.get(record.task_id)
        if known is not None:
            called_off = ticket.called_off is not None and known.ticket.called_off is None
            if not called_off:
                return  # told twice; also one that was called off stays so
            known.ticket, known.word, known.said = ticket, None, False
            if not known.busy:
                self._plan(known, self._now_ms())
            return
        followed = self._followed[record.task_id] = _Followed(record.partition, ticket, None)
        now_ms = self._now_ms()
        first_ms = min(ticket.check_at_ms, ticket.expires_at_ms)
        self._plan(followed, now_ms if ticket.called_off is not None else first_ms)

    def _plan(self, followed: _Followed, due_ms: int) -> None:
        """Look at a ticket at this time."""
        ticket = followed.ticket
        followed.due_ms = due_ms
        self._number += 1
        heapq.heappush(self._engine(ticket.engine).due, (due_ms, self._number, ticket.task_id))

    def _engine(self, name: str) -> _Engine:
        engine = self._engines.get(name)
        if engine is None:
            engine = self._engines[name] = _Engine(_Pace(1.0, self._now_ms()))
        return engine

    def _begin_due(self) -> None:
        """Begin to look at what is due, as far as each engine's pace and its calls under way allow."""
        if not self.ready:
            return  # what has ended a ticket may stand further on
        now_ms = self._now_ms()
        for name, engine in self._engines.items():
            per_s = self._strangers.checks_per_s(name)
            free = engine.pace.allows(now_ms, CHECKS_AT_ONCE - engine.running, per_s)
            while engine.due and free > 0 and engine.due[0][0] <= now_ms:
                due_ms, _, task_id = heapq.heappop(engine.due)
                followed = self._followed.get(task_id)
                if followed is None or followed.busy or followed.due_ms != due_ms:
                    continue  # it was planned anew, or is gone
                free -= 1
                engine.pace.tokens -= 1
                self._begin(engine, followed)

    def _begin(self, engine: _Engine, followed: _Followed) -> None:
        followed.busy, followed.due_ms = True, None
        engine.running += 1
        task = asyncio.create_task(self._look(engine, followed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, engine: _Engine, followed: _Followed) -> None:
        """Do what is due about one ticket, and plan what comes next."""
        next_ms: int | None
        try:
            if followed.ticket.called_off is not None:
                next_ms = await self._call_off(followed)
            elif followed.word is not None:
                next_ms = await self._say(followed, followed.word)
            else:
                next_ms = await self._check(engine, followed)
        except BusUnreachable:
            next_ms = self._later(followed, MEMBER)
        except Exception:  # one ticket must not take the others with it
            log.exception("remote.look_failed", task_id=followed.ticket.task_id)
            next_ms = self._later(followed, AWAY)
        finally:
            engine.running -= 1
            followed.busy = False
        if self._followed.get(followed.ticket.task_id) is not followed:
            return  # it was forgotten meanwhile, or is another's
        if followed.ticket.called_off is not None and next_ms is None:
            next_ms = self._now_ms()  # it was called off while it was looked at
        if next_ms is not None:
            self._plan(followed, next_ms)
        if not self._stopping:
            self._begin_due()  # its place is free

    async def _check(self, engine: _Engine, followed: _Followed) -> int | None:
        ticket = followed.ticket
        try:
            standing = await self._strangers.check(ticket.engine, ticket.ticket)
        except Exception as error:  # noqa: BLE001  # whatever it is, it says nothing of the work
            TICKET_CHECKS.labels(ticket.engine, "unknown").inc()
            said = error.message if isinstance(error, ReelbusError) else type(error).__name__
            if engine.answers:  # said once, and not of each ticket
                engine.answers = False
                log.warning("remote.no_answer", engine=ticket.engine, reason=said[:200])
            return await self._in_its_time(followed, self._later(followed, AWAY))
        if not engine.answers:
            engine.answers = True
            log.info("remote.answers_again", engine=ticket.engine)
        followed.failures = 0
        followed.checks += 1
        if isinstance(standing, Pending):
            TICKET_CHECKS.labels(ticket.engine, "pending").inc()
            pause_ms = int(self._pause_s(followed, standing) * 1000)
            return await self._in_its_time(followed, self._now_ms() + pause_ms)
        TICKET_CHECKS.labels(ticket.engine, "ready" if isinstance(standing, Ready) else "failed").inc()
        if self._followed.get(ticket.task_id) is not followed or followed.ticket.called_off is not None:
            return None
        followed.word = self._word(ticket, standing)
        return await self._say(followed, followed.word)

    async def _say(self, followed: _Followed, word: TicketEnded) -> int:
        """Append what came of a ticket; the coordinator takes the ticket out when it has folded that."""
        await self._words.ended(word)
        followed.word, followed.said = None, True
        return self._now_ms() + SAID_AGAIN_MS

    async def _call_off(self, followed: _Followed) -> int | None:
        ticket = followed.ticket
        try:
            await self._strangers.cancel(ticket.engine, ticket.ticket)
        except Exception as error:  # noqa: BLE001  # it is tried again, for a while
            if followed.failures + 1 < CANCEL_TRIES:
                return self._later(followed, AWAY)
            log.warning("remote.cancel_failed", task_id=ticket.task_id, error=type(error).__name__)
        await self._words.forget(ticket.task_id, followed.partition)
        if self._followed.get(ticket.task_id) is followed:
            del self._followed[ticket.task_id]
        return None

    def _later(self, followed: _Followed, retry: Retry) -> int:
        followed.failures += 1
        return self._now_ms() + int(retry.pause_s(followed.failures, self._draw()) * 1000)

    def _pause_s(self, followed: _Followed, standing: Pending) -> float:
        if standing.again_in_s is not None:
            return min(max(standing.again_in_s, SHORTEST_S), LONGEST_S)
        own_s = min(FIRST_S * GROWS ** min(followed.checks - 1, 20), LONGEST_OWN_S)
        return own_s * (
            0.75 + 0.5 * self._draw()
        )  # many that were submitted together are not asked for together

    async def _in_its_time(self, followed: _Followed, next_ms: int) -> int | None:
        """Return when to ask next. After its time a ticket is given up by the job's own timer, which calls it off."""
        now_ms, expires_ms = self._now_ms(), followed.ticket.expires_at_ms
        if now_ms < expires_ms:
            return min(next_ms, expires_ms)
        if now_ms < expires_ms + FORGOTTEN_MS:
            return expires_ms + FORGOTTEN_MS
        followed.word = self._word(followed.ticket, Failed(ErrorCode.TIMEOUT, "it was not done in its time"))
        return await self._say(followed, followed.word)

    def _word(self, ticket: DeferredTicket, standing: Standing) -> TicketEnded:
        failed = standing if isinstance(standing, Failed) else None
        code = ErrorCode.known(failed.code) if failed is not None else None
        return TicketEnded(
            job_id=ticket.job_id,
            run=ticket.run,
            node_id=ticket.node_id,
            attempt=ticket.attempt,
            worker_id=self._poller_id,
            outcome="ready" if failed is None else "failed",
            code=code or "",
            message=failed.message[:MESSAGE_CHARS] if failed is not None else "",
            retryable=code is not None and code.retryable,
            retry_after_s=failed.retry_after_s if failed is not None else None,
        )
