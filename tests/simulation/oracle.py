"""What must hold after every schedule, seen as a reader of the public topics and of the log would see it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from planning.job.commands import PublishFact
from planning.job.reduce import reduce
from planning.job.state import Job
from planning.partition.records import OBEYED as OBEYED_KEY
from planning.partition.records import REFUSED as REFUSED_KEY
from planning.partition.records import StateUnreadable, is_job, parts_of, read_job, unpack
from planning.partition.timers import REPEAT_MS
from schemas.codes import OUTAGES
from schemas.facts import TERMINAL_TYPES
from schemas.log import (
    CancelMatching,
    CancelRequested,
    JobAccepted,
    ReplayRequested,
    RequestRejected,
    TaskEvent,
    TaskSucceeded,
)
from tests.simulation.answers import ACCEPTED, REFUSED, begins_a_run, every_request_has_its_answer, header_of
from tests.simulation.broker import BrokerPartition
from tests.simulation.pools import no_worker_that_cannot_costs_anything
from tests.simulation.sizes import sizes_verdict

if TYPE_CHECKING:
    from tests.simulation.world import World

ASSET = "media.asset.ready.v1"
HEALTHY = {"deadline_exceeded", "unsupported"}
"""Why jobs fail in a healthy world; of the second the sizes are looked at."""
PROMPT_MS = 3_000
"""What a fact may wait in a world without faults: a first restore after the group has settled."""


def verdict(world: World) -> Iterator[str]:
    """Yield everything that is wrong with a finished schedule."""
    healthy = not world.luck.used
    for partition in world.partitions:
        told = partition.told()
        # Two versions of the reducer need not agree, and none knows what a broker does not take; but what follows holds.
        if not world.mixed and not world.sizes.refused:
            yield from _state_is_the_fold_of_the_log(partition, told, healthy=healthy)
        yield from _runs_begin_and_end_once(told)
        yield from _every_asset_was_made(partition, told)
        yield from every_request_has_its_answer(partition.log, told)
        yield from _a_cancel_before_the_last_result_cancels(partition, told)
        yield from _nothing_is_left_open(partition)
        yield from world.recipes.verdict(partition.log)
        yield from no_worker_that_cannot_costs_anything(partition.log, told)
        yield from _jobs_fail_for_a_reason(
            partition, told, healthy=healthy, one_attempt=world.strangers is None
        )
    yield from sizes_verdict(world)
    if world.strangers is not None:
        yield from world.strangers.verdict()
    yield from _progress_never_falls(world)
    yield from _timers_are_not_hurried(world)
    yield from world.placing.verdict()


def _state_is_the_fold_of_the_log(
    partition: BrokerPartition, told: list[PublishFact], *, healthy: bool
) -> Iterator[str]:
    jobs: dict[str, Job] = {}
    refused: set[str] = set()
    expected: list[tuple[str, str]] = []
    causes_ms: list[int] = []
    obeyed: set[str] = set()
    for entry in partition.log:
        event = entry.event
        if isinstance(event, CancelRequested | ReplayRequested) and header_of(event) in refused:
            continue
        if isinstance(event, CancelMatching):
            concerned = [] if header_of(event) in obeyed else list(jobs)
            obeyed.add(header_of(event))
        else:
            concerned = ["" if isinstance(event, RequestRejected) else event.job_id]
        for job_id in concerned:
            before = jobs.get(job_id)
            if isinstance(event, CancelMatching) and not (
                before is not None and before.open and event.labels.items() <= before.labels.items()
            ):
                continue
            job, commands = reduce(before, event, entry.at_ms)
            if job is not None:
                jobs[job_id] = job
                job.applied = entry.offset
            for command in commands:
                if isinstance(command, PublishFact):
                    if command.type == REFUSED:
                        if header_of(event) in refused:  # type: ignore[arg-type]  # only requests are refused
                            continue
                        refused.add(header_of(event))  # type: ignore[arg-type]
                    expected.append((command.key, f"{command.type} {command.event_id}"))
                    causes_ms.append(entry.at_ms)
    found = [(tell.key, f"{tell.type} {tell.event_id}") for tell in told]
    if _by_key(found) != _by_key(expected):
        missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
        what = f"missing {dict(missing)}, extra {dict(extra)}" if missing or extra else "their order differs"
        yield f"partition {partition.number}: the facts are not those of the log: {what}"
    elif healthy:
        waited_ms = max((b - a for a, b in zip(causes_ms, partition.told_ms(), strict=True)), default=0)
        if waited_ms > PROMPT_MS:
            yield f"nothing was wrong, and a fact waited {waited_ms} ms for its commit"
    entries, _ = partition.entries()
    expected_parts = {key: content for job in jobs.values() for key, content in parts_of(job).items()}
    expected_parts |= {REFUSED_KEY + mark: b"{}" for mark in refused}
    expected_parts |= {OBEYED_KEY + mark: b"{}" for mark in obeyed}
    stored = {key: unpack(value) for key, value in entries.items()}
    for key in sorted(stored.keys() ^ expected_parts.keys()):
        yield f"partition {partition.number}: the state should {'not ' if key in stored else ''}have {key}"
    for key in sorted(stored.keys() & expected_parts.keys()):
        if stored[key] != expected_parts[key]:
            yield f"the state of {key} is not the fold of its log"


def _by_key(facts: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Of one job the order is promised; which of several jobs goes first is not."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, fact in facts:
        found[key].append(fact)
    return found


def _runs_begin_and_end_once(told: list[PublishFact]) -> Iterator[str]:
    ids = Counter(tell.event_id for tell in told)
    yield from (f"{event_id} was told {count} times" for event_id, count in ids.items() if count > 1)
    runs: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for tell in told:
        if tell.type != REFUSED and (tell.type != ACCEPTED or begins_a_run(tell)):
            fact: Any = tell.fact
            runs[fact.job_id, fact.run].append(tell)
    for run, facts in runs.items():
        types = [tell.type for tell in facts]
        if types[0] != ACCEPTED or types.count(ACCEPTED) != 1:
            yield f"{run} does not begin once: {types}"
        if types[-1] not in TERMINAL_TYPES or sum(kind in TERMINAL_TYPES for kind in types) != 1:
            yield f"{run} does not end once, or something follows its end: {types}"
        made = Counter((t.fact.node_id, t.fact.role) for t in facts if t.type == ASSET)
        yield from (f"{run}: {asset} was told {n} times" for asset, n in made.items() if n > 1)
        if types[0] == ACCEPTED and types[-1] == "media.job.succeeded.v1":
            lost = {d.node_id for d in facts[-1].fact.degraded}
            planned = {node.node_id for node in facts[0].fact.nodes}
            for node_id in sorted(planned - {node_id for node_id, _ in made} - lost):
                yield f"{run} succeeded without {node_id}"


def _every_asset_was_made(partition: BrokerPartition, told: list[PublishFact]) -> Iterator[str]:
    made = {
        (e.event.job_id, e.event.run, e.event.node_id)
        for e in partition.log
        if isinstance(e.event, TaskSucceeded)
    }
    for tell in told:
        fact: Any = tell.fact
        if tell.type == ASSET and (fact.job_id, fact.run, fact.node_id) not in made:
            yield f"nobody made {fact.node_id} in run {fact.run} of {fact.job_id}"


def _a_cancel_before_the_last_result_cancels(
    partition: BrokerPartition, told: list[PublishFact]
) -> Iterator[str]:
    planned = {
        tell.fact.job_id: {n.node_id for n in tell.fact.nodes}  # type: ignore[attr-defined]
        for tell in told
        if begins_a_run(tell) and tell.fact.run == 1  # type: ignore[attr-defined]
    }
    cancelled: dict[str, set[str]] = {}
    begun: dict[str, str] = {}
    refused: set[str] = set()
    made: dict[str, set[str]] = defaultdict(set)
    for entry in partition.log:
        event = entry.event
        if isinstance(event, TaskSucceeded) and event.run == 1:
            made[event.job_id].add(event.node_id)
        elif isinstance(event, JobAccepted):
            begun.setdefault(event.job_id, event.tenant)
        elif isinstance(event, CancelRequested):
            if header_of(event) in refused or begun.get(event.job_id) != event.tenant:
                refused.add(header_of(event))
            else:
                cancelled.setdefault(event.job_id, planned.get(event.job_id, set()) - made[event.job_id])
    for tell in told:
        fact: Any = tell.fact
        if tell.type == "media.job.succeeded.v1" and fact.run == 1 and cancelled.get(fact.job_id):
            lost = {d.node_id for d in fact.degraded}
            if cancelled[fact.job_id] - lost:
                yield f"{fact.job_id} succeeded although it was cancelled before"


def _nothing_is_left_open(partition: BrokerPartition) -> Iterator[str]:
    entries, _ = partition.entries()
    for key in filter(is_job, entries):
        try:
            job = read_job(key, entries)
        except StateUnreadable as error:
            yield str(error)
            return
        assert job is not None
        busy = [n.node_id for n in job.nodes.values() if not n.ended or (n.lease_until_ms and n.done)]
        if job.open or busy:
            yield f"{key} is {job.status} and still has {busy}"


def _jobs_fail_for_a_reason(
    partition: BrokerPartition, told: list[PublishFact], *, healthy: bool, one_attempt: bool
) -> Iterator[str]:
    """No end is our own fault, or that of an outage of minutes; in a healthy world only a deadline ends a job, and no attempt is given up."""
    for tell in told:
        if tell.type == "media.job.failed.v1":
            fact: Any = tell.fact
            if fact.error.code in OUTAGES:
                yield f"{fact.job_id} failed with {fact.error.code}, which would have passed"
            if fact.error.code == "internal" or (healthy and fact.error.code not in HEALTHY):
                yield f"{fact.job_id} failed with {fact.error.code}"
    if healthy and one_attempt:  # what a stranger has made is fetched by another
        attempts = {e.event.attempt for e in partition.log if isinstance(e.event, TaskEvent)}
        if attempts - {1}:
            yield f"nothing was wrong, and there were attempts {attempts}"


def _progress_never_falls(world: World) -> Iterator[str]:
    last: dict[tuple[int, str, int], tuple[float, int]] = {}
    for owner, progress in world.shown:
        key = (owner, progress.job_id, progress.run)
        fraction, seq = last.get(key, (0.0, 0))
        now = progress.job_fraction or 0.0
        if now < fraction or progress.seq <= seq:
            yield f"the progress of {key} went from {fraction} to {now}"
        last[key] = (now, progress.seq)


def _timers_are_not_hurried(world: World) -> Iterator[str]:
    """A clock that is seconds ahead may repeat a timer every half second, and not at every turn of the loop."""
    most = 3_000 // REPEAT_MS + 4
    for (_, job_id, _), count in world.timers.items():
        if count > most:
            yield f"one timer of {job_id} was fired {count} times"
