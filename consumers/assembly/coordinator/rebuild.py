"""How the state of a partition is made again from its log, when `media.state` has lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Set
from contextlib import aclosing
from itertools import chain, islice
from typing import TypeVar

from consumers.assembly.coordinator.ports import Log, Outgoing, Restored, StateStore
from consumers.assembly.coordinator.turns import Turns
from planning.job.commands import Dispatch, FollowTicket, Notice, PublishFact
from planning.job.dispatch import followed, outstanding
from planning.job.state import Job
from planning.partition import records
from planning.partition.partition import Defect, Partition, Reducer
from runtime.telemetry import get_logger
from schemas.facts import AssetReady
from schemas.identity import terminal_event_id
from schemas.log import JobAccepted

AT_ONCE = 100
"""So many records, facts or orders are written together: a few milliseconds of work at a time."""
CALLED_OFF_KEPT = 10_000
"""So many tickets that were called off are told again."""
FOLDED_AT_ONCE = 5
"""So many events are folded between two looks at the clock: about a millisecond."""

T = TypeVar("T")

log = get_logger(__name__)


async def rebuild(
    number: int,
    restored: Restored,
    source: Log,
    state_store: StateStore,
    outgoing: Outgoing,
    *,
    on_defect: Defect,
    on_change: Callable[[Job], None],
    reducer: Reducer | None = None,
    unfit: set[str] | None = None,
    turns: Turns,
) -> Partition:
    """Fold the whole log again, publish what was not published yet, and leave ready whatever nobody has claimed.

    What is ready is sent when there are slots for it. Of the old state only jobs are kept whose beginning the log has
    no longer; of what they went through since, the log still has the rest. Orders, facts and results have derived
    ids, so whoever gets one again knows it.
    `unfit` are the jobs of which the broker does not take a record: they end.

    Raises:
        StateIsNewer: what must be kept was written by a newer version.
    """
    log.warning("coordinator.rebuild_begins", partition=number, damaged=len(restored.damaged))
    published = await state_store.published_ids()
    kept = await _what_the_log_has_lost(number, restored, source, turns)
    unfit = unfit if unfit is not None else set()
    partition = Partition(dict(kept), 0, reducer=reducer, unfit=unfit)
    facts: list[PublishFact] = []
    called_off: dict[str, FollowTicket] = {}
    async with aclosing(source.history(number)) as history:
        async for events in history:
            for few in _batched(events, FOLDED_AT_ONCE):
                for _ in partition.fold(few):
                    await turns.give()
                facts += _news(partition.take_changes()[1], published)
                partition.committed()
                _note_called_off(partition.take_messages()[0], called_off)
                await turns.give()
    for job_id in sorted(unfit):  # nothing in the log has made their orders, but they are open
        partition.give_up(job_id)
    async for job_id in _ended_elsewise(partition, published, turns):
        partition.give_up(job_id)
    facts += _news(partition.take_changes()[1], published)
    partition.committed()
    _note_called_off(partition.take_messages()[0], called_off)
    entries, next_offset = partition.entries, max(partition.next_offset, (await source.bounds(number))[0])
    await _write(restored, entries, facts, state_store, turns)
    await _send_again(entries, called_off.values(), outgoing, turns)
    await state_store.commit({}, records.Checkpoint(next_offset, len(entries)), ())
    counts = {"entries": len(entries), "kept": len(kept), "facts": len(facts), "next_offset": next_offset}
    log.warning("coordinator.rebuild_ended", partition=number, **counts)
    return Partition(
        entries, next_offset, on_defect=on_defect, on_change=on_change, reducer=reducer, unfit=unfit
    )


async def _write(
    restored: Restored,
    entries: Mapping[str, bytes],
    facts: Iterable[PublishFact],
    state_store: StateStore,
    turns: Turns,
) -> None:
    """Publish facts, then write states in the place of those that were there.

    Without an offset the state is lost for everybody: a crash from here on begins all of it again.
    """
    await state_store.commit({records.NEXT_OFFSET: None}, None, ())
    for some in _batched(facts):
        await state_store.commit({}, None, some)
    known = chain(restored.entries, restored.damaged)
    gone = [key async for key in turns.over(known) if key not in entries]
    for keys in _batched(chain(gone, entries)):
        await state_store.commit({key: entries.get(key) for key in keys}, None, ())


def _news(facts: Iterable[PublishFact], published: Set[str]) -> list[PublishFact]:
    """Return what was not published yet. No asset follows the end of a run: one that did not fit may have ended early."""
    return [tell for tell in facts if tell.event_id not in published and _end_of(tell) not in published]


def _end_of(tell: PublishFact) -> str:
    """The id of the end before which this must stand; what answers another request may come later."""
    return terminal_event_id(tell.key, tell.fact.run) if isinstance(tell.fact, AssetReady) else ""


async def _what_the_log_has_lost(
    number: int, restored: Restored, source: Log, turns: Turns
) -> dict[str, bytes]:
    """Return the records of jobs that retention has taken the beginning of."""
    first, _ = await source.bounds(number)
    if first == 0:
        return {}
    begun: set[str] = set()
    async with aclosing(source.history(number)) as history:
        async for events in history:
            begun.update(entry.event.job_id for entry in events if isinstance(entry.event, JobAccepted))
            await turns.give()
    damaged = {records.job_of(key) for key in restored.damaged}
    lost = begun | {job_id for job_id in damaged if job_id is not None}
    entries = restored.entries
    return {key: entries[key] async for key in turns.over(entries) if records.job_of(key) not in lost}


async def _ended_elsewise(partition: Partition, published: Set[str], turns: Turns) -> AsyncIterator[str]:
    """Yield the open jobs whose end was told: they ended for what no event says, as that a broker did not take their order."""
    async for key in turns.over(list(partition.entries)):
        value = partition.entries[key]
        if records.is_job(key) and records.header_of(value).open:
            job = records.read_job(key, partition.entries)
            if job is not None and terminal_event_id(key, job.run) in published:
                yield key


def _note_called_off(notices: Iterable[Notice], called_off: dict[str, FollowTicket]) -> None:
    """Keep what strangers were to be told by whoever folded this before: it may not have been sent.

    Being called off once more is harmless; of very many the oldest are left to end by themselves.
    """
    for notice in notices:
        if isinstance(notice, FollowTicket):
            called_off.pop(notice.task_id, None)
            if notice.ticket is not None and notice.ticket.called_off is not None:
                called_off[notice.task_id] = notice
    while len(called_off) > CALLED_OFF_KEPT:
        del called_off[next(iter(called_off))]


async def _send_again(
    entries: Mapping[str, bytes], called_off: Iterable[Notice], outgoing: Outgoing, turns: Turns
) -> None:
    for words in _batched(called_off):
        await outgoing.send([], list(words), ())
    orders: list[Dispatch] = []
    tickets: list[Notice] = []
    async for key, value in turns.over(entries.items()):
        if not (records.is_job(key) and records.header_of(value).open):
            continue
        job = records.read_job(key, entries)
        if job is None:
            continue
        orders += outstanding(job)
        tickets += followed(job)
        if len(orders) + len(tickets) >= AT_ONCE:
            await outgoing.send(orders, tickets, ())
            orders, tickets = [], []
    await outgoing.send(orders, tickets, ())


def _batched(items: Iterable[T], at_once: int = AT_ONCE) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, at_once)):
        yield some
