"""How the coordinator runs: take events, fold them, send orders at once, commit state and facts together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from consumers.assembly.coordinator.partition import Logged, Partition
from consumers.assembly.coordinator.ports import Ledger, Ledgers, Log, Outgoing
from planning.commands import Tell
from runtime.metrics import facts_told
from runtime.telemetry import get_logger

COMMIT_EVERY_S = 0.1
IDLE_POLL_S = 0.5
NAP_S = 0.002
"""After a batch that was not full, wait this long: several small batches become one (measured on two cores)."""
RETRY_S = 0.5

log = get_logger(__name__)


@dataclass(slots=True)
class _Owned:
    """A partition that this process writes, with what is folded but not committed yet."""

    partition: Partition
    ledger: Ledger
    states: dict[str, bytes] = field(default_factory=dict)
    facts: list[Tell] = field(default_factory=list)
    committed_offset: int = 0
    committed_at: float = 0.0

    @property
    def dirty(self) -> bool:
        return bool(self.states or self.facts) or self.partition.next_offset != self.committed_offset


class Coordinator:
    """Folds the log partitions of its group assignment, one writer for each."""

    def __init__(
        self,
        source: Log,
        ledgers: Ledgers,
        outgoing: Outgoing,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock_s: Callable[[], float] = time.monotonic,
        commit_every_s: float = COMMIT_EVERY_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._log = source
        self._ledgers = ledgers
        self._outgoing = outgoing
        self._now_ms = now_ms
        self._clock_s = clock_s
        self._commit_every_s = commit_every_s
        self._retry_s = retry_s
        self._owned: dict[int, _Owned] = {}
        self._generation = -1
        self._stopping = False
        self._retry_at = 0.0

    @property
    def ready(self) -> bool:
        """Whether every assigned partition is restored."""
        generation, partitions = self._log.assignment()
        return generation == self._generation and partitions == self._owned.keys()

    def stop(self) -> None:
        """End the loop after the batch in hand is committed."""
        self._stopping = True

    async def run(self) -> None:
        """Work until stopped; every failure of a partition ends in its restore, never in a lost event."""
        try:
            while not self._stopping:
                await self._own()
                batches = await self._log.poll(self._patience_s())
                for number, events in batches.items():
                    owned = self._owned.get(number)
                    if owned is not None:
                        await self._guard(number, self._take(owned, events))
                for number, owned in list(self._owned.items()):
                    await self._guard(number, self._timers(owned))
                    if owned.dirty and (
                        owned.facts or self._clock_s() - owned.committed_at >= self._commit_every_s
                    ):
                        await self._guard(number, self._commit(owned))
                if batches:
                    await asyncio.sleep(NAP_S)
        finally:
            for number, owned in list(self._owned.items()):
                if owned.dirty:
                    await self._guard(number, self._commit(owned))
            for number in list(self._owned):
                await self._drop(number)

    async def _own(self) -> None:
        """Follow the group's assignment: let go of what was taken, restore what was given."""
        generation, partitions = self._log.assignment()
        if generation != self._generation:
            # Another process may have written in between: nothing in memory counts any more.
            for number in list(self._owned):
                await self._drop(number)
            self._generation = generation
        if self._clock_s() < self._retry_at:
            return
        for number in sorted(partitions - self._owned.keys()):
            await self._guard(number, self._restore(number))

    async def _restore(self, number: int) -> None:
        ledger = await self._ledgers.open(number)
        try:
            entries, next_offset = await ledger.restore()
        except BaseException:
            await ledger.close()
            raise
        partition = Partition(entries, next_offset)
        self._owned[number] = _Owned(partition, ledger, committed_offset=next_offset)
        self._log.resume(number, next_offset)
        log.info("coordinator.restored", partition=number, entries=len(entries), next_offset=next_offset)

    async def _take(self, owned: _Owned, events: Sequence[Logged]) -> None:
        outbox = owned.partition.apply(events)
        # Orders are acknowledged before the state that says "dispatched" can be committed: none is ever lost.
        await self._outgoing.send(outbox.orders, outbox.stops, outbox.shows.values())
        owned.states.update(outbox.states)
        owned.facts += outbox.facts

    async def _timers(self, owned: _Owned) -> None:
        due = list(owned.partition.due(self._now_ms()))
        if due:
            await self._outgoing.fire(due)

    async def _commit(self, owned: _Owned) -> None:
        states, facts = owned.states, owned.facts
        owned.states, owned.facts = {}, []
        next_offset = owned.partition.next_offset
        await owned.ledger.commit(states, next_offset, facts)
        owned.committed_offset, owned.committed_at = next_offset, self._clock_s()
        facts_told([tell.type for tell in facts])

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
            self._retry_at = self._clock_s() + self._retry_s
            await self._drop(number)

    async def _drop(self, number: int) -> None:
        owned = self._owned.pop(number, None)
        if owned is None:
            return
        self._log.pause(number)
        await owned.ledger.close()

    def _patience_s(self) -> float:
        """How long the next poll may wait: until the next commit, timer or retry is due."""
        waits = [IDLE_POLL_S]
        now = self._clock_s()
        now_ms = self._now_ms()
        for owned in self._owned.values():
            if owned.dirty:
                waits.append(owned.committed_at + self._commit_every_s - now)
            due_ms = owned.partition.next_due_ms()
            if due_ms is not None:
                waits.append((due_ms - now_ms) / 1000)
        if self._retry_at > now:
            waits.append(self._retry_at - now)
        return max(min(waits), 0.01)
