"""What is out and at work: orders that nobody has claimed, and what runs where, counted by pool and by worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from planning.job.lifecycle import NodeStatus
from planning.job.state import Job
from planning.placement.fleet import Load, Member

AGAIN_AFTER_S, AGAIN_LONGEST_S = 20.0, 600.0
"""An order that nobody claims while its pool has free slots may be lost, or lie before a worker that is busy: it is sent
again after so long, then after twice the time, up to the second."""

PoolOf = Callable[[str, str], str]
"""The pool of an engine and a capability."""

_READY, _RUNNING, _DISPATCHED = NodeStatus.READY, NodeStatus.RUNNING, NodeStatus.DISPATCHED


class Sent(NamedTuple):
    """An order that was sent; `worker_id` is whose partition it lies in, or empty."""

    pool: str
    run: int
    attempt: int
    worker_id: str
    again_at_s: float
    times: int = 1


@dataclass(slots=True)
class _Busy:
    """What a job has out by node, and the pool and worker of each node that runs."""

    partition: int
    out: dict[str, Sent] = field(default_factory=dict)
    running: dict[str, tuple[str, str]] = field(default_factory=dict)


class Outstanding:
    """The nodes of these partitions that workers have or shall have now: as many as there are slots, and a few."""

    def __init__(self, pool_of: PoolOf) -> None:
        """`pool_of` says whose workers get orders for a capability by an engine."""
        self._pool_of = pool_of
        self.taken: Counter[str] = Counter()
        """By pool: what is out and what runs."""
        self.claims: Counter[str] = Counter()
        """By pool: how many orders were claimed since somebody looked."""
        self._jobs: dict[str, _Busy] = {}
        self._running: Counter[str] = Counter()
        self._lying: Counter[str] = Counter()
        self._others: dict[str, tuple[int, int]] = {}
        """By worker: the number of its word, and how many of its tasks were none of these partitions' then."""

    def changed(self, partition: int, job: Job, now_s: float) -> Counter[str]:
        """See a job as it is now; return by pool how many of its nodes are ready and not out.

        What a version before 3 stored as dispatched was sent, who knows when.
        """
        before = self._jobs.pop(job.job_id, None)
        now, ready, pools = _Busy(partition), Counter[str](), dict[tuple[str, str], str]()
        for name, node in job.nodes.items() if job.open else ():
            status = node.status
            if not (status is _READY or status is _RUNNING or status is _DISPATCHED):
                continue
            kind = (node.engine, node.capability)
            pool = pools.get(kind) or pools.setdefault(kind, self._pool_of(*kind))
            sent = before.out.get(name) if before is not None else None
            if status is _RUNNING:
                now.running[name] = (pool, node.worker_id)
            elif sent is not None and (sent.run, sent.attempt) == (job.run, node.attempt):
                now.out[name] = sent
            elif status is _DISPATCHED:
                now.out[name] = Sent(pool, job.run, node.attempt, "", now_s + AGAIN_AFTER_S)
            else:
                ready[pool] += 1
        if before is not None:
            self._count(before, -1)
            for name, sent in before.out.items():
                if name in now.running or (name in job.nodes and job.nodes[name].done):
                    self.claims[sent.pool] += 1
        self._put(job.job_id, now)
        return ready

    def sent(self, partition: int, job_id: str, node_id: str, sent: Sent) -> None:
        """Count an order as out."""
        busy = self._jobs.pop(job_id, None) or _Busy(partition)
        self._count(busy, -1)
        busy.out[node_id] = sent
        self._put(job_id, busy)

    def out_of(self, job_id: str) -> dict[str, Sent]:
        """Return what a job has out, by node."""
        busy = self._jobs.get(job_id)
        return busy.out if busy is not None else {}

    def every_out(self) -> Iterator[tuple[int, str, Sent]]:
        """Yield partition, job and order of all that is out."""
        for job_id, busy in self._jobs.items():
            for sent in busy.out.values():
                yield busy.partition, job_id, sent

    def heard(self, members: Iterable[Member]) -> None:
        """Hear what workers have said last. What they said of our tasks is old when these end: that we know by ourselves."""
        known = self._others
        self._others = {}
        for member in members:
            others = known.get(member.worker_id)
            if others is None or others[0] != member.word:
                others = member.word, max(member.busy - self._running[member.worker_id], 0)
            self._others[member.worker_id] = others

    def load(self, member: Member) -> Load:
        """Return what a worker has in hand, of ours by what we know and of others by what it said, and what lies before it."""
        running, lying = self._running[member.worker_id], self._lying[member.worker_id]
        _, others = self._others.get(member.worker_id, (0, max(member.busy - running, 0)))
        return Load(max(running, min(running + others, member.slots)) + lying, lying)

    def forget(self, partition: int) -> None:
        """Let go of what a partition has out."""
        for job_id in [key for key, busy in self._jobs.items() if busy.partition == partition]:
            self._count(self._jobs.pop(job_id), -1)

    def _put(self, job_id: str, busy: _Busy) -> None:
        if busy.out or busy.running:
            self._jobs[job_id] = busy
            self._count(busy, 1)

    def _count(self, busy: _Busy, by: int) -> None:
        for sent in busy.out.values():
            self.taken[sent.pool] += by
            _add(self._lying, sent.worker_id, by)
        for pool, worker_id in busy.running.values():
            self.taken[pool] += by
            _add(self._running, worker_id, by)


def _add(counter: Counter[str], worker_id: str, by: int) -> None:
    """Count for a worker; those that have nothing are not remembered."""
    counter[worker_id] += by
    if not counter[worker_id]:
        del counter[worker_id]
