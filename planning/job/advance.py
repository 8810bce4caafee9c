"""What happens next in a job: grow its graph, find what is ready, end it when nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from planning.job import facts, retry, tickets
from planning.job.commands import Command, Stop
from planning.job.dispatch import find_ready
from planning.job.fitting import TooLarge, fair_labels
from planning.job.lifecycle import AT_WORK, CALLED_FOR, Happening, NodeStatus, next_status
from planning.job.state import NOT_BEGUN, PLAIN_VERSION, Degradation, Failure, Job, Node
from planning.partition import records
from planning.recipes.contract import CannotGrow
from planning.recipes.table import recipe_of
from schemas import identity
from schemas.capabilities import CAPABILITIES, WORKING
from schemas.codes import ErrorCode
from schemas.log import PlannedNode, ReplayRequested, TaskSucceeded
from schemas.orders import StopTask

PROGRESS_STEP = 0.005
"""The job's progress is told when it moved by half a percent, or its stage changed."""

MOST_LACKS = 100
"""So many things that its result lacks are remembered of a node."""

_FAILED, _DEFERRED = NodeStatus.FAILED, NodeStatus.DEFERRED
DEFERRED_STAGE = "waiting for a provider"
"""What a job does whose nodes are all with strangers."""
UNFIT = Failure(ErrorCode.UNSUPPORTED, "this job is larger than a record of its state may be")


def begin(job: Job, nodes: Iterable[PlannedNode], at_ms: int) -> list[Command]:
    """Start a run with its first nodes."""
    planned = _add(job, nodes)
    if records.too_large(job, planned):
        return [facts.accepted(job), *end_unfit(job, UNFIT, at_ms)]
    if job.deadline_ms and at_ms >= job.deadline_ms:
        return [facts.accepted(job), *end_late(job, at_ms)]
    return [facts.accepted(job), *advance(job, at_ms)]


def begin_again(job: Job, event: ReplayRequested, at_ms: int) -> list[Command]:
    """Start another run of an ended job: what did not change comes from memory."""
    fresh = _downstream(job, event.from_node) if event.from_node is not None else set()
    job.run += 1
    job.version = PLAIN_VERSION
    job.request_id, job.source = event.request_id, event.source
    job.status = "open"
    job.accepted_ms, job.ended_ms = at_ms, 0
    job.deadline_ms = at_ms + job.allowed_ms if job.allowed_ms else 0
    job.nodes, job.grown = {}, []
    job.seq, job.job_fraction, job.stage = 0, NOT_BEGUN, ""
    if event.seed is not None:
        job.seed = event.seed
    job.engines = {**job.engines, **event.engines}
    job.fallbacks = {name: known for name, known in job.fallbacks.items() if name not in event.engines}
    job.fresh = sorted(fresh)
    return begin(job, recipe_of(job).first_nodes(job.request), at_ms)


def advance(job: Job, at_ms: int) -> list[Command]:
    """Do everything that the job's state allows now."""
    commands: list[Command] = []
    recipe = recipe_of(job)
    while True:
        try:
            grown = recipe.grow(job)
        except CannotGrow as error:
            return commands + end_failed(job, error.failure, at_ms)
        if records.too_large(job, _add(job, grown)):
            return commands + end_unfit(job, UNFIT, at_ms)
        before = [node.status for node in job.nodes.values()]
        unfit = find_ready(job, at_ms)
        if unfit is not None:
            return commands + end_failed(job, unfit, at_ms)
        ending = next(
            (n.error for n in job.nodes.values() if n.status is _FAILED and retry.ends_job(job, n)),
            None,
        )
        if ending is not None:
            return commands + end_failed(job, ending, at_ms)
        if before == [node.status for node in job.nodes.values()]:
            break
    if all(node.ended for node in job.nodes.values()) and recipe.complete(job):
        return commands + _finish(job, at_ms)
    return commands + moved(job, at_ms)


def moved(job: Job, at_ms: int) -> list[Command]:
    """Tell how far the job is, when that is news. The fraction never falls."""
    fraction = min(max(job.job_fraction, _fraction(job)), 0.999)
    stage = _stage(job)
    if stage == job.stage and fraction - job.job_fraction < PROGRESS_STEP:
        return []
    job.job_fraction, job.stage = fraction, stage
    job.seq += 1
    return [facts.progress(job, at_ms)]


def note_degraded(node: Node, event: TaskSucceeded) -> None:
    """Remember what a result lacks, once."""
    for item in event.degraded[:MOST_LACKS]:
        message = retry.cut(item.message) if item.message is not None else None
        if all(known.message != message for known in node.degraded):
            node.degraded.append(Degradation(code=str(item.code), message=message))


def end_failed(job: Job, failure: Failure, at_ms: int) -> list[Command]:
    """End the run without its result."""
    stops = _close(job, "failed", at_ms, failure.message)
    return _settled(job, [facts.failed(job, failure), *stops])


def end_unfit(job: Job, failure: Failure, at_ms: int) -> list[Command]:
    """End the run, open or just ended, with as few bytes as possible: something of it no record can hold.

    What is asked for goes as well: so large a job is not begun again.
    """
    stops = _close(job, "failed", at_ms, failure.message)
    job.request, job.inputs, job.fresh, job.labels = {}, {}, [], fair_labels(job.labels)
    for node in job.nodes.values():
        node.error, node.degraded = None, []
    return _settled(job, [facts.failed(job, failure, bare=True), *stops])


def end_late(job: Job, at_ms: int) -> list[Command]:
    """End the run because its time is up."""
    failure = Failure(code="deadline_exceeded", message="the job did not end before its deadline")
    return end_failed(job, failure, at_ms)


def end_cancelled(job: Job, reason: str, at_ms: int) -> list[Command]:
    """End the run because somebody wants it to."""
    stops = _close(job, "cancelled", at_ms, reason)
    return _settled(job, [facts.cancelled(job, reason), *stops])


def _finish(job: Job, at_ms: int) -> list[Command]:
    if not facts.outputs(job):
        last = next((n.error for n in job.nodes.values() if n.error is not None), None)
        return end_failed(job, last or Failure("internal", "the job gave no result"), at_ms)
    job.status, job.ended_ms = "succeeded", at_ms
    try:
        told = facts.succeeded(job)
    except TooLarge as error:
        return end_failed(job, Failure(ErrorCode.UNSUPPORTED, str(error)), at_ms)
    job.job_fraction, job.stage = 1.0, "done"
    job.seq += 1
    return _settled(job, [told, facts.progress(job, at_ms)])


def _close(job: Job, status: Literal["failed", "cancelled"], at_ms: int, reason: str) -> list[Command]:
    running = any(node.status in AT_WORK for node in job.nodes.values())
    called_off = [tickets.call_off(job, node, reason) for node in job.nodes.values() if node.ticket]
    job.status, job.ended_ms = status, at_ms
    for node in job.nodes.values():
        if not node.ended:
            node.status = next_status(node.status, Happening.CANCELLED)
        tickets.forget(node)
    stops = [Stop(StopTask(job_id=job.job_id, run=job.run, reason=reason))] if running else []
    return [*stops, *called_off]


def _settled(job: Job, commands: list[Command]) -> list[Command]:
    """An ended run needs neither parameters nor results any more: the next run begins from the request."""
    for node in job.nodes.values():
        node.params, node.products, node.checkpoint = {}, [], None
    return commands


def _add(job: Job, planned: Iterable[PlannedNode]) -> list[Node]:
    added = []
    for plan in planned:
        node = job.nodes[plan.node_id] = Node(
            node_id=plan.node_id,
            capability=plan.capability,
            role=plan.role,
            params=plan.params,
            needs=list(plan.needs),
            engine=plan.engine or job.engines[plan.capability],
            pinned=plan.engine is not None,
            seed=plan.seed if plan.seed is not None else identity.node_seed(job.seed, plan.node_id),
            fresh=plan.node_id in job.fresh,
        )
        added.append(node)
    return added


def _downstream(job: Job, start: str) -> set[str]:
    found, changed = {start}, True
    while changed:
        more = {n.node_id for n in job.nodes.values() if found.intersection(n.needs)} - found
        found |= more
        changed = bool(more)
    return found


def _fraction(job: Job) -> float:
    return recipe_of(job).fraction(job)


def _stage(job: Job) -> str:
    """What most of the busy nodes do, in one word."""
    busy = [n.capability for n in job.nodes.values() if n.status in CALLED_FOR]
    if not busy:
        if any(n.status is _DEFERRED for n in job.nodes.values()):
            return DEFERRED_STAGE
        return job.stage or "waiting"
    row = CAPABILITIES.get(max(sorted(set(busy)), key=busy.count))
    return row.stage if row else WORKING
