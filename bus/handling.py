"""How records that came together are handled: all at once, one by one where that fails, given up where it must be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.batch import Batch, Failure
from bus.circuit_breaker import CircuitBreakers
from bus.cloudevents import Event, decode
from bus.crash_marks import MOST_ENDS, CrashMarks
from bus.dead_letters import GivesUp
from bus.gathering import place_of
from bus.pulse import Pulse
from bus.tracing import continued
from bus.unreadable import Unreadable
from runtime.errors import BusUnreachable, ReelbusError
from runtime.retry import HANDLER, Tries
from runtime.telemetry import get_logger

_log = get_logger("bus.subscriber")

ENDED = f"it ended {MOST_ENDS} processes that handled it"

Handle = Callable[[Sequence[Event]], Awaitable[None]]
"""Handles events in their order and returns when everything it published is acknowledged.

It may see an event again after a failure, so it must be harmless to repeat. It raises `BusUnreachable` or
another retryable error when the world is at fault; then all of them are tried again, later. `Unreadable`
means that an event's data are not what its type says. Each event has a trace of its own, which the handler
continues (`bus.tracing.consumer_span`): events that came together have nothing else in common.
"""

_MOST_FAILURES = 3


class Handling:
    """Handles the records of one subscriber; `world_away` is called before it waits for broker or store to come back."""

    def __init__(
        self,
        handle: Handle,
        unreadable: GivesUp,
        breakers: CircuitBreakers,
        marks: CrashMarks,
        pulse: Pulse,
        stopping: asyncio.Event,
        world_away: Callable[[], Awaitable[None]],
        *,
        types: Collection[str] | None,
        plain_ok: bool,
        internal: bool,
    ) -> None:
        self._handle = handle
        self._unreadable = unreadable
        self._breakers = breakers
        self._marks = marks
        self._pulse = pulse
        self._stopping = stopping
        self._world_away = world_away
        self._types = types
        self._plain_ok = plain_ok
        self._internal = internal

    async def handle(self, records: list[ConsumerRecord]) -> dict[TopicPartition, int]:
        """Handle records and give up what fails; return which partitions are paused, with the offsets to go on at."""
        batch = Batch(self._breakers)
        events = []
        # Only the first can have ended so many: whoever is suspected is taken alone.
        if self._marks.ends(place_of(records[0]), records[0].offset) >= MOST_ENDS:
            batch.ended(records[0], ENDED)
            records = records[1:]
        for record, read in zip(records, await asyncio.to_thread(self._read, records), strict=True):
            match read:
                case Event():
                    events.append(read)
                case Unreadable():
                    batch.unreadable(record, read, internal=self._internal)
                case _:
                    batch.broken(record, f"{type(read).__name__} in the reader")
        await self._perform(events, batch)
        settled = batch.settle()
        await asyncio.gather(*(self._until_done(partial(self._give_up, each)) for each in settled.given_up))
        return {TopicPartition(*place): offset for place, offset in settled.held.items()}

    def _read(self, records: Sequence[ConsumerRecord]) -> list[Event | Exception]:
        """Return each record's event, or why there is none; blocking, for a megabyte of JSON takes its time."""
        found: list[Event | Exception] = []
        for record in records:
            try:
                found.append(decode(record, plain_ok=self._plain_ok, types=self._types))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a record brings about is its own
                found.append(error)
        return found

    async def _perform(self, events: list[Event], batch: Batch) -> None:
        """Handle the events together; one that makes the handler fail is found, alone."""
        if len(events) > 1:
            try:
                await self._until_done(lambda: self._handle(events))
            except Exception:  # noqa: BLE001  # a defect that one of the events brings out: find out which
                _log.exception("handler.batch_failed", events=len(events))
            else:
                for event in events:
                    batch.passed(event)
                return
        for event in events:
            if not batch.will_pause(event):
                with continued(event.traceparent):
                    await self._perform_alone(event, batch)

    async def _perform_alone(self, event: Event, batch: Batch) -> None:
        for failures in range(1, _MOST_FAILURES + 1):
            try:
                await self._until_done(lambda: self._handle([event]))
            except Unreadable as error:
                batch.unreadable(event, error, internal=self._internal)
                return
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  # one bad record must not stop its partition
                _log.exception("handler.failed", position=event.position, failures=failures)
                name = type(error).__name__
            else:
                batch.passed(event)
                return
        batch.broken(event, f"{name} in the handler, {_MOST_FAILURES} times")

    async def _until_done(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try until the world lets it succeed, waiting longer each time; a stop ends it at once."""
        tries = Tries(HANDLER)
        while True:
            try:
                with self._pulse.attempt():
                    await attempt()
            except (BusUnreachable, ConnectionError) as error:
                failure: Exception = error
                wait_s = tries.pause_s()
            except ReelbusError as error:
                if not error.retryable:
                    raise
                failure = error
                wait_s = tries.pause_s(error.retry_after_s)
            else:
                return
            _log.warning("handler.retries", wait_s=wait_s, error=type(failure).__name__)
            await self._world_away()  # an end while the world is away is no record's fault
            await sleep_unless(self._stopping, wait_s)

    async def _give_up(self, failure: Failure) -> None:
        await self._unreadable.give_up(failure.record, failure.reason, failure.detail)


async def sleep_unless(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep.

    Raises:
        CancelledError: it shall stop.
    """
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
    raise asyncio.CancelledError
