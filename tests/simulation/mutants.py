"""Which mistakes the simulator must find: each is planted into the real code, and schedules run until one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from consumers.assembly.coordinator import loop, rebuild
from consumers.assembly.coordinator.ports import Restored, StateStore
from consumers.assembly.coordinator.replica import Replica
from planning.job import advance, facts, reduce, retry
from planning.job.commands import PublishFact
from planning.job.lifecycle import NodeStatus
from planning.job.state import Job, Product, due_ms
from planning.partition import partition, records, timers
from planning.partition.records import Checkpoint
from schemas import identity
from schemas.log import Asked, TaskSucceeded
from tests.simulation import broker, process
from tests.simulation.deferred_mutants import DEFERRED_MUTANTS
from tests.simulation.host_mutants import HOST_MUTANTS
from tests.simulation.lifecycle_mutants import LIFECYCLE_MUTANTS
from tests.simulation.mutant import Catch, Change, Mutant, hunt
from tests.simulation.placement_mutants import PLACEMENT_MUTANTS
from tests.simulation.pool_mutants import POOL_MUTANTS
from tests.simulation.recipe_mutants import RECIPE_MUTANTS
from tests.simulation.run import SLICE_SCHEDULES
from tests.simulation.size_mutants import SIZE_MUTANTS
from tests.simulation.worker_mutants import WORKER_MUTANTS


# The loop.
async def _forgets_facts_of_a_failed_send(self: Any, owned: Any, events: Any) -> None:
    for _ in owned.partition.fold(events):
        pass
    try:
        await self._outgoing.send((), *owned.partition.take_messages())
    except ConnectionError:
        owned.partition.outbox.facts.clear()


async def _commits_again_after_doubt(self: Any, owned: Any) -> None:
    changes, facts = owned.partition.take_changes()
    next_offset = owned.partition.next_offset
    checkpoint = Checkpoint(next_offset, len(owned.partition.entries))
    try:
        await owned.state_store.commit(changes, checkpoint, facts)
    except ConnectionError:
        (number,) = (n for n, o in self._owned.items() if o is owned)
        owned.state_store = await self._state_stores.open(number)
        await owned.state_store.commit(changes, checkpoint, facts)
    owned.partition.committed()
    owned.committed_offset, owned.committed_at = next_offset, self._clock_s()


async def _commits_when_cancelled(self: Any, number: int, work: Any) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception:  # noqa: BLE001  # as the original
        self._retry_at[number] = self._clock_s() + self._retry_s
        await self._drop(number)


async def _waits_for_every_restore(self: Any) -> None:
    await _own(self)
    if self._restoring:
        await asyncio.wait(self._restoring.values())


async def _takes_a_restore_of_any_generation(self: Any, number: int, generation: int) -> None:
    state_store = await self._state_stores.open(number)
    try:
        read = await self._restored(number, state_store)
    except BaseException:
        await state_store.close()
        raise
    self._owned[number] = loop._Owned(read, state_store, read.next_offset, self._clock_s())
    self._log.resume(number, read.next_offset)


async def _closes_what_was_committed_only(state_store: Any, committed: Any = None) -> None:
    if committed is not None:
        await state_store.close(committed)


# The partition.
def _applies_again(self: Any, events: Any) -> Any:
    for entry in events:
        job = self.job(getattr(entry.event, "job_id", ""))
        if job is not None and entry.offset <= job.applied:
            job.applied = -1
        yield from _fold(self, [entry])


def _fires_once(self: Any, now_ms: int) -> list[tuple[str, int]]:
    fired = list(_due(self, now_ms))
    for job_id, due in fired:
        self._armed[job_id] = (due, -1, 0)
    return fired


def _finds_no_timers(self: Any, now_ms: int, log_ms: int) -> list[str]:
    self._edge_ms, self._next_round_ms = now_ms + 10**9, now_ms + 10**9
    return []


def _hurries_timers(self: Any, job_id: str, due: int) -> None:
    self._armed.pop(job_id, None)
    _arm(self, job_id, due)


def _keeps_what_was_not_committed(self: Any) -> dict[str, bytes]:
    kept: dict[str, bytes] = self.entries
    return kept


def _writes_the_first_part_only(job: Job) -> dict[str, bytes]:
    parts = _parts_of(job)
    return {key: part for key, part in parts.items() if len(parts) == 1 or not key.endswith("/p1")}


async def _rebuilds_and_tells_everything_again(*given: Any, **named: Any) -> Any:
    async def nothing_published() -> set[str]:
        return set()

    given[3].published_ids = nothing_published
    return await _rebuild(*given, **named)


def _misses_nothing(self: Any) -> Restored:
    return Restored(
        self.entries, self.checkpoint.next_offset if self.checkpoint else None, tuple(self.damaged)
    )


def _believes_any_record(self: Any, key: bytes | None, value: bytes | None, headers: Any) -> None:
    _take(self, key, value, headers)
    self.damaged.clear()


_own = loop.Coordinator._own
_fold, _due, _arm, _parts_of, _rebuild, _take = (
    partition.Partition.fold,
    timers.Timers.due,
    timers.Timers._arm,
    records.parts_of,
    rebuild.rebuild,
    Replica.take,
)


# The reducer.
def _counts_results(job: Job, event: TaskSucceeded, at_ms: int) -> Any:
    node = job.nodes[event.node_id]
    if not node.ended:
        return _task_succeeded(job, event, at_ms)
    other = next((n for n in job.nodes.values() if not n.ended), None)
    if other is None:
        return []
    other.status = NodeStatus.DONE
    return advance.advance(job, at_ms)


def _accepts_after_the_end(job: Any, event: Any, at_ms: int) -> Any:
    late = isinstance(event, TaskSucceeded) and job is not None and not job.open and event.run == job.run
    if late and event.node_id in job.nodes and not job.nodes[event.node_id].products:
        node = job.nodes[event.node_id]
        product = Product(role=event.products[0].role, asset=event.products[0].asset.to_json())
        return job, [facts.asset_ready(job, node, product, event, main=True)]
    return _reduce(job, event, at_ms)


def _ends_again(job: Job | None, event: Any, at_ms: int) -> Any:
    if job is None or job.open:
        return _cancel(job, event, at_ms)
    return job, advance.end_cancelled(job, event.reason, at_ms)


def _cancels_only_what_rests(job: Job | None, event: Any, at_ms: int) -> Any:
    if job is not None and any(node.status == NodeStatus.RUNNING for node in job.nodes.values()):
        return job, []
    return _cancel(job, event, at_ms)


def _ignores_leases(job: Job) -> int | None:
    for node in job.nodes.values():
        if node.status == NodeStatus.RUNNING:
            node.lease_until_ms = 10**15
    return due_ms(job)


def _keeps_the_attempt(node: Any, retry_at_ms: int, because: Any, **known: bool) -> None:
    _reschedule(node, retry_at_ms, because, **known)
    node.attempt -= 1


def _outages_use_up_attempts(job: Any, node: Any, event: Any, at_ms: int) -> int | None:
    node.failures += 1
    may = retry.may_retry(node, retryable=event.retryable)
    return at_ms + retry.backoff_ms(job, node, event.code) if may else None


def _loses_the_hand_back(job: Job, event: Any, at_ms: int) -> Any:
    _released(job, event, at_ms)
    node = job.nodes[event.node_id]
    if node.status == NodeStatus.READY:
        node.status = NodeStatus.WAITING
    return []


def _result_of_any_run(job: Any, event: Any, at_ms: int) -> Any:
    if isinstance(event, TaskSucceeded) and job is not None and event.run != job.run:
        event = event.model_copy(update={"run": job.run})
    return _reduce(job, event, at_ms)


def _tells_any_fraction(job: Job, at_ms: int) -> Any:
    job.job_fraction, job.stage = advance._fraction(job), advance._stage(job)
    job.seq += 1
    return [facts.progress(job, at_ms)]


def _tells_refusals_by_id_alone(request_id: str, mark: str = "") -> str:
    return _rejected_event_id(request_id)


_rejected_event_id = identity.rejected_event_id
_task_succeeded, _reduce, _cancel, _reschedule, _released = (
    reduce._task_succeeded,
    reduce.reduce,
    reduce._cancel,
    retry.reschedule,
    reduce._released,
)


# The writer.
async def _reads_before_the_fence(self: Any, number: int) -> StateStore:
    read = self.world.partitions[number].entries()
    await self.reach()
    state_store = await _open(self, number)

    async def restore() -> Restored:
        return Restored(*read)

    state_store.restore = restore  # type: ignore[method-assign]
    return state_store


def _writes_twice(order: str) -> Any:
    """Split the one transaction into two, in this order of parts."""

    async def commit(
        self: Any,
        states: Mapping[str, bytes | None],
        checkpoint: Checkpoint | None,
        facts: Sequence[PublishFact],
    ) -> None:
        before = Checkpoint(self._broker.entries()[1])
        if order == "facts first":
            await _commit(self, {}, before, facts)
            await _commit(self, states, checkpoint, ())
        elif order == "offset first":
            await _commit(self, {}, checkpoint, ())
            await _commit(self, states, checkpoint, facts)
        else:
            await _commit(self, states, before, facts)
            await _commit(self, {}, checkpoint, ())

    return commit


def _reads_uncommitted(self: Any, start: int, end: int) -> Iterator[broker.Record]:
    return (r for r in self.state if start <= r.offset < end)


def _compacts_to_the_oldest(self: Any) -> None:
    oldest: dict[str, int] = {}
    for record in self.committed(0, self.stable_offset()):
        oldest.setdefault(record.key, record.offset)
    self.state = [r for r in self.state if oldest.get(r.key) == r.offset]


_open, _commit = process.Process.open, process.SimulatedStateStore._commit

Reducer = Callable[..., Any]

PAGE = """# Planted bugs

Written by `make mutants`. Each of these {count} mistakes is planted into the real code, and the schedules of the
[simulator](../tests/simulation) run until one fails. `make test` runs the same {schedules} schedules, hunts
those of `tests/simulation/hunted.txt`, and fails when one of these gets through. A mistake in the coordinator's code is hunted in the schedules whose workers are modelled, one
in a worker's code in those with real workers, which are every fourth.

| planted bug | schedules with | found by schedule | because |
|---|---|---|---|
"""


def _both(wrong: Reducer) -> tuple[Change, ...]:
    """Mutate the reducer for the coordinator and for the oracle's own fold: only what must hold can catch it."""
    from tests.simulation import oracle

    return ((partition, "reduce", wrong), (oracle, "reduce", wrong))


MUTANTS = (
    Mutant("a counter of results instead of a set of nodes", ((reduce, "_task_succeeded", _counts_results),)),
    Mutant("a failed send is ignored", ((loop.Coordinator, "_take", _forgets_facts_of_a_failed_send),)),
    Mutant(
        "an uncertain commit is tried again", ((loop.Coordinator, "_commit", _commits_again_after_doubt),)
    ),
    Mutant(
        "a cancelled loop commits what it did not send",
        ((loop.Coordinator, "_guard", _commits_when_cancelled),),
    ),
    Mutant(
        "polling waits for a restore",
        ((loop.Coordinator, "_own", _waits_for_every_restore),),
    ),
    Mutant(
        "a restore that began in an old generation is taken",
        (
            (loop.Coordinator, "_restore", _takes_a_restore_of_any_generation),
            (loop.Coordinator, "_cut_off", lambda _: None),
        ),
    ),
    Mutant(
        "a restore that was cut off leaves its writer open",
        ((loop, "_close", _closes_what_was_committed_only),),
    ),
    Mutant("no check of what was applied", ((partition.Partition, "fold", _applies_again),)),
    Mutant("a timer fires once and never again", ((timers.Timers, "due", _fires_once),)),
    Mutant("timers are not armed after a restore", ((timers.Timers, "look", _finds_no_timers),)),
    Mutant("a timer is hurried by its own events", ((timers.Timers, "_arm", _hurries_timers),)),
    Mutant(
        "what was not committed is kept warm",
        ((partition.Partition, "roll_back", _keeps_what_was_not_committed),),
    ),
    Mutant("one part of a large job is not written", ((records, "parts_of", _writes_the_first_part_only),)),
    Mutant("a rebuild tells all again", ((loop, "rebuild", _rebuilds_and_tells_everything_again),)),
    Mutant("damaged records are passed over", ((Replica, "take", _believes_any_record),)),
    Mutant("records that are gone are not missed", ((Replica, "restored", _misses_nothing),)),
    Mutant("refusals are not remembered", ((partition.Partition, "_refused", lambda *_: False),)),
    Mutant("leases are ignored", ((timers, "due_ms", _ignores_leases), (records, "due_ms", _ignores_leases))),
    Mutant("a renewal is ignored", ((reduce, "_renewed", lambda *_: []),)),
    Mutant("a cancel misses what runs", ((reduce, "_cancel", _cancels_only_what_rests),)),
    Mutant("a job that has ended is ended again", ((reduce, "_cancel", _ends_again),)),
    Mutant("results after the end are told", _both(_accepts_after_the_end)),
    Mutant("results of another run are taken", _both(_result_of_any_run)),
    Mutant("a retry is not a new attempt", ((retry, "reschedule", _keeps_the_attempt),)),
    Mutant("an outage uses up attempts", ((retry, "next_attempt_ms", _outages_use_up_attempts),)),
    Mutant("a hand-back is lost", ((reduce, "_released", _loses_the_hand_back),)),
    Mutant("a repeated cancel or replay is obeyed again", ((reduce, "_first_time", lambda *_: True),)),
    Mutant("a stranger's cancel or replay is obeyed", ((reduce, "_stranger", lambda *_: False),)),
    Mutant(
        "a refused id silences another source's request",
        ((Asked, "note", property(lambda event: event.request_id)),),
    ),
    Mutant("two refusals have one id", ((identity, "rejected_event_id", _tells_refusals_by_id_alone),)),
    Mutant("another source's equal request is told nothing", ((reduce, "_answer", lambda *_: []),)),
    Mutant("progress may fall", ((advance, "moved", _tells_any_fraction),)),
    Mutant("restore before the fence", ((process.Process, "open", _reads_before_the_fence),)),
    Mutant("a zombie may write", ((broker.BrokerPartition, "_check", lambda *_: None),)),
    Mutant(
        "facts are committed before their state",
        ((process.SimulatedStateStore, "_commit", _writes_twice("facts first")),),
    ),
    Mutant(
        "the offset is committed before its state",
        ((process.SimulatedStateStore, "_commit", _writes_twice("offset first")),),
    ),
    Mutant(
        "the offset is committed later, nothing else checks",
        (
            (process.SimulatedStateStore, "_commit", _writes_twice("offset last")),
            (partition.Partition, "fold", _applies_again),
        ),
    ),
    Mutant("restore reads what was aborted", ((broker.BrokerPartition, "committed", _reads_uncommitted),)),
    Mutant(
        "compaction keeps the oldest state", ((broker.BrokerPartition, "compact", _compacts_to_the_oldest),)
    ),
)


ALL_MUTANTS = (
    *MUTANTS,
    *WORKER_MUTANTS,
    *SIZE_MUTANTS,
    *RECIPE_MUTANTS,
    *LIFECYCLE_MUTANTS,
    *POOL_MUTANTS,
    *PLACEMENT_MUTANTS,
    *DEFERRED_MUTANTS,
    *HOST_MUTANTS,
)
TABLE = Path(__file__).parents[2] / "docs" / "planted-bugs.md"


HUNTED = frozenset((Path(__file__).parent / "hunted.txt").read_text("utf-8").splitlines())
"""Those that every test run hunts; `make mutants` hunts all."""


def hunt_all(
    schedules: int = SLICE_SCHEDULES, processes: int = 2, names: frozenset[str] | None = None
) -> list[Catch]:
    """Hunt every mutant, or those of these names, in the same schedules, several at a time."""
    numbers = [n for n, mutant in enumerate(ALL_MUTANTS) if names is None or mutant.name in names]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_hunt, numbers, repeat(schedules)))


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
