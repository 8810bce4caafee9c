"""How a worker gives work to a stranger and fetches the result: one submission for each key, whatever dies in between."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from catalog.models import Model
from engines.contract import Result, Task
from engines.host import asking
from engines.host.asking import Question
from engines.host.waiting import unless_told
from engines.remote_contract import TICKET_BYTES, NotTaken, NotYet, Ticket, TicketLost
from runtime.errors import EngineFailed, ReelbusError, StorageFailed
from runtime.telemetry import get_logger
from schemas.log import TaskDeferred
from schemas.orders import WorkOrder
from storage.result_cache import ResultEntry
from storage.submissions import Note, decode_note, encode_note
from worker.context import WorkerContext
from worker.report import Deferral, TaskReport

SHORTEST_CHECK_S, LONGEST_CHECK_S = 1.0, 86_400.0
"""When a ticket is first looked at lies in between, whatever its engine says."""
LONGEST_WAIT_S = 7 * 86_400.0
LONGEST_DOUBT_S = 300.0
"""So long what was not ready after all is left alone, at last; at first it is a second."""
_ROUNDS = 5

R = TypeVar("R")
log = get_logger(__name__)


class Notes(Protocol):
    """Where notes stand; `storage.store.Store` fits."""

    async def read_submission(self, key: str) -> ResultEntry | None:
        """Return the note under a key, or None."""

    async def write_submission(self, key: str, body: bytes, replaces: str | None = None) -> bytes:
        """Write a note unless another stands there, or in the place of one version; return what stands."""


@dataclass(slots=True)
class _Submission:
    """One attempt at a submission: its key, and its own mark, by which it knows its note again."""

    key: str
    mark: str
    job_id: str
    notes: Notes
    may_be_taken: bool

    async def intend(self) -> Note | None:
        """Note that the stranger will be asked; returns the note of a ticket if there is one already.

        Raises:
            StorageFailed: others write all the time, or the store does not answer. Nobody was asked.
        """
        body, replaces = encode_note(Note(by=self.mark, job_id=self.job_id)), None
        for _ in range(_ROUNDS):
            stands = await self.notes.write_submission(self.key, body, replaces)
            if stands == body:
                return None
            found = await self.notes.read_submission(self.key)
            if found is None:
                replaces = None
                continue
            note = decode_note(found.body)
            if note is not None and note.ticket:
                return note
            if note is None or note.by:
                self.may_be_taken = True  # somebody meant to ask, and nobody knows what came of it
            replaces = found.etag
        raise StorageFailed(f"submission {self.key[:12]}: others write it all the time.")

    async def keep(self, deferral: Deferral) -> Deferral:
        """Note a ticket; returns that which counts: of two that were given for one key it is the first."""
        body = encode_note(
            Note(self.mark, deferral.ticket, deferral.check_at_ms, deferral.expires_at_ms, self.job_id)
        )
        for _ in range(_ROUNDS):
            found = await self.notes.read_submission(self.key)
            note = decode_note(found.body) if found is not None else None
            if note is not None and note.ticket:
                return Deferral(note.ticket, note.check_at_ms, note.expires_at_ms)
            stands = await self.notes.write_submission(
                self.key, body, found.etag if found is not None else None
            )
            if stands == body:
                return deferral
        return deferral

    async def answered(self) -> None:
        """Note that the stranger gave its result at once. Without that note it is as if nobody knew."""
        found = await self.notes.read_submission(self.key)
        note = decode_note(found.body) if found is not None else None
        if found is not None and note is not None and note.by == self.mark and not note.ticket:
            body = encode_note(Note(by=self.mark, job_id=self.job_id, answered=True))
            await self.notes.write_submission(self.key, body, found.etag)

    async def give_back(self) -> bool:
        """Note that the stranger surely has not taken it; returns whether that is so: nobody else asked meanwhile."""
        found = await self.notes.read_submission(self.key)
        note = decode_note(found.body) if found is not None else None
        if found is None or note is None or note.by != self.mark or self.may_be_taken:
            return False
        free = encode_note(Note(job_id=self.job_id))
        return await self.notes.write_submission(self.key, free, found.etag) == free


async def submit_or_fetch(
    order: WorkOrder, row: Model, task: Task, context: WorkerContext, report: TaskReport
) -> Result | Deferral:
    """Do what an order wants of a stranger: fetch what its ticket is for, or submit the work if nobody has.

    A ticket is also left in `report`, at once: it is told even if this attempt is cut off now.

    Raises:
        ReelbusError: The stranger or the store did not do it; `report.submission` says what is known of the work.
    """
    if order.ticket is not None:
        return await _fetch(order, order.ticket, row, task, context, report)
    submission = _Submission(
        task.idempotency_key,
        f"{context.worker_id}/{order.attempt}/{uuid.uuid4().hex[:12]}",
        order.job_id,
        context.store,
        order.submitted_before,
    )
    report.submission = "not_taken"
    if context.hosts is not None:  # an engine that cannot be loaded leaves nothing open
        await unless_told(context.hosts.ready(row), report)
    noted = await submission.intend()
    if noted is not None:
        report.deferral = Deferral(noted.ticket, noted.check_at_ms, noted.expires_at_ms)
        return report.deferral
    report.check()
    report.submission = ""
    try:
        question = asking.submit(task, submission.may_be_taken)
        answer = await _asked(order, row, context, report, question)
    except NotTaken as error:
        if await submission.give_back():
            report.submission = "not_taken"
        cause = error.__cause__
        raise cause if isinstance(cause, ReelbusError) else EngineFailed(str(error)) from error
    if isinstance(answer, Result):
        result = _whole(answer, row)
        with suppress(ReelbusError):
            await submission.answered()
        return result
    taken = _deferral(answer, row, context.now_ms())
    report.deferral = taken
    report.deferral = await _kept(submission, taken, order, row, context, report)
    return report.deferral


def deferred(order: WorkOrder, worker_id: str, deferral: Deferral) -> TaskDeferred:
    """Put a ticket into the words of the log."""
    return TaskDeferred(
        job_id=order.job_id,
        run=order.run,
        node_id=order.node_id,
        attempt=order.attempt,
        worker_id=worker_id,
        engine=order.engine,
        ticket=deferral.ticket,
        check_at_ms=deferral.check_at_ms,
        expires_at_ms=deferral.expires_at_ms,
    )


async def _fetch(
    order: WorkOrder, ticket: str, row: Model, task: Task, context: WorkerContext, report: TaskReport
) -> Result | Deferral:
    try:
        return _whole(await _asked(order, row, context, report, asking.fetch(task, ticket)), row)
    except NotYet as wait:
        now_ms, fetches = context.now_ms(), order.attempt - order.submission
        # A stranger that says ready and then gives nothing is believed ever more rarely: each time costs a slot.
        again_s = max(wait.again_in_s, min(2.0 ** min(fetches, 20) / 2, LONGEST_DOUBT_S))
        # Its time is the one that it was given first: the fold keeps that.
        report.deferral = Deferral(
            ticket,
            now_ms + _ms(again_s, LONGEST_CHECK_S),
            now_ms + _ms(LONGEST_WAIT_S, LONGEST_WAIT_S),
        )
        return report.deferral
    except TicketLost as error:
        report.submission = "ended"
        raise EngineFailed(f"{row.name} lost the work that it had taken: {error}") from error


async def _kept(
    submission: _Submission,
    taken: Deferral,
    order: WorkOrder,
    row: Model,
    context: WorkerContext,
    report: TaskReport,
) -> Deferral:
    """Note a ticket so that another attempt finds it; the log hears of it in any case."""
    try:
        counts = await submission.keep(taken)
    except ReelbusError as error:
        log.warning("work.ticket_not_noted", task_id=order.task_id, reason=error.message)
        return taken
    if counts.ticket != taken.ticket:
        log.warning("work.submitted_twice", task_id=order.task_id, engine=row.name)
        try:
            await _asked(order, row, context, report, asking.cancel(taken.ticket))
        except Exception as error:  # noqa: BLE001  # it is paid then; the ticket that counts is told all the same
            log.warning("work.cancel_failed", task_id=order.task_id, error=type(error).__name__)
    return counts


async def _asked(
    order: WorkOrder, row: Model, context: WorkerContext, report: TaskReport, question: Question[R]
) -> R:
    """Put a question to an engine in its host, in a thread where there are no hosts; what it raises has one of our codes.

    A host that dies meanwhile is an error as any other: nothing is known of what was asked for.
    """
    if context.hosts is not None:
        return await context.hosts.ask(row, question)

    def run() -> Any:
        with context.engines.at_work(row, report.check) as engine:
            return question.put(engine)  # type: ignore[arg-type]  # a row of the family remote names such an engine

    try:
        answer: R = await context.threads.run(order.task_id, run)
        return answer
    except (NotTaken, NotYet, TicketLost, ReelbusError):
        raise
    except Exception as error:
        log.exception("work.engine_raised", engine=row.name, task_id=order.task_id)
        raise EngineFailed(f"the engine {row.name} failed ({type(error).__name__})") from error


def _whole(answer: object, row: Model) -> Result:
    if not isinstance(answer, Result) or not answer.products:
        raise EngineFailed(f"the engine {row.name} gave no result")
    return answer


def _deferral(answer: object, row: Model, now_ms: int) -> Deferral:
    """Return a ticket with its times.

    Raises:
        EngineFailed: It is none that anybody could follow.
    """
    if not isinstance(answer, Ticket) or not isinstance(answer.text, str):
        raise EngineFailed(f"the engine {row.name} gave neither a ticket nor a result")
    try:
        size_bytes = len(answer.text.encode())
    except UnicodeEncodeError:
        size_bytes = 0
    if not 1 <= size_bytes <= TICKET_BYTES:
        raise EngineFailed(f"the engine {row.name} gave a ticket that is not of 1 to {TICKET_BYTES} bytes")
    return Deferral(
        answer.text,
        now_ms + _ms(answer.check_in_s, LONGEST_CHECK_S),
        now_ms + _ms(answer.expires_in_s, LONGEST_WAIT_S),
    )


def _ms(seconds: float, longest_s: float) -> int:
    # What is no number compares as false, and becomes the longest.
    bounded_s = max(seconds, SHORTEST_CHECK_S) if seconds < longest_s else longest_s
    return int(bounded_s * 1000)
