"""Whether every open job still waits for something that will come."""

from __future__ import annotations

from collections.abc import Iterator

from bus.admin import orders_topics
from bus.cloudevents import decode
from bus.group_offsets import committed_offsets
from bus.tail import read_topic
from bus.unreadable import Unreadable
from catalog.fleet import read_pools
from operations.verify.reading import Snapshot
from operations.verify.states import readable
from operations.verify.violations import Violation, Window
from planning.job.lifecycle import CALLED_FOR, NodeStatus
from planning.job.state import Job, Node
from planning.partition.records import calls, is_job
from runtime.settings import Settings

Attempt = tuple[str, int, str, int]
"""Job, run, node, attempt: what an order is for."""


async def check_open_jobs(snapshot: Snapshot, window: Window, settings: Settings) -> list[Violation]:
    """Return what open jobs wait for in vain.

    Raises:
        BusUnreachable: No broker, or no such topic.
    """
    quiet = list(_quiet_jobs(snapshot, window))
    found = [violation for job in quiet for violation in _overdue(job, window)]
    waiting = [(job, n) for job in quiet for n in job.nodes.values() if n.status in _NOT_CLAIMED]
    if not waiting:
        return found
    orders = await _outstanding(settings)
    pools = read_pools(settings.fleet)

    def pool(node: Node) -> str:
        return pools.pool_of(node.engine, node.capability)

    busy = {pool(node) for node in _running(snapshot)} | {name for name, _ in orders}
    attempts = {attempt for _, attempt in orders}
    for job, node in waiting:
        attempt = (job.job_id, job.run, node.node_id, node.attempt)
        if node.status == NodeStatus.DISPATCHED and attempt not in attempts:
            what = f"{node.node_id} waits for a worker, and no order for its attempt {node.attempt} is left"
            found.append(Violation("order_lost", job.job_id, what))
        elif node.status == NodeStatus.READY and attempt not in attempts and pool(node) not in busy:
            # A few orders are out for each pool that has something ready, also where nobody works.
            what = f"{node.node_id} is ready, and no order of its pool is out: does a coordinator run?"
            found.append(Violation("dispatch_forgotten", job.job_id, what))
    return found


_NOT_CLAIMED = frozenset({NodeStatus.READY, NodeStatus.DISPATCHED})


def _running(snapshot: Snapshot) -> Iterator[Node]:
    for states in snapshot.states.values():
        for key in filter(is_job, states):
            if calls(states[key]) and (job := readable(key, states)) is not None:
                yield from (node for node in job.nodes.values() if node.status == NodeStatus.RUNNING)


def _quiet_jobs(snapshot: Snapshot, window: Window) -> Iterator[Job]:
    """Yield open jobs about which nothing was heard for the settling time."""
    for partition, states in snapshot.states.items():
        fold = snapshot.folds[partition]
        for key in filter(is_job, states):
            job = readable(key, states)
            # What is not folded yet may be what the job waits for; that the log is behind is told elsewhere.
            if job is None or not job.open or key in fold.unfolded:
                continue
            heard_ms = fold.touched_ms.get(key, job.accepted_ms)
            if window.settled(heard_ms) and window.holds(heard_ms):
                yield job


def _overdue(job: Job, window: Window) -> Iterator[Violation]:
    if job.deadline_ms and window.settled(job.deadline_ms):
        yield Violation(
            "deadline_forgotten",
            job.job_id,
            f"run {job.run} is open {_late(job.deadline_ms, window)} its deadline",
        )
    for node in job.nodes.values():
        if node.status == NodeStatus.RUNNING and window.settled(node.lease_until_ms):
            late = _late(node.lease_until_ms, window)
            yield Violation(
                "lease_forgotten", job.job_id, f"{node.node_id} is running {late} its lease's end"
            )
        elif node.status is NodeStatus.DEFERRED and window.settled(node.expires_ms):
            late = _late(node.expires_ms, window)
            yield Violation(
                "ticket_forgotten", job.job_id, f"{node.node_id} is deferred {late} its ticket's time"
            )
        elif node.pauses and window.settled(node.retry_at_ms):
            late = _late(node.retry_at_ms, window)
            yield Violation(
                "timer_forgotten", job.job_id, f"{node.node_id} waits {late} its next attempt's time"
            )
    moving = CALLED_FOR | {NodeStatus.DEFERRED}
    if not any(node.status in moving or node.pauses for node in job.nodes.values()):
        yield Violation(
            "job_stuck", job.job_id, f"run {job.run} is open with no order, no lease and no timer outstanding"
        )


def _late(at_ms: int, window: Window) -> str:
    return f"{(window.now_ms - at_ms) / 1000:.0f} s after"


async def _outstanding(settings: Settings) -> set[tuple[str, Attempt]]:
    """Return what the orders are for that no worker has taken yet, of whichever pool they are now."""
    found: set[tuple[str, Attempt]] = set()
    servers, prefix = settings.kafka, settings.topic_prefix
    lanes: dict[str, list[str]] = {}
    for name in await orders_topics(servers, prefix):
        lanes.setdefault(name.split(".")[-2], []).append(name)
    for pool, names in sorted(lanes.items()):
        taken = await committed_offsets(servers, f"{prefix}-{pool}")
        for name in names:
            starts = {place.partition: offset for place, offset in taken.items() if place.topic == name}
            async for records in read_topic(servers, name, starts=starts):
                for record in records:
                    try:
                        data = decode(record).data
                    except Unreadable:
                        continue
                    found.add((pool, (data["job_id"], data["run"], data["node_id"], data["attempt"])))
    return found
