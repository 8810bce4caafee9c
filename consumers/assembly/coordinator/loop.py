"""How the coordinator runs: take events, fold them, send the orders that can start, commit state and facts together."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bus.publisher import RecordTooLarge
from catalog.pools import DEFAULT_POOLS, Pools
from consumers.assembly.coordinator.dispatcher import Dispatcher
from consumers.assembly.coordinator.ports import Log, Outgoing, StateStore, StateStores
from consumers.assembly.coordinator.rebuild import rebuild
from consumers.assembly.coordinator.turns import Turns
from planning.partition.partition import LogEntry, Partition, Reducer
from planning.partition.records import Checkpoint, StateIsNewer, StateUnreadable, is_ours, job_of
from planning.placement.fleet import Fleet
from runtime.metrics import FOLD_SECONDS, count_published, timed
from runtime.telemetry import get_logger

COMMIT_EVERY_S = 0.1
IDLE_POLL_S = 0.5
NAP_S = 0.002
"""After a batch that was not full, wait this long: several small batches become one (measured on two cores)."""
RESTORING_POLL_S = 0.1
"""While something is restored: what it ends with is seen so soon."""
CLOSE_WITHIN_S = 7.0
"""A restore that was cut off closes its writer, which takes a few seconds when no broker answers."""
RETRY_S = 0.5
RETRY_NEWER_S = 30.0

log = get_logger(__name__)


@dataclass(slots=True)
class _Owned:
    """A partition that this process writes."""

    partition: Partition
    state_store: StateStore
    committed_offset: int
    committed_at: float

    @property
    def dirty(self) -> bool:
        partition = self.partition
        return (
            bool(partition.changes or partition.facts_wait) or partition.next_offset != self.committed_offset
        )


class Coordinator:
    """Folds the log partitions of its group assignment, one writer for each."""

    def __init__(
        self,
        source: Log,
        state_stores: StateStores,
        outgoing: Outgoing,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock_s: Callable[[], float] = time.monotonic,
        still: asyncio.Event | None = None,
        fleet: Fleet | None = None,
        partitions: int = 1,
        pools: Pools = DEFAULT_POOLS,
        commit_every_s: float = COMMIT_EVERY_S,
        retry_s: float = RETRY_S,
        reducer: Reducer | None = None,
    ) -> None:
        """`still` is set while nothing is in hand. `fleet` is told elsewhere what workers announce, and `partitions` is how many the log has.

        `reducer` is another than this version's own: two versions share a group while one replaces the other.
        """
        self._log = source
        self._state_stores = state_stores
        self._outgoing = outgoing
        self._now_ms = now_ms
        self._clock_s = clock_s
        self._still = still or asyncio.Event()
        self._still.set()
        self._commit_every_s = commit_every_s
        self._retry_s = retry_s
        self._reducer = reducer
        self._owned: dict[int, _Owned] = {}
        self._dispatcher = Dispatcher(outgoing, fleet or Fleet(), partitions, self._partitions, pools)
        self._restoring: dict[int, asyncio.Task[None]] = {}
        self._generation = -1
        self._stopping = False
        self._retry_at: dict[int, float] = {}
        self._lost: set[int] = set()
        self._unfit: defaultdict[int, set[str]] = defaultdict(set)
        """By partition the jobs of which the broker did not take a record: they end when they are folded again."""
        self._turned_at = clock_s()

    @property
    def ready(self) -> bool:
        """Whether every assigned partition is restored."""
        generation, partitions = self._log.assignment()
        return generation == self._generation and partitions == self._owned.keys()

    @property
    def owned(self) -> int:
        """How many partitions this process writes."""
        return len(self._owned)

    @property
    def open_jobs(self) -> int:
        """How many jobs of them have not ended."""
        return sum(owned.partition.timers.open_jobs for owned in self._owned.values())

    def _partitions(self) -> dict[int, Partition]:
        return {number: owned.partition for number, owned in self._owned.items()}

    def ready_nodes(self) -> dict[str, int]:
        """Return by pool how many nodes of them are ready and wait for a free slot."""
        return self._dispatcher.placement.waiting()

    @property
    def last_turn_age_s(self) -> float:
        """Seconds since a step of the loop ended; restores run beside it, and are bounded where they read."""
        return self._clock_s() - self._turned_at

    def stop(self) -> None:
        """End the loop after the batch in hand is committed."""
        self._stopping = True

    async def run(self) -> None:
        """Work until stopped; every failure of a partition ends in its restore, never in a lost event.

        Restores run beside the loop: nothing that they wait for or compute keeps the others from being polled,
        folded, timed and committed, and their own partitions are polled too, though paused.
        """
        try:
            while not self._stopping:
                await self._own()
                self._turned_at = self._clock_s()
                batches = await self._log.poll(self._patience_s())
                self._still.clear()
                for number, events in batches.items():
                    owned = self._owned.get(number)
                    if owned is not None:
                        await self._guard(number, self._take(owned, events))
                await self._dispatcher.turn(self._clock_s(), self._guard)
                for number, owned in list(self._owned.items()):
                    await self._guard(number, self._timers(owned))
                    if owned.dirty and (
                        owned.partition.facts_wait
                        or self._clock_s() - owned.committed_at >= self._commit_every_s
                    ):
                        await self._guard(number, self._commit(owned))
                self._still.set()
                if batches:
                    await asyncio.sleep(NAP_S)
        finally:
            self._still.set()
            self._cut_off()
            try:
                for number, owned in list(self._owned.items()):
                    if owned.dirty:
                        await self._guard(number, self._commit(owned))
            finally:
                await _to_its_end(self._let_go())

    async def _let_go(self) -> None:
        """Close every writer, also those of restores that were cut off."""
        for number in list(self._owned):
            await self._drop(number)
        if self._restoring:
            await asyncio.wait(self._restoring.values(), timeout=CLOSE_WITHIN_S)

    async def _own(self) -> None:
        """Follow the group's assignment: let go of what was taken, begin to restore what was given."""
        for number, task in list(self._restoring.items()):
            if task.done():
                del self._restoring[number]
                if not task.cancelled():
                    task.result()  # its failures were met already: this is what ends processes
        generation, partitions = self._log.assignment()
        if generation != self._generation:
            # Another process may have written in between: nothing in memory counts any more.
            self._cut_off()
            for number in list(self._owned):
                await self._drop(number)
            self._generation = generation
        now = self._clock_s()
        for number in sorted(partitions - self._owned.keys() - self._restoring.keys()):
            if now >= self._retry_at.get(number, 0.0):
                work = self._begin(number, generation)
                self._restoring[number] = asyncio.create_task(work, name=f"restore {number}")

    def _cut_off(self) -> None:
        """Cancel what is being restored, once; its place is free when its writer is closed."""
        for task in self._restoring.values():
            if not task.cancelling():
                task.cancel()

    async def _begin(self, number: int, generation: int) -> None:
        await self._guard(number, self._restore(number, generation))

    async def _restore(self, number: int, generation: int) -> None:
        state_store = await self._state_stores.open(number)
        try:
            partition = await self._restored(number, state_store)
        except BaseException:
            await _close(state_store)
            raise
        if self._log.assignment()[0] != generation:
            await _close(
                state_store, partition.roll_back()
            )  # the group has dealt anew: it may be another's by now
            return
        self._retry_at.pop(number, None)
        self._owned[number] = _Owned(partition, state_store, partition.next_offset, self._clock_s())
        self._dispatcher.placement.own(number, partition.entries)
        self._log.resume(number, partition.next_offset)
        log.info(
            "coordinator.restored",
            partition=number,
            entries=len(partition.entries),
            next_offset=partition.next_offset,
        )

    async def _restored(self, number: int, state_store: StateStore) -> Partition:
        restored = await state_store.restore()
        first, end = await self._log.bounds(number)
        next_offset = restored.next_offset
        if next_offset is None and first == end and not restored.damaged:
            next_offset = end  # nothing has happened yet
        if next_offset is None or next_offset > end or restored.damaged or number in self._lost:
            partition = await rebuild(
                number,
                restored,
                self._log,
                state_store,
                self._outgoing,
                on_defect=_defect,
                on_change=partial(self._dispatcher.placement.changed, number),
                reducer=self._reducer,
                unfit=self._unfit[number],
                turns=Turns(self._clock_s, self._still),
            )
            self._lost.discard(number)
            return partition
        if next_offset < first:
            log.error(
                "coordinator.events_lost_by_retention", partition=number, next_offset=next_offset, first=first
            )
        return Partition(
            restored.entries,
            max(next_offset, first),
            on_defect=_defect,
            on_change=partial(self._dispatcher.placement.changed, number),
            reducer=self._reducer,
            unfit=self._unfit[number],
        )

    async def _take(self, owned: _Owned, events: Sequence[LogEntry]) -> None:
        for _ in timed(owned.partition.fold(events), FOLD_SECONDS):
            # A fold that is long gives others a turn, and keeps what it holds in memory small.
            await self._send(owned)
            if owned.partition.changes:
                await self._commit(owned)
            await asyncio.sleep(0)
        await self._send(owned)

    async def _send(self, owned: _Owned) -> None:
        await self._outgoing.send((), *owned.partition.take_messages())

    async def _timers(self, owned: _Owned) -> None:
        now_ms = self._now_ms()
        if owned.partition.timers.wants_look(now_ms):
            owned.partition.scan_timers(now_ms)
        due = list(owned.partition.timers.due(now_ms))
        if due:
            await self._outgoing.fire(due)

    async def _commit(self, owned: _Owned) -> None:
        changes, facts = owned.partition.take_changes()
        next_offset = owned.partition.next_offset
        await owned.state_store.commit(changes, Checkpoint(next_offset, len(owned.partition.entries)), facts)
        owned.partition.committed()
        owned.committed_offset, owned.committed_at = next_offset, self._clock_s()
        count_published([tell.type for tell in facts])

    async def _guard(self, number: int, work: Awaitable[None]) -> None:
        """Run one step for a partition; whatever goes wrong, its memory is thrown away and restored later."""
        try:
            await work
        except asyncio.CancelledError:
            # What was folded may not have been sent: this memory must not be committed on the way out.
            await self._drop(number)
            raise
        except Exception as error:  # noqa: BLE001  # the log is the truth: restoring is the answer to any failure
            log.warning(
                "coordinator.partition_lost", partition=number, error=type(error).__name__, detail=str(error)
            )
            if isinstance(error, StateUnreadable):
                self._lost.add(number)
            if isinstance(error, RecordTooLarge):
                self._unfit[number].update((is_ours(name) and job_of(name)) or name for name in error.about)
            wait_s = RETRY_NEWER_S if isinstance(error, StateIsNewer) else self._retry_s
            self._retry_at[number] = self._clock_s() + wait_s
            await self._drop(number)
        finally:
            self._turned_at = self._clock_s()

    async def _drop(self, number: int) -> None:
        owned = self._owned.pop(number, None)
        if owned is None:
            return
        self._dispatcher.placement.forget(number)
        self._log.pause(number)
        await _close(owned.state_store, owned.partition.roll_back())

    def _patience_s(self) -> float:
        """How long the next poll may wait: until the next commit, timer or retry is due."""
        waits = [RESTORING_POLL_S if self._restoring else IDLE_POLL_S]
        now = self._clock_s()
        now_ms = self._now_ms()
        for owned in self._owned.values():
            if owned.dirty:
                waits.append(owned.committed_at + self._commit_every_s - now)
            due_ms = owned.partition.timers.next_ms(now_ms)
            if due_ms is not None:
                waits.append((due_ms - now_ms) / 1000)
        waits += [at - now for at in self._retry_at.values() if at > now]
        waits += [0.0] if self._dispatcher.placement.hurries else []
        return max(min(waits), 0.01)


async def _close(state_store: StateStore, committed: dict[str, bytes] | None = None) -> None:
    await _to_its_end(state_store.close(committed))


async def _to_its_end(work: Coroutine[Any, Any, object]) -> None:
    """Wait for work that has to be done, also when whoever asks for it is cancelled meanwhile: then that comes after it."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await working
        raise


def _defect(job_id: str, offset: int) -> None:
    log.exception("coordinator.reduce_failed", job_id=job_id, offset=offset)
