"""How a worker process takes orders: claim on the log, work with a lease, tell the result, stop when told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Any

from pydantic import ValidationError

from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import Event, Record, header
from bus.dead_letters import GivesUp
from bus.lanes import LaneReader
from bus.task_consumer import TaskConsumer
from bus.tracing import continued
from bus.unreadable import DlqReason, Unreadable
from planning.job.advance import DEFERRED_STAGE
from planning.job.retry import longest_of_ms
from runtime.errors import BusUnreachable
from runtime.process import Disobeyed
from runtime.settings import Settings
from runtime.telemetry import get_logger
from schemas.choices import LANES, Lane
from schemas.log import TaskDeferred
from schemas.orders import (
    ENGINE_TYPE,
    ORDER_TYPE,
    STOP_TYPE,
    EngineWanted,
    StopTask,
    WorkerAnnounced,
    WorkOrder,
)
from worker import task_trace
from worker.ailing import Ailing
from worker.checkpoints import Checkpoints
from worker.context import WorkerContext
from worker.ending import RELEASED, end_of, note_end, too_slow
from worker.events import ATTEMPT_SEQ, Ending, Publishes, TaskEvents
from worker.leases import keep_lease
from worker.obedience import Attempt, Obedience
from worker.previews import show_previews
from worker.stops import Stops
from worker.wanted import WantedEngines

LARGE_TASK_S = 1.0
"""After a task of this length memory is given back: it had frames. Small ones would spend more time on that than on work."""
ANNOUNCE_AT_MOST_EVERY_S, ANNOUNCE_AGAIN_S = 1.0, 60.0
_LAST_WORD = ATTEMPT_SEQ - 1
"""The number, within its attempt, of the progress that is told last."""
log = get_logger(__name__)


class Worker:
    """One worker of one modality: knows the bus, the store and its engines; `worker.perform` does the work."""

    def __init__(
        self,
        modality: str,
        settings: Settings,
        reader: LaneReader,
        publisher: Publishes,
        dead: GivesUp,
        context: WorkerContext,
        leaving: Callable[[Attempt], None] = lambda _: None,
        pool: str = "",
    ) -> None:
        """`pool` is whose orders it takes, those of its modality without one. `leaving` is called when code does not come back: from then on the process has a bounded time to live."""
        self._modality = modality
        self._pool = pool or modality
        self._settings = settings
        self._context = context
        self._group = f"{settings.topic_prefix}-{self._pool}"
        self._leaving = leaving
        self._events = TaskEvents(publisher, settings.topic_prefix, context.worker_id, settings.lease_s)
        self.obedience = Obedience(settings.worker_slots, settings.obey_s, context.threads)
        self._stops = Stops(context.worker_id)
        self._wanted = WantedEngines(context)
        self._ailing = Ailing()
        self.breakers = CircuitBreakers(patience_s=settings.brake_s)
        self.loop = TaskConsumer(
            reader,
            settings.worker_slots,
            handle=self._handle,
            claim=self._claim,
            unreadable=dead,
            drain_s=settings.drain_s * 0.5,
            release=self._release,
            check=_order,
            breakers=self.breakers,
            types=(ORDER_TYPE,),
            withheld=lambda: self.obedience.withheld,
        )

    async def run(self, control: AsyncIterable[Record]) -> None:
        """Take orders until `loop.stop()`, obey `media.control` meanwhile, and say what can be taken.

        Raises:
            BusUnreachable: no broker answered at the start.
            Disobeyed: code of an attempt does not come back; all orders in hand were handed back.
        """
        serving = asyncio.create_task(self.loop.run())
        watching = asyncio.create_task(self.obedience.first_disobedient())
        beside = [asyncio.create_task(self._obey(control)), asyncio.create_task(self._announce())]
        try:
            waiting: set[asyncio.Task[Any]] = {serving, watching, *beside}
            while not serving.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if watching in done and serving not in done:
                    await self._leave_because_of(watching.result(), serving)
                elif serving not in done and any(task.exception() is not None for task in done):
                    self.loop.stop()  # a worker that hears no stops any more is none
            await asyncio.gather(serving, *(task for task in beside if task.done()))
        finally:
            others = [serving, watching, *beside]
            for task in others:
                task.cancel()
            await asyncio.wait(others)
            await self._wanted.close()
            await self._events.gone()

    def stop(self) -> None:
        """Take nothing more; what runs may hand out how far it is, and is handed back when the time is up."""
        for attempt in self.obedience.attempts:
            attempt.report.ask_for_checkpoint()
        self.loop.stop()

    async def _leave_because_of(self, attempt: Attempt, serving: asyncio.Task[None]) -> None:
        """Hand back what is in hand and leave the group: a thread cannot be ended, so the process must.

        Raises:
            Disobeyed: always.
        """
        order = attempt.order
        log.warning(
            "worker.slot_does_not_obey",
            job_id=order.job_id,
            node_id=order.node_id,
            task_id=order.task_id,
            engine=order.engine,
            overdue=attempt.overdue,
            ran_s=round(attempt.ran_s, 1),
            deaf_s=round(attempt.deaf_s or 0.0, 1),
            handed_back=len(self.loop.in_flight),
        )
        self._leaving(attempt)
        self.loop.leave()
        await asyncio.wait([serving])
        raise Disobeyed(order.engine)

    async def _obey(self, control: AsyncIterable[Record]) -> None:
        """Stop what is no longer wanted, and load or unload what an operator wants."""
        async for record in control:
            kind = header(record.headers, "ce_type")
            with contextlib.suppress(ValidationError):
                if kind == STOP_TYPE:
                    self._stop(StopTask.model_validate_json(record.value or b""))
                elif kind == ENGINE_TYPE:
                    self._wanted.heard(EngineWanted.model_validate_json(record.value or b""))

    def _stop(self, stop: StopTask) -> None:
        self._stops.heard(stop, asyncio.get_running_loop().time())
        for attempt in self.obedience.attempts:
            if self._stops.concerns(stop, attempt.order):
                attempt.stop(stop.reason)

    async def _announce(self) -> None:
        """Tell what this worker can take: when that changed, and once a minute."""
        said, said_at, offering = None, 0.0, self._context.offering
        await asyncio.to_thread(offering.look)
        while True:
            word = WorkerAnnounced(
                worker_id=self._context.worker_id,
                modality=self._modality,
                slots=self._settings.worker_slots,
                free=self.loop.free_slots,
                draining=not self.loop.running,
                deaf=self.obedience.deaf,
                resident=self._context.resident,
                pool=self._pool,
                loadable=offering.loadable,
                missing=dict(offering.missing),
                ailing=dict(self._ailing.words(_now_ms(), self.breakers.reasons(), offering.loadable)),
                partitions=_by_lane(self.loop.assignment),
            )
            now = asyncio.get_running_loop().time()
            if word != said or now - said_at >= ANNOUNCE_AGAIN_S:
                if word == said:
                    await asyncio.to_thread(offering.look)  # somebody may have installed something
                said, said_at = word, now
                with contextlib.suppress(BusUnreachable):
                    await self._events.announced(word)
            await asyncio.sleep(ANNOUNCE_AT_MOST_EVERY_S)

    async def _claim(self, event: Event) -> bool:
        """Append TaskStarted, so that the order is ours by its lease before its offset is committed.

        Of an order that shall be stopped, a run that goes on hears that it is not done: a state that was rebuilt
        may ask for an attempt that an earlier one had given up, and would wait for it for ever.
        """
        order = _order(event)
        with continued(event.traceparent):
            return await self._claim_order(order)

    async def _claim_order(self, order: WorkOrder) -> bool:
        stops = self._stops.of(order)
        if not stops and (lacks := self._context.offering.why_not(order.engine)) is not None:
            await self._events.declined(order, lacks)
            return False
        if not stops:
            await self._events.started(order)
            self._context.expect(order.engine)
        elif all(stop.node_id is not None for stop in stops):
            await self._events.released(order)
        return not stops

    async def _handle(self, event: Event) -> None:
        order = _order(event)
        with (
            task_trace.about(order, self._context.worker_id, self._group),
            self.obedience.attempt(order, _limit_s(order, event)) as attempt,
        ):
            await self._attempt(order, attempt)

    async def _attempt(self, order: WorkOrder, attempt: Attempt) -> None:
        for stop in self._stops.of(order):
            attempt.stop(stop.reason)  # it was heard while the claim was under way
        clock = asyncio.get_running_loop().time
        begun, end = clock(), RELEASED
        try:
            async with self._kept(order, attempt):
                end = await end_of(order, attempt, self._context, self._events)
        finally:
            took_s = clock() - begun
            note_end(order, end, took_s)
            self._ailing.heard(order, end.result, _now_ms())
        if end.result is None:
            return
        await self._tell(order, end.result)
        if took_s >= LARGE_TASK_S:
            await self._context.threads.run(order.task_id, self._context.tidy)

    @contextlib.asynccontextmanager
    async def _kept(self, order: WorkOrder, attempt: Attempt) -> AsyncIterator[None]:
        """Keep an attempt's lease meanwhile, and tell how far it is and what it looks like."""
        store = self._context.store
        checkpoints = Checkpoints(order, attempt.report, store)
        renewing = asyncio.create_task(
            keep_lease(order, attempt.report, self._events, self._settings.lease_s, checkpoints)
        )
        showing = asyncio.create_task(show_previews(order, attempt.report, self._events, store))
        try:
            yield
        finally:
            renewing.cancel()
            showing.cancel()
            await asyncio.wait([renewing, showing])
            await checkpoints.close()
            if not renewing.cancelled() and (broken := renewing.exception()) is not None:
                log.error("work.lease_was_not_kept", task_id=order.task_id, exc_info=broken)

    async def _tell(self, order: WorkOrder, result: Ending) -> None:
        """Append what came of an attempt; of what is deferred, watchers hear why nothing moves."""
        await self._events.ended(order, result)
        if isinstance(result, TaskDeferred):
            with contextlib.suppress(BusUnreachable):
                await self._events.progress(order, _LAST_WORD, 0.0, DEFERRED_STAGE)

    async def _release(self, event: Event) -> None:
        order = _order(event)
        attempt = self.obedience.of(order.task_id)
        with continued(event.traceparent):
            if attempt is not None and attempt.overdue:
                await self._events.failed(order, too_slow(attempt, self._events))
            else:
                await self._events.released(order)


def _now_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)


def _order(event: Event) -> WorkOrder:
    """Return the order in an event.

    Raises:
        Unreadable: It is none.
    """
    try:
        return WorkOrder.model_validate_json(event.value or b"")
    except ValidationError as error:
        wrong = f"{error.error_count()} fields are wrong"
        raise Unreadable(DlqReason.INVALID_MESSAGE, wrong) from None


def _by_lane(assignment: Iterable[tuple[str, int]]) -> dict[Lane, tuple[int, ...]]:
    """Return the partitions of an assignment by lane, which is the last word of a topic."""
    found: dict[Lane, list[int]] = {}
    for name, number in assignment:
        for lane in LANES:
            if name.endswith(f".{lane}"):
                found.setdefault(lane, []).append(number)
    return {lane: tuple(sorted(numbers)) for lane, numbers in found.items()}


def _limit_s(order: WorkOrder, event: Event) -> float:
    """Return how long the attempt may take from now on; whoever stops it must not depend on being told to.

    The time left until the deadline is measured by the broker's clock alone: from the order's record on.
    """
    longest_ms = longest_of_ms(order.capability)
    if order.deadline_ms is not None and event.timestamp_ms > 0:
        longest_ms = min(longest_ms, max(order.deadline_ms - event.timestamp_ms, 0))
    return longest_ms / 1000
