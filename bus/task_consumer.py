"""How a worker takes work orders that may run for minutes: polling never stops, offsets never own the work.

An order is claimed on the log first, then its offset is committed, then it runs: from the claim on it belongs
to this process by its lease, whatever happens to the partition. A rebalance moves offsets and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.batch import Batch, Settled
from bus.circuit_breaker import CircuitBreakers, is_of_another_version
from bus.cloudevents import Event, decode
from bus.dead_letters import GivesUp
from bus.lanes import LaneReader
from bus.paused_partitions import PausedPartitions
from bus.tracing import consumer_span
from bus.unreadable import Unreadable
from runtime.errors import BusUnreachable
from runtime.telemetry import get_logger

_log = get_logger("bus.task_consumer")

_RETRY_S = 0.5
_STOP_WITHIN_S = 2.0
"""How long a cancelled task may take to notice."""
_RELEASE_WITHIN_S = 3.0


@dataclass(frozen=True)
class _Running:
    event: Event
    task: asyncio.Task[None]


class TaskConsumer:
    """Takes orders from task topics, as its reader gives them, never more at a time than `slots`.

    `check(event)` raises `Unreadable` of what is no order. `claim(event)` appends TaskStarted and returns whether
    the order is still wanted; it raises `BusUnreachable` when that is unknown, and the order is then read
    again. `handle(event)` does the work and reports its own failures. `release(event)` hands back an order
    whose work was cut off by `stop()`. `withheld()` says how many slots are not free although their order has ended.
    """

    def __init__(
        self,
        reader: LaneReader,
        slots: int,
        *,
        handle: Callable[[Event], Awaitable[None]],
        claim: Callable[[Event], Awaitable[bool]],
        unreadable: GivesUp,
        drain_s: float,
        release: Callable[[Event], Awaitable[None]] | None = None,
        check: Callable[[Event], object] | None = None,
        breakers: CircuitBreakers | None = None,
        types: Collection[str] | None = None,
        withheld: Callable[[], int] = lambda: 0,
    ) -> None:
        self._reader = reader
        self._slots = slots
        self._handle = handle
        self._claim = claim
        self._unreadable = unreadable
        self._drain_s = drain_s
        self._release = release
        self._check = check
        self._breakers = breakers or CircuitBreakers()
        self._types = types
        self._withheld = withheld
        reader.paused = PausedPartitions(self._breakers, self._fails)
        self._in_flight: dict[str, _Running] = {}
        self._claimed: dict[str, Event] = {}
        self._admitting = False
        self._turned_at = time.monotonic()
        self._stopping = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether the loop is a member of its group and admits orders; for /readyz."""
        return self._reader.connected and not self._stopping.is_set()

    @property
    def last_poll_age_s(self) -> float:
        """Seconds since the loop last turned; for /health: more than a minute means that it is stuck."""
        return min(self._reader.last_poll_age_s, time.monotonic() - self._turned_at)

    @property
    def in_flight(self) -> list[Event]:
        """The orders that this process runs now."""
        return [entry.event for entry in self._in_flight.values()]

    @property
    def free_slots(self) -> int:
        """How many more orders would be taken now."""
        taken = len(self._in_flight) + self._withheld()
        return 0 if self._stopping.is_set() else max(self._slots - taken, 0)

    @property
    def assignment(self) -> list[tuple[str, int]]:
        """The (topic, partition) pairs that this member owns now."""
        return self._reader.assignment

    def stop(self) -> None:
        """Admit nothing more; `run` returns when the running work has ended or was handed back."""
        self._stopping.set()
        self._reader.wake()

    def leave(self) -> None:
        """Stop at once: what runs is handed back, and gets no time to end."""
        self._drain_s = 0.0
        self.stop()

    async def run(self) -> None:
        """Serve until `stop()`, then give running work `drain_s` to end and leave the group.

        Raises:
            BusUnreachable: No broker answered at the start; later outages are waited out.
        """
        await self._reader.connect()
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            await self._drain()
        finally:
            stopping.cancel()
            serving.cancel()
            await asyncio.wait([serving])
            await self._hand_back()
            await self._reader.disconnect()
        if not serving.cancelled():
            serving.result()

    async def _serve(self) -> None:
        while True:
            try:
                if self.free_slots <= 0:
                    await self._reader.idle()
                    continue
                records = await self._reader.poll(self.free_slots)
                if records and not self._stopping.is_set():
                    await self._admit(records)
            except (KafkaError, OSError) as error:
                # Polls raise what the client cannot mend by itself: begin again as a new member.
                _log.warning("bus.member_restarts", error=type(error).__name__)
                await self._reader.reconnect()

    async def _admit(self, records: list[ConsumerRecord]) -> None:
        """Claim the orders, commit their offsets, start them; what could not be claimed is read again."""
        self._admitting = True
        try:
            seen = set(self._in_flight)
            considered = await asyncio.gather(
                *(self._consider(record, seen) for record in records), return_exceptions=True
            )
            self._turned_at = time.monotonic()
            settled = self._settle(records, considered)
            again = await self._give_up(settled)
            for record, outcome in zip(records, considered, strict=True):
                if isinstance(outcome, BaseException) and not isinstance(outcome, Unreadable):
                    _log.warning("bus.order_is_read_again", error=type(outcome).__name__)
                    if not isinstance(outcome, BusUnreachable):
                        _log.error("bus.claim_failed", exc_info=outcome)
                    _keep_lower(again, TopicPartition(record.topic, record.partition), record.offset)
            stops = dict(again)
            for (topic, partition), offset in settled.held.items():
                _keep_lower(stops, TopicPartition(topic, partition), offset)
            offsets = {}
            for record in records:
                place = TopicPartition(record.topic, record.partition)
                offsets[place] = min(record.offset + 1, stops.get(place, record.offset + 1))
            self._turned_at = time.monotonic()
            await self._reader.commit(offsets)
            for outcome in considered:
                if isinstance(outcome, Event):
                    self._begin(outcome)
            for place, offset in stops.items():
                if place in settled.held:
                    self._reader.pause(place, offset)
                else:
                    self._reader.read_again({place: offset})
            if again:
                await self._wait_unless_stopped(_RETRY_S)
        finally:
            self._admitting = False

    async def _consider(self, record: ConsumerRecord, seen: set[str]) -> Event | None:
        """Return the order if it is to be run here; None when there is nothing to do for it."""
        event = self._read(record)
        if event.id in seen:
            return None
        seen.add(event.id)
        if not await self._claim(event):
            return None
        self._claimed[event.id] = event
        return event

    def _read(self, record: ConsumerRecord) -> Event:
        event = decode(record, types=self._types)
        if self._check is not None:
            self._check(event)
        return event

    def _fails(self, record: ConsumerRecord) -> bool:
        """Whether we cannot read what one of us wrote."""
        return is_of_another_version(record, self._read)

    def _settle(
        self, records: list[ConsumerRecord], considered: Sequence[Event | BaseException | None]
    ) -> Settled:
        batch = Batch(self._breakers)
        for record, outcome in zip(records, considered, strict=True):
            if isinstance(outcome, Unreadable):
                batch.unreadable(record, outcome)
            else:
                batch.passed(record)
        return batch.settle()

    async def _give_up(self, settled: Settled) -> dict[TopicPartition, int]:
        """Return the offsets from which records are read again because they could not be given up."""
        failures = settled.given_up
        given_up = await asyncio.gather(
            *(self._unreadable.give_up(each.record, each.reason, each.detail) for each in failures),
            return_exceptions=True,
        )
        again: dict[TopicPartition, int] = {}
        for failure, outcome in zip(failures, given_up, strict=True):
            if isinstance(outcome, BaseException):
                _log.warning("bus.order_is_read_again", error=type(outcome).__name__)
                _keep_lower(again, TopicPartition(*failure.place), failure.record.offset)
        return again

    def _begin(self, event: Event) -> None:
        task = asyncio.create_task(self._supervise(event), name=f"task {event.id}")
        self._in_flight[event.id] = _Running(event, task)
        self._claimed.pop(event.id, None)

    async def _supervise(self, event: Event) -> None:
        try:
            with consumer_span(
                event.topic, event.partition, event.offset, event.traceparent, message_id=event.id
            ):
                await self._handle(event)
        except Exception:  # noqa: BLE001  # a handler reports its own failures: this is a defect, its lease ends it
            _log.exception("bus.handler_failed", task_id=event.id)
        finally:
            # Cut-off work stays in the table: `_hand_back` releases it.
            if not _being_cancelled():
                self._in_flight.pop(event.id, None)
            self._reader.wake()

    async def _drain(self) -> None:
        """Wait for running work and a claim under way; serving goes on and keeps the membership alive."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        while (self._in_flight or self._admitting) and (left := begun + self._drain_s - clock()) > 0:
            tasks = [entry.task for entry in self._in_flight.values()]
            if tasks:
                await asyncio.wait(tasks, timeout=min(left, 0.1))
            else:
                await asyncio.sleep(min(left, 0.02))

    async def _hand_back(self) -> None:
        """Cancel what still runs, wait a moment for it to stop, and release it and what was claimed and not begun."""
        running = list(self._in_flight.values())
        for entry in running:
            entry.task.cancel()
        if running:
            await asyncio.wait([entry.task for entry in running], timeout=_STOP_WITHIN_S)
        # A handler that met the cancellation with an end of its own has reported it; the others are released.
        left = [entry.event for entry in running if entry.task.cancelled() or not entry.task.done()]
        left += self._claimed.values()
        if self._release is None or not left:
            return
        releases = [asyncio.ensure_future(self._release(event)) for event in left]
        done, late = await asyncio.wait(releases, timeout=_RELEASE_WITHIN_S)
        for release in late:
            release.cancel()
        for release in done:
            if not release.cancelled() and (error := release.exception()) is not None:
                _log.warning("bus.release_failed", error=type(error).__name__)

    async def _wait_unless_stopped(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


def _keep_lower(offsets: dict[TopicPartition, int], place: TopicPartition, offset: int) -> None:
    offsets[place] = min(offset, offsets.get(place, offset))


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
