"""How the coordinator sends what may be sent twice: orders, stops, tickets, progress and timers, through one idempotent producer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Sequence

from aiokafka.structs import RecordMetadata

from bus.publisher import Publisher
from catalog.pools import DEFAULT_POOLS, Pools
from consumers.assembly.coordinator.trail import Trail
from planning.job.commands import Dispatch, FollowTicket, Notice, PublishProgress, Stop
from planning.job.reduce import LEASE_RAN_OUT
from runtime.metrics import LOST_LEASES
from schemas.identity import event_id
from schemas.log import TimerFired, log_type
from schemas.orders import ORDER_TYPE, STOP_TYPE, TICKET_TYPE, DeferredTicket
from schemas.topics import topic, topics


class KafkaOutgoing:
    """The coordinator's `Outgoing` on Kafka."""

    def __init__(
        self,
        publisher: Publisher,
        prefix: str,
        trail: Trail | None = None,
        pools: Pools = DEFAULT_POOLS,
    ) -> None:
        self._pools = pools
        self._trail = trail or Trail()
        self._publisher = publisher
        self._prefix = prefix
        # Neighbouring partitions belong to different workers of a group: orders go to them in turn.
        self._turns = {
            spec.name: itertools.cycle(range(spec.partitions)) for spec in topics(prefix, pools=pools.names)
        }

    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Notice], progress: Iterable[PublishProgress]
    ) -> None:
        """Send all at once; return when orders, stops and words about tickets are acknowledged."""
        for each in progress:
            news = each.progress
            future = await self._publisher.send(
                topic(self._prefix, "progress"),
                news.job_id,
                "media.progress.v1",
                news,
                id=event_id("media.progress.v1", news.job_id, news.run, "job", news.seq),
                subject=news.job_id,
            )
            future.add_done_callback(_forget)
        waiting = [await self._order(command) for command in orders]
        waiting += [await self._stop(command) for command in stops if isinstance(command, Stop)]
        told = [command for command in stops if isinstance(command, FollowTicket)]
        waiting += [await self._follow(command.ticket) for command in told if command.ticket is not None]
        dropped = [self._drop(command.task_id) for command in told if command.ticket is None]
        await self._publisher.acknowledged(*waiting)
        # Last, as it is in the fold of one batch: a ticket is never followed again there.
        await asyncio.gather(*dropped)

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        """Append the timers to the log."""
        waiting = []
        for job_id, due_ms in timers:
            event = TimerFired(job_id=job_id, due_ms=due_ms)
            waiting.append(
                await self._publisher.send(
                    topic(self._prefix, "log"),
                    job_id,
                    log_type(event),
                    event,
                    id=event_id(log_type(event), job_id, 0, due_ms),
                    subject=job_id,
                )
            )
        await self._publisher.acknowledged(*waiting)

    async def _order(self, command: Dispatch) -> asyncio.Future[RecordMetadata]:
        order = command.order
        lane = topic(self._prefix, "tasks", self._pools.pool_of(order.engine, order.capability), order.lane)
        return await self._publisher.send(
            lane,
            order.task_id,
            ORDER_TYPE,
            order,
            id=order.task_id,
            subject=order.job_id,
            traceparent=self._trail.cause(order.job_id, order.traceparent),
            partition=self._place_in(lane, command.partition),
        )

    def _place_in(self, lane: str, wanted: int | None) -> int | None:
        """Return a partition that is there; of a lane that is no topic of ours whichever the client chooses."""
        if wanted is not None and wanted < self._publisher.partitions(lane):
            return wanted
        turns = self._turns.get(lane)
        return next(turns) if turns is not None else None

    async def _stop(self, command: Stop) -> asyncio.Future[RecordMetadata]:
        stop = command.stop
        if stop.reason == LEASE_RAN_OUT:
            LOST_LEASES.inc()
        return await self._publisher.send(
            topic(self._prefix, "control"),
            stop.job_id,
            STOP_TYPE,
            stop,
            id=event_id(STOP_TYPE, stop.job_id, stop.run, stop.node_id or "", stop.attempt or 0),
            subject=stop.job_id,
            traceparent=self._trail.cause(stop.job_id, None),
        )

    async def _follow(self, ticket: DeferredTicket) -> asyncio.Future[RecordMetadata]:
        return await self._publisher.send(
            topic(self._prefix, "deferred"),
            ticket.task_id,
            TICKET_TYPE,
            ticket,
            id=event_id(TICKET_TYPE, ticket.job_id, ticket.run, ticket.task_id, ticket.called_off or ""),
            subject=ticket.job_id,
            traceparent=self._trail.cause(ticket.job_id, None),
        )

    async def _drop(self, task_id: str) -> None:
        await self._publisher.publish_record(topic(self._prefix, "deferred"), task_id, None, [])


def _forget(future: asyncio.Future[RecordMetadata]) -> None:
    """Progress may be lost: its failure is read, so that nobody warns of it."""
    if not future.cancelled():
        future.exception()
