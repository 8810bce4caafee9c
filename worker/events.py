"""How a worker speaks: its task events on the log, its progress, and what it can take."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, Protocol

from bus.cloudevents import Headers
from bus.publisher import RecordTooLarge
from planning.job.fitting import TooLarge, fit_result
from runtime.errors import BusUnreachable
from runtime.retry import LONGEST_ASKED_S, RESULT, Tries
from runtime.telemetry import get_logger
from schemas.assets import Asset
from schemas.base import Message
from schemas.choices import Submission
from schemas.codes import ErrorCode
from schemas.facts import Progress
from schemas.identity import event_id
from schemas.log import (
    CANNOT,
    LeaseRenewed,
    TaskDeferred,
    TaskEvent,
    TaskFailed,
    TaskReleased,
    TaskStarted,
    TaskSucceeded,
    log_type,
)
from schemas.orders import WORKER_TYPE, WorkerAnnounced, WorkOrder
from schemas.sizes import MESSAGE_CHARS, STAGE_CHARS
from schemas.topics import topic
from worker.report import TaskReport

ATTEMPT_SEQ = 1_000_000
"""A later attempt's progress is numbered above every number that an earlier one can have reached."""
_SIGN_OFF_WITHIN_S = 1.0
_NOT_TAKEN = "the broker does not take a record as large as this result"

log = get_logger(__name__)


Ending = TaskSucceeded | TaskFailed | TaskReleased | TaskDeferred
"""What may become of an attempt, in the words of the log."""


class Publishes(Protocol):
    """What a worker needs in order to be heard; `bus.publisher.Publisher` fits."""

    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> object:
        """Return once the broker has the event. Raises BusUnreachable when that is not known."""

    async def publish_record(self, topic: str, key: str, value: bytes | None, headers: Headers, /) -> object:
        """The same for a record as it is."""


class TaskEvents:
    """The voice of one worker. Every method returns when the broker has it, and raises BusUnreachable otherwise."""

    def __init__(self, publisher: Publishes, prefix: str, worker_id: str, lease_s: float) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self.worker_id = worker_id
        self._lease_s = lease_s

    async def started(self, order: WorkOrder) -> None:
        """The order is this worker's, for as long as its first lease."""
        await self._append(order, TaskStarted(**self._about(order), lease_s=self._lease_s))

    async def renewed(
        self, order: WorkOrder, fraction: float, lease_s: float, checkpoint: Asset | None = None
    ) -> None:
        """The work goes on, and says so again within this lease; another attempt can go on from `checkpoint`."""
        await self._append(
            order,
            LeaseRenewed(**self._about(order), lease_s=lease_s, fraction=fraction, checkpoint=checkpoint),
        )

    async def released(self, order: WorkOrder) -> None:
        """The order goes back, unfinished."""
        await self._append(order, self.handed_back(order))

    def handed_back(self, order: WorkOrder) -> TaskReleased:
        """Say that an order goes back, unfinished."""
        return TaskReleased(**self._about(order))

    async def declined(self, order: WorkOrder, why: str) -> None:
        """The order goes back, unclaimed: this worker cannot do it."""
        await self._append(order, self.cannot(order, why))

    def cannot(self, order: WorkOrder, why: str) -> TaskReleased:
        """Say that this worker cannot do an order, and what it lacks."""
        return TaskReleased(
            **self._about(order), reason=CANNOT, engine=order.engine, message=why[:MESSAGE_CHARS]
        )

    async def ended(self, order: WorkOrder, result: Ending) -> None:
        """The attempt has come to this. It is worth waiting for a broker that is away, and not for one that refuses it."""
        result = self._fitting(order, result)
        tries = Tries(RESULT, asyncio.get_running_loop().time)
        while True:
            try:
                await self._append(order, result)
            except BusUnreachable as error:
                log.warning("work.result_waits", task_id=order.task_id, reason=error.message)
                await asyncio.sleep(tries.pause_s())
            except RecordTooLarge as error:
                log.warning("work.result_too_large", task_id=order.task_id, reason=error.message)
                if not isinstance(result, TaskSucceeded):
                    return  # not even that can be told: the lease will tell it
                result = self.failure(order, ErrorCode.UNSUPPORTED, _NOT_TAKEN)
            else:
                return

    def _fitting(self, order: WorkOrder, result: Ending) -> Ending:
        """Leave texts out of a result that is larger than its record; it is a failure when that is not enough."""
        if not isinstance(result, TaskSucceeded):
            return result
        try:
            return fit_result(result)
        except TooLarge as error:
            return self.failure(order, ErrorCode.UNSUPPORTED, str(error))

    async def failed(self, order: WorkOrder, result: TaskFailed) -> None:
        """The work failed, said once: there is no time to wait for a broker that is away."""
        await self._append(order, result)

    def failure(
        self,
        order: WorkOrder,
        code: ErrorCode,
        message: str,
        retry_after_s: float | None = None,
        submission: Submission = "",
    ) -> TaskFailed:
        """Put an error into the words of the log."""
        return TaskFailed(
            **self._about(order),
            code=code,
            message=message[:MESSAGE_CHARS],
            retryable=code.retryable,
            retry_after_s=None if retry_after_s is None else min(max(retry_after_s, 0.0), LONGEST_ASKED_S),
            submission=submission,
        )

    async def preview(self, order: WorkOrder, report: TaskReport, picture: Asset) -> None:
        """What the work looks like so far, for whoever watches."""
        fraction, stage = report.look()
        await self.progress(order, report.number(), fraction, stage, picture)

    async def progress(
        self, order: WorkOrder, seq: int, fraction: float, stage: str, preview: Asset | None = None
    ) -> None:
        """How far the work is, for whoever watches."""
        number = order.attempt * ATTEMPT_SEQ + seq
        stage = stage[:STAGE_CHARS]
        await self._publisher.publish(
            topic(self._prefix, "progress"),
            order.job_id,
            "media.progress.v1",
            Progress(
                job_id=order.job_id,
                run=order.run,
                seq=number,
                stage=stage,
                message=f"{order.node_id}: {stage}",
                node_id=order.node_id,
                fraction=round(fraction, 4),
                preview=preview,
            ),
            id=event_id("media.progress.v1", order.job_id, order.run, order.node_id, number),
            subject=order.job_id,
        )

    async def announced(self, word: WorkerAnnounced) -> None:
        """What this worker can take now."""
        await self._publisher.publish(
            topic(self._prefix, "workers"),
            self.worker_id,
            WORKER_TYPE,
            word,
            id=event_id(WORKER_TYPE, self.worker_id, 0, time.time_ns()),
            subject=self.worker_id,
        )

    async def gone(self) -> None:
        """Leave `media.workers`: a tombstone takes this worker's word out of the compacted topic."""
        with contextlib.suppress(BusUnreachable, TimeoutError):
            async with asyncio.timeout(_SIGN_OFF_WITHIN_S):
                await self._publisher.publish_record(topic(self._prefix, "workers"), self.worker_id, None, [])

    async def _append(self, order: WorkOrder, event: TaskEvent) -> None:
        kind = log_type(event)
        await self._publisher.publish(
            topic(self._prefix, "log"),
            order.job_id,
            kind,
            event,
            id=event_id(kind, order.job_id, order.run, order.task_id, self.worker_id, time.time_ns()),
            subject=order.job_id,
        )

    def _about(self, order: WorkOrder) -> dict[str, Any]:
        return {
            "job_id": order.job_id,
            "run": order.run,
            "node_id": order.node_id,
            "attempt": order.attempt,
            "worker_id": self.worker_id,
        }
