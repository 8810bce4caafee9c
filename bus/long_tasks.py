"""How a worker takes work orders that may run for minutes: polling never stops, offsets never own the work.

An order is claimed on the log first, then its offset is committed, then it runs: from the claim on it belongs
to this process by its lease, whatever happens to the partition. A rebalance moves offsets and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.cloudevents import Event, decode
from bus.connections import build_consumer, start_consumer, stop_consumer
from bus.dead_letters import GivesUp
from bus.tracing import consumer_span
from bus.unreadable import Unreadable
from runtime.errors import BusUnreachable
from runtime.telemetry import get_logger

_log = get_logger("bus.long_tasks")

_POLL_MS = 200
_COMMIT_WITHIN_S = 5.0
_RETRY_S = 0.5
_GIVE_UP_CANCELLED_S = 2.0
_RELEASE_WITHIN_S = 3.0


@dataclass(frozen=True)
class GroupTimings:
    """How the group notices the living and the dead.

    `rebalance_timeout_ms` is explicit because aiokafka would take the session timeout for it;
    `max_poll_ms` only detects a stuck event loop, since nothing of ours waits long between two polls.
    """

    session_timeout_ms: int = 10_000
    heartbeat_ms: int = 1_000
    rebalance_timeout_ms: int = 30_000
    max_poll_ms: int = 600_000


@dataclass(frozen=True)
class _Running:
    event: Event
    task: asyncio.Task[None]


class LongTaskLoop:
    """Takes orders from task topics, the most urgent lane first, never more at a time than `slots`.

    `claim(event)` appends TaskStarted and returns whether the order is still wanted; it raises
    `BusUnreachable` when that is unknown, and the order is then read again. `handle(event)` does the work and
    reports its own failures. `release(event)` hands back an order whose work was cut off by `stop()`.
    """

    def __init__(
        self,
        bootstrap: str,
        group: str,
        topics_by_lane: Sequence[str],
        slots: int,
        *,
        handle: Callable[[Event], Awaitable[None]],
        claim: Callable[[Event], Awaitable[bool]],
        unreadable: GivesUp,
        drain_s: float,
        release: Callable[[Event], Awaitable[None]] | None = None,
        types: Collection[str] | None = None,
        timings: GroupTimings | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._lanes = list(topics_by_lane)
        self._slots = slots
        self._handle = handle
        self._claim = claim
        self._unreadable = unreadable
        self._drain_s = drain_s
        self._release = release
        self._types = types
        self._timings = timings or GroupTimings()
        self._consumer: AIOKafkaConsumer | None = None
        self._in_flight: dict[str, _Running] = {}
        self._admitting = False
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._poll: asyncio.Task[dict[TopicPartition, list[ConsumerRecord]]] | None = None
        self._polled_at = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether the loop is a member of its group and admits orders; for /readyz."""
        return self._consumer is not None and not self._stopping.is_set()

    @property
    def last_poll_age_s(self) -> float:
        """Seconds since the loop last polled; for /health: more than a minute means that it is stuck."""
        return time.monotonic() - self._polled_at

    @property
    def in_flight(self) -> list[Event]:
        """The orders that this process runs now."""
        return [entry.event for entry in self._in_flight.values()]

    @property
    def assignment(self) -> list[tuple[str, int]]:
        """The (topic, partition) pairs that this member owns now."""
        return sorted(self._consumer.assignment()) if self._consumer is not None else []

    def stop(self) -> None:
        """Admit nothing more; `run` returns when the running work has ended or was handed back."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Serve until `stop()`, then give running work `drain_s` to end and leave the group.

        Raises:
            BusUnreachable: No broker answered at the start; later outages are waited out.
        """
        await self._connect()
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await self._drain()
        finally:
            stopping.cancel()
            await self._hand_back()
            serving.cancel()
            await asyncio.wait([serving])
            await self._disconnect()
        if not serving.cancelled():
            serving.result()

    async def _serve(self) -> None:
        while True:
            try:
                records = await self._next_records()
                if records:
                    await self._admit(records)
            except (KafkaError, OSError) as error:
                # Polls raise what the client cannot mend by itself: begin again with a new member.
                _log.warning("bus.member_restarts", group=self._group, error=type(error).__name__)
                await self._reconnect()

    async def _next_records(self) -> list[ConsumerRecord]:
        """Return at most as many records as slots are free, urgent lanes first; none while all are taken."""
        consumer = self._member()
        free = 0 if self._stopping.is_set() else self._slots - len(self._in_flight)
        owned = consumer.assignment()
        # A rebalance forgets what was paused, so it is said again on every turn.
        if free <= 0:
            consumer.pause(*owned)
            return await self._poll_once(consumer, (), _POLL_MS, 1)
        consumer.resume(*owned)
        if self._poll is None:
            for lane in self._lanes:
                of_lane = [place for place in owned if place.topic == lane]
                if of_lane and (records := await self._poll_once(consumer, of_lane, 0, free)):
                    return records
        return await self._poll_once(consumer, (), _POLL_MS, free)

    async def _poll_once(
        self, consumer: AIOKafkaConsumer, places: Iterable[TopicPartition], timeout_ms: int, most: int
    ) -> list[ConsumerRecord]:
        """Poll, or go on with a poll that was left waiting; return early when something else is due.

        A poll is never cancelled: aiokafka would count it as pending for ever and stop checking for life.
        """
        if self._poll is None:
            self._poll = asyncio.create_task(
                consumer.getmany(*places, timeout_ms=timeout_ms, max_records=most)
            )
        self._wake.clear()
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait({self._poll, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        self._polled_at = time.monotonic()
        if not self._poll.done():
            return []
        poll, self._poll = self._poll, None
        return [record for records in poll.result().values() for record in records]

    async def _admit(self, records: list[ConsumerRecord]) -> None:
        """Claim the orders, commit their offsets, start them; what could not be claimed is read again."""
        self._admitting = True
        try:
            considered = await asyncio.gather(*self._considerations(records), return_exceptions=True)
            offsets: dict[TopicPartition, int] = {}
            again: dict[TopicPartition, int] = {}
            wanted: list[Event] = []
            for record, outcome in zip(records, considered, strict=True):
                place = TopicPartition(record.topic, record.partition)
                if isinstance(outcome, BaseException):
                    if not isinstance(outcome, BusUnreachable):
                        _log.error("bus.claim_failed", exc_info=outcome)
                    again.setdefault(place, record.offset)
                elif place not in again:
                    offsets[place] = record.offset + 1
                if isinstance(outcome, Event):
                    wanted.append(outcome)
            await self._commit(offsets)
            for event in wanted:
                self._begin(event)
            if again:
                self._seek(again)
                await self._pause_s(_RETRY_S)
        finally:
            self._admitting = False

    def _considerations(self, records: list[ConsumerRecord]) -> list[Awaitable[Event | None]]:
        seen = set(self._in_flight)
        return [self._consider(record, seen) for record in records]

    async def _consider(self, record: ConsumerRecord, seen: set[str]) -> Event | None:
        """Return the order if it is to be run here; None when there is nothing to do for it."""
        try:
            event = decode(record, types=self._types)
        except Unreadable as error:
            await self._unreadable.give_up(record, error.reason, error.detail)
            return None
        if event.id in seen:
            return None
        seen.add(event.id)
        return event if await self._claim(event) else None

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        if not offsets:
            return
        try:
            async with asyncio.timeout(_COMMIT_WITHIN_S):
                await self._member().commit(offsets)
        except (KafkaError, TimeoutError) as error:
            # A rebalance took the partition: its next owner reads the order again, and the claim refuses it.
            _log.info("bus.commit_skipped", group=self._group, error=type(error).__name__)

    def _begin(self, event: Event) -> None:
        task = asyncio.create_task(self._supervise(event), name=f"task {event.id}")
        self._in_flight[event.id] = _Running(event, task)

    async def _supervise(self, event: Event) -> None:
        try:
            with consumer_span(event.topic, event.partition, event.offset, event.traceparent):
                await self._handle(event)
        except Exception:  # noqa: BLE001  # a handler reports its own failures: this one is a defect, and its lease ends it
            _log.exception("bus.handler_failed", task=event.id)
        finally:
            entry = self._in_flight.get(event.id)
            if entry is not None and entry.task is asyncio.current_task():
                del self._in_flight[event.id]
            self._wake.set()

    def _seek(self, offsets: dict[TopicPartition, int]) -> None:
        consumer = self._member()
        for place, offset in offsets.items():
            if place in consumer.assignment():
                consumer.seek(place, offset)

    async def _drain(self) -> None:
        """Wait for running work and a claim under way; serving goes on and keeps the membership alive."""
        deadline = time.monotonic() + self._drain_s
        while (self._in_flight or self._admitting) and (left := deadline - time.monotonic()) > 0:
            tasks = [entry.task for entry in self._in_flight.values()]
            if tasks:
                await asyncio.wait(tasks, timeout=min(left, 0.1))
            else:
                await asyncio.sleep(min(left, 0.02))

    async def _hand_back(self) -> None:
        """Cancel what still runs, wait a moment for it to stop, and release it."""
        left = list(self._in_flight.values())
        if not left:
            return
        for entry in left:
            entry.task.cancel()
        await asyncio.wait([entry.task for entry in left], timeout=_GIVE_UP_CANCELLED_S)
        if self._release is None:
            return
        releases = [asyncio.ensure_future(self._release(entry.event)) for entry in left]
        done, late = await asyncio.wait(releases, timeout=_RELEASE_WITHIN_S)
        for release in late:
            release.cancel()
        for release in done:
            if not release.cancelled() and (error := release.exception()) is not None:
                _log.warning("bus.release_failed", error=type(error).__name__)

    async def _connect(self) -> None:
        timings = self._timings
        consumer = build_consumer(
            *self._lanes,
            bootstrap=self._bootstrap,
            group_id=self._group,
            auto_offset_reset="earliest",
            # The sticky assignor of aiokafka shares its memory between all consumers of a process (#1175).
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=timings.session_timeout_ms,
            heartbeat_interval_ms=timings.heartbeat_ms,
            rebalance_timeout_ms=timings.rebalance_timeout_ms,
            max_poll_interval_ms=timings.max_poll_ms,
            max_partition_fetch_bytes=1024 * 1024,
        )
        await start_consumer(consumer, self._bootstrap)
        self._consumer = consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        poll, self._poll = self._poll, None
        if consumer is not None:
            await stop_consumer(consumer)
        if poll is not None:
            poll.cancel()
            await asyncio.wait([poll])
            if not poll.cancelled():
                poll.exception()

    async def _reconnect(self) -> None:
        """Join again, however long the brokers are away; running work is not touched."""
        await self._disconnect()
        while self._consumer is None:
            await asyncio.sleep(_RETRY_S)
            try:
                await self._connect()
            except BusUnreachable as error:
                _log.warning("bus.unreachable", error=error.message)

    async def _pause_s(self, seconds: float) -> None:
        """Sleep, but not into a stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def _member(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise KafkaError("not a member")
        return self._consumer
