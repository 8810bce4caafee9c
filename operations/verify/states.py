"""Whether the stored states are what the log folds into, and whether the log is folded up to now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from operations.verify.reading import Snapshot
from operations.verify.violations import Violation, Window
from planning.job.lifecycle import NodeStatus
from planning.job.state import PLAIN_VERSION, Job
from planning.partition.records import (
    NEXT_OFFSET,
    StateIsNewer,
    StateUnreadable,
    check,
    is_job,
    is_ours,
    read_job,
    unpack_offset,
)


def check_states(snapshot: Snapshot, window: Window) -> Iterator[Violation]:
    """Yield what is wrong with `media.state`."""
    for partition, states in snapshot.states.items():
        fold = snapshot.folds[partition]
        damaged = set(_damaged(states))
        for key in damaged:
            yield Violation("state_unreadable", key, f"its record on {snapshot.prefix}.state is not whole")
        jobs = {key for key in states if is_job(key) and is_ours(key)}
        for job_id in jobs - damaged:
            job = readable(job_id, states)
            if job is None:
                yield Violation("state_unreadable", job_id, "one of its records is damaged or missing")
                continue
            at_ms = fold.touched_ms.get(job_id, job.ended_ms or job.accepted_ms)
            if window.holds(at_ms) and job.version >= PLAIN_VERSION and snapshot.whole(partition, job_id):
                yield from _compare(snapshot.prefix, job_id, job, fold.job(job_id))
        for job_id in fold.job_ids() - jobs:
            if snapshot.whole(partition, job_id) and window.holds(fold.touched_ms[job_id]):
                yield Violation("state_missing", job_id, "the log has this job and the states do not")
        for job_id, why in fold.unfoldable.items():
            if window.holds(fold.touched_ms[job_id]):
                yield Violation("job_unfoldable", job_id, why)
        if fold.waiting and window.settled(fold.waiting_since_ms):
            behind_s = (window.now_ms - fold.waiting_since_ms) / 1000
            yield Violation(
                "behind",
                f"{snapshot.prefix}.log/{partition}",
                f"{fold.waiting} events from offset {fold.next_offset} are not folded, the first for {behind_s:.0f} s: "
                "does a coordinator run?",
            )


def _damaged(states: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the keys of ours whose records are not what we wrote."""
    for key, value in states.items():
        try:
            if key == NEXT_OFFSET:
                unpack_offset(value)
            elif is_ours(key):
                check(key, value)
        except (StateUnreadable, StateIsNewer):
            yield key


def readable(job_id: str, states: Mapping[str, bytes]) -> Job | None:
    """Return a job of the states, or None when its records are not those of a job."""
    try:
        return read_job(job_id, states)
    except (StateUnreadable, StateIsNewer):
        return None


def _as_of_today(job: Job) -> Job:
    """Versions that sent an order in the fold that made it ready stored it as sent: it is ready all the same."""
    nodes = {
        name: msgspec.structs.replace(node, status=NodeStatus.READY)
        if node.status == NodeStatus.DISPATCHED
        else node
        for name, node in job.nodes.items()
    }
    return msgspec.structs.replace(job, nodes=nodes)


def _compare(prefix: str, job_id: str, job: Job, folded: Job | None) -> Iterator[Violation]:
    if folded is None:
        yield Violation("state_unknown", job_id, f"{prefix}.state has this job and the log does not")
        return
    job = _as_of_today(job)
    if job == folded:
        return
    fields = [name for name in job.__struct_fields__ if getattr(job, name) != getattr(folded, name)]
    if fields == ["nodes"]:
        names = sorted(job.nodes.keys() | folded.nodes.keys())
        fields = [f"nodes/{n}" for n in names if job.nodes.get(n) != folded.nodes.get(n)]
    named = ", ".join(fields[:6]) + (", ..." if len(fields) > 6 else "")
    yield Violation("state_differs", job_id, f"its state is not what the log folds into: {named}")
