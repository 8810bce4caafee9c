"""What came of an attempt: its result, or what it met in the words of the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from engines.host.failures import HandedBack
from runtime.errors import Cancelled, EngineMissing, ReelbusError
from runtime.metrics import task_ended
from runtime.telemetry import get_logger
from schemas.codes import ErrorCode
from schemas.log import CANNOT, TaskDeferred, TaskFailed, TaskSucceeded
from schemas.orders import WorkOrder
from worker import task_trace
from worker.context import WorkerContext
from worker.events import Ending, TaskEvents
from worker.obedience import Attempt
from worker.perform import perform
from worker.submission import deferred

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended: `result` is what the log is told, None where that is nothing; `outcome` is its name in metrics."""

    result: Ending | None
    outcome: str


RELEASED = End(None, "released")
"""Nothing is told here: who cancelled the attempt hands its order back."""


async def end_of(order: WorkOrder, attempt: Attempt, context: WorkerContext, events: TaskEvents) -> End:
    """Do the work of an attempt, and return what came of it; every error becomes a word for the log.

    Raises:
        CancelledError: this worker stops, and no stranger has the work.
    """
    try:
        result: Ending = await attempt.run(perform(order, context, attempt.report))
        return End(result, "deferred" if isinstance(result, TaskDeferred) else "done")
    except asyncio.CancelledError:
        if (left := _left(order, attempt, context)) is not None:
            return left
        attempt.report.cancel("this worker stops")
        raise
    except Cancelled:
        # What a stranger has by now is told: whoever does not want it any more must know the ticket.
        if (left := _left(order, attempt, context)) is not None:
            return left
        return (
            End(too_slow(attempt, events), ErrorCode.TIMEOUT) if attempt.overdue else End(None, "cancelled")
        )
    except HandedBack:
        return End(events.handed_back(order), "released")
    except EngineMissing as error:
        # Another worker may have what this one lacks: no failure of the work.
        return End(events.cannot(order, error.message), CANNOT)
    except ReelbusError as error:
        known = attempt.report.submission
        return End(events.failure(order, error.code, error.message, error.retry_after_s, known), error.code)
    except Exception:
        log.exception("work.broke", job_id=order.job_id, task_id=order.task_id)
        failed = events.failure(order, ErrorCode.INTERNAL, "the worker met an error of ours")
        return End(failed, ErrorCode.INTERNAL)


def too_slow(attempt: Attempt, events: TaskEvents) -> TaskFailed:
    """Say that an attempt did not end in its time."""
    message = f"the attempt did not end within {attempt.limit_s:.0f} s"
    return events.failure(attempt.order, ErrorCode.TIMEOUT, message)


def note_end(order: WorkOrder, end: End, took_s: float) -> None:
    """Count, trace and log an end."""
    cached = isinstance(end.result, TaskSucceeded) and end.result.cached
    task_ended(order.capability, order.engine, end.outcome, took_s, cached=cached)
    task_trace.ended(end.outcome, cached=cached)
    log.info(
        "work.finished",
        job_id=order.job_id,
        node_id=order.node_id,
        task_id=order.task_id,
        capability=order.capability,
        engine=order.engine,
        outcome=end.outcome,
        duration_s=round(took_s, 3),
    )


def _left(order: WorkOrder, attempt: Attempt, context: WorkerContext) -> End | None:
    """Return what was left with a stranger, if anything."""
    ticket = attempt.report.deferral
    return None if ticket is None else End(deferred(order, context.worker_id, ticket), "deferred")
