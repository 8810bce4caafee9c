"""Which mistakes the simulator must find: each is planted into the real code, and schedules run until one fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from consumers.assembly.coordinator import loop, partition
from consumers.assembly.coordinator.ports import Ledger
from planning import advance, reduce, tell
from planning.commands import Tell
from planning.state import Job, Product, due_ms
from schemas.log import AssetReady
from tests.simulation import broker, process
from tests.simulation.mutant import Catch, Change, Mutant, hunt
from tests.simulation.run import SLICE_SCHEDULES
from tests.simulation.worker_mutants import WORKER_MUTANTS


# The loop.
async def _commits_before_it_sends(self: Any, owned: Any, events: Any) -> None:
    outbox = owned.partition.apply(events)
    owned.states.update(outbox.states)
    owned.facts += outbox.facts
    await self._commit(owned)
    await self._outgoing.send(outbox.orders, outbox.stops, outbox.shows.values())


async def _forgets_facts_of_a_failed_send(self: Any, owned: Any, events: Any) -> None:
    outbox = owned.partition.apply(events)
    owned.states.update(outbox.states)
    with contextlib.suppress(ConnectionError):
        await self._outgoing.send(outbox.orders, outbox.stops, outbox.shows.values())
    owned.facts += outbox.facts


async def _commits_again_after_doubt(self: Any, owned: Any) -> None:
    states, facts, next_offset = owned.states, owned.facts, owned.partition.next_offset
    owned.states, owned.facts = {}, []
    try:
        await owned.ledger.commit(states, next_offset, facts)
    except ConnectionError:
        (number,) = (n for n, o in self._owned.items() if o is owned)
        owned.ledger = await self._ledgers.open(number)
        await owned.ledger.commit(states, next_offset, facts)
    owned.committed_offset, owned.committed_at = next_offset, self._clock_s()


async def _commits_when_cancelled(self: Any, number: int, work: Any) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception:  # noqa: BLE001  # as the original
        self._retry_at = self._clock_s() + self._retry_s
        await self._drop(number)


# The partition.
def _applies_again(self: Any, logged: Any, touched: Any, outbox: Any) -> None:
    job_id = getattr(logged.event, "job_id", "")
    job = touched.get(job_id) or self._job(job_id)
    if job is not None and logged.offset <= job.applied:
        job.applied = -1
        touched[job_id] = job
    _apply(self, logged, touched, outbox)


def _fires_once(self: Any, now_ms: int) -> list[tuple[str, int]]:
    fired = list(_due(self, now_ms))
    for job_id, due in fired:
        self._armed[job_id] = (due, -1)
    return fired


def _restores_no_timers(self: Any, entries: Mapping[str, bytes], next_offset: int) -> None:
    _init(self, {}, next_offset)
    self._entries = dict(entries)


def _hurries_timers(self: Any, job: Job) -> None:
    self._armed.pop(job.job_id, None)
    _arm(self, job)


_apply, _due, _init, _arm = (
    partition.Partition._apply,
    partition.Partition.due,
    partition.Partition.__init__,
    partition.Partition._arm,
)


# The reducer.
def _counts_results(job: Job, event: AssetReady, at_ms: int) -> Any:
    node = job.nodes[event.node_id]
    if not node.ended:
        return _ready(job, event, at_ms)
    other = next((n for n in job.nodes.values() if not n.ended), None)
    if other is None:
        return []
    other.status = "done"
    return advance.advance(job, at_ms)


def _accepts_after_the_end(job: Any, event: Any, at_ms: int) -> Any:
    late = isinstance(event, AssetReady) and job is not None and not job.open and event.run == job.run
    if late and event.node_id in job.nodes and not job.nodes[event.node_id].products:
        node = job.nodes[event.node_id]
        product = Product(role=event.products[0].role, asset=event.products[0].asset.to_json())
        return job, [tell.asset_ready(job, node, product, event)]
    return _reduce(job, event, at_ms)


def _ends_again(job: Job | None, event: Any, at_ms: int) -> Any:
    if job is None or job.open:
        return _cancel(job, event, at_ms)
    return job, advance.end_cancelled(job, event.reason, at_ms)


def _cancels_only_what_rests(job: Job | None, event: Any, at_ms: int) -> Any:
    if job is not None and any(node.status == "running" for node in job.nodes.values()):
        return job, []
    return _cancel(job, event, at_ms)


def _ignores_leases(job: Job) -> int | None:
    for node in job.nodes.values():
        if node.status == "running":
            node.lease_until_ms = 10**15
    return due_ms(job)


def _keeps_the_attempt(node: Any, retry_at_ms: int) -> None:
    _again(node, retry_at_ms)
    node.attempt -= 1


def _loses_the_hand_back(job: Job, event: Any, at_ms: int) -> Any:
    _released(job, event, at_ms)
    node = job.nodes[event.node_id]
    if node.status == "dispatched":
        node.status = "waiting"
    return []


def _result_of_any_run(job: Any, event: Any, at_ms: int) -> Any:
    if isinstance(event, AssetReady) and job is not None and event.run != job.run:
        event = event.model_copy(update={"run": job.run})
    return _reduce(job, event, at_ms)


def _tells_any_fraction(job: Job, at_ms: int) -> Any:
    job.job_fraction, job.stage = advance._fraction(job), advance._stage(job)
    job.seq += 1
    return [tell.progress(job, at_ms)]


_ready, _reduce, _cancel, _again, _released = (
    reduce._ready,
    reduce.reduce,
    reduce._cancel,
    reduce._again,
    reduce._released,
)


# The writer.
async def _reads_before_the_fence(self: Any, number: int) -> Ledger:
    read: tuple[Mapping[str, bytes], int] = self.world.partitions[number].entries()
    await self.reach()
    ledger = await _open(self, number)

    async def restore() -> tuple[Mapping[str, bytes], int]:
        return read

    ledger.restore = restore  # type: ignore[method-assign]
    return ledger


def _writes_twice(order: str) -> Any:
    """Split the one transaction into two, in this order of parts."""

    async def commit(self: Any, states: Mapping[str, bytes], next_offset: int, facts: Sequence[Tell]) -> None:
        before = self._broker.entries()[1]
        if order == "facts first":
            await _commit(self, {}, before, facts)
            await _commit(self, states, next_offset, ())
        elif order == "offset first":
            await _commit(self, {}, next_offset, ())
            await _commit(self, states, next_offset, facts)
        else:
            await _commit(self, states, before, facts)
            await _commit(self, {}, next_offset, ())

    return commit


def _reads_uncommitted(self: Any, start: int, end: int) -> Iterator[broker.Record]:
    return (r for r in self.state if start <= r.offset < end)


def _compacts_to_the_oldest(self: Any) -> None:
    oldest: dict[str, int] = {}
    for record in self.committed(0, self.stable_offset()):
        oldest.setdefault(record.key, record.offset)
    self.state = [r for r in self.state if oldest.get(r.key) == r.offset]


_open, _commit = process.Process.open, process.SimulatedLedger._commit

Reducer = Callable[..., Any]

PAGE = """# Planted bugs

Written by `make mutants`. Each of these {count} mistakes is planted into the real code, and the schedules of the
[simulator](../tests/simulation) run until one fails. `make test` runs the same {schedules} schedules and fails when a
mistake gets through them. A mistake in the coordinator's code is hunted in the schedules whose workers are modelled, one
in a worker's code in those with real workers, which are every fourth.

| planted bug | schedules with | found by schedule | because |
|---|---|---|---|
"""


def _both(wrong: Reducer) -> tuple[Change, ...]:
    """Mutate the reducer for the coordinator and for the oracle's own fold: only what must hold can catch it."""
    from tests.simulation import oracle

    return ((partition, "reduce", wrong), (oracle, "reduce", wrong))


MUTANTS = (
    Mutant("a counter of results instead of a set of nodes", ((reduce, "_ready", _counts_results),)),
    Mutant(
        "commit before the orders are acknowledged",
        ((loop.Coordinator, "_take", _commits_before_it_sends),),
    ),
    Mutant("a failed send is ignored", ((loop.Coordinator, "_take", _forgets_facts_of_a_failed_send),)),
    Mutant(
        "an uncertain commit is tried again", ((loop.Coordinator, "_commit", _commits_again_after_doubt),)
    ),
    Mutant(
        "a cancelled loop commits what it did not send",
        ((loop.Coordinator, "_guard", _commits_when_cancelled),),
    ),
    Mutant("no check of what was applied", ((partition.Partition, "_apply", _applies_again),)),
    Mutant("a timer fires once and never again", ((partition.Partition, "due", _fires_once),)),
    Mutant("timers are not armed after a restore", ((partition.Partition, "__init__", _restores_no_timers),)),
    Mutant("a timer is hurried by its own events", ((partition.Partition, "_arm", _hurries_timers),)),
    Mutant("refusals are not remembered", ((partition.Partition, "_refused", lambda *_: False),)),
    Mutant("leases are ignored", ((partition, "due_ms", _ignores_leases),)),
    Mutant("a renewal is ignored", ((reduce, "_renewed", lambda *_: []),)),
    Mutant("a cancel misses what runs", ((reduce, "_cancel", _cancels_only_what_rests),)),
    Mutant("a job that has ended is ended again", ((reduce, "_cancel", _ends_again),)),
    Mutant("results after the end are told", _both(_accepts_after_the_end)),
    Mutant("results of another run are taken", _both(_result_of_any_run)),
    Mutant("a retry is not a new attempt", ((reduce, "_again", _keeps_the_attempt),)),
    Mutant("a hand-back is lost", ((reduce, "_released", _loses_the_hand_back),)),
    Mutant("a repeated cancel or replay is obeyed again", ((reduce, "_obeyed", lambda *_: False),)),
    Mutant("progress may fall", ((advance, "moved", _tells_any_fraction),)),
    Mutant("restore before the fence", ((process.Process, "open", _reads_before_the_fence),)),
    Mutant("a zombie may write", ((broker.BrokerPartition, "_check", lambda *_: None),)),
    Mutant(
        "facts are committed before their state",
        ((process.SimulatedLedger, "_commit", _writes_twice("facts first")),),
    ),
    Mutant(
        "the offset is committed before its state",
        ((process.SimulatedLedger, "_commit", _writes_twice("offset first")),),
    ),
    Mutant(
        "the offset is committed later, nothing else checks",
        (
            (process.SimulatedLedger, "_commit", _writes_twice("offset last")),
            (partition.Partition, "_apply", _applies_again),
        ),
    ),
    Mutant("restore reads what was aborted", ((broker.BrokerPartition, "committed", _reads_uncommitted),)),
    Mutant(
        "compaction keeps the oldest state", ((broker.BrokerPartition, "compact", _compacts_to_the_oldest),)
    ),
)


ALL_MUTANTS = (*MUTANTS, *WORKER_MUTANTS)
TABLE = Path(__file__).parents[2] / "docs" / "planted-bugs.md"


def hunt_all(schedules: int = SLICE_SCHEDULES, processes: int = 2) -> list[Catch]:
    """Hunt every mutant in the same schedules, several at a time."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_hunt, range(len(ALL_MUTANTS)), repeat(schedules)))


def _hunt(number: int, schedules: int) -> Catch:
    return hunt(ALL_MUTANTS[number], schedules)


def table(catches: Sequence[Catch]) -> str:
    """Return the catches as a page."""
    rows = [
        f"| {catch.name} | {'real worker' if mutant.real else 'coordinator'} | {catch.found_by} | {catch.short} |"
        for mutant, catch in zip(ALL_MUTANTS, catches, strict=True)
    ]
    return PAGE.format(count=len(rows), schedules=f"{SLICE_SCHEDULES:,}") + "\n".join(rows) + "\n"


def main() -> int:
    """Print how long each mutant lived, and write the table."""
    catches = hunt_all()
    print(f"{'mutant':<54}found by schedule, CPU time, as")
    for catch in catches:
        print(catch.row())
    TABLE.write_text(table(catches))
    return sum(not catch.violation for catch in catches)


if __name__ == "__main__":
    raise SystemExit(main())
