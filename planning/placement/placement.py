"""Which orders go out now: how many may be out in each pool, and whose turn it is for that."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from catalog.pools import DEFAULT_POOLS, Pools
from planning.job.commands import Dispatch
from planning.job.lifecycle import NodeStatus
from planning.job.order import UnresolvedReference, lane_of, written
from planning.job.state import Job, Node
from planning.partition import records
from planning.placement.fairness import FairQueue
from planning.placement.fleet import Fleet, choose
from planning.placement.outstanding import AGAIN_AFTER_S, AGAIN_LONGEST_S, Outstanding, PoolOf, Sent

FEW = 4
"""So many orders are out where nobody is known to work: enough for lag to show, and for whoever comes to begin."""
AHEAD_S = 0.3
"""What a slot claims in this time may lie before it: between a result and the next order are a fold and two ways to the
broker, and workers of short tasks must not wait for them. What lies there is in the way of whoever comes next, so
nothing does where tasks are long: they do not feel the way."""
RATE_OVER_S = 3.0
"""Over about so long it is measured how many orders a pool claims."""
MEASURED_EVERY_S = 0.05
MOST_AT_ONCE = 100
"""So many orders are drawn, or looked at, or restored jobs seen, in one turn of the coordinator's loop."""
HEADERS_AT_ONCE = 2_000
"""So many records of a restored partition are passed over in one turn."""
_SHAPES = 4096


class Turn(NamedTuple):
    """A job of this partition may send an order to this pool."""

    partition: int
    job_id: str
    pool: str


class _Waiting(NamedTuple):
    """How many ready nodes that are not out a job has, by pool. A pool stands here while the job is in its queue."""

    partition: int
    pools: tuple[tuple[str, int], ...]


class Placement:
    """What the partitions of one process have ready and out. It is no part of any state, and begins empty.

    Nothing is lost when it is wrong: states say what is ready, and who reads them sends it. What is sent twice is
    claimed once. A job takes some hundred bytes here, whatever it has ready: its nodes are looked up at its turn.
    """

    def __init__(self, fleet: Fleet, partitions: int, pools: Pools = DEFAULT_POOLS) -> None:
        """`partitions` is how many the log has: who owns a part of them may use that part of the slots."""
        self._pool_of = pools.pool_of
        self.fleet = fleet
        self._partitions = max(partitions, 1)
        self._owned: set[int] = set()
        self._unseen: dict[int, tuple[Iterator[str], Mapping[str, bytes]]] = {}
        self._queues: defaultdict[str, FairQueue] = defaultdict(FairQueue)
        self._waiting: dict[str, _Waiting] = {}
        self._shapes: dict[_Waiting, _Waiting] = {}
        self._ready: Counter[str] = Counter()
        self._outstanding = Outstanding(self._pool_of)
        self._claims_per_s: defaultdict[str, float] = defaultdict(float)
        self._turns: Counter[str] = Counter()
        self._now_s = self._measured_s = self._looked_s = 0.0
        self._heard = 0

    def own(self, partition: int, entries: Mapping[str, bytes]) -> None:
        """Take on a partition with its records, as they are at any time: headers say which jobs call for workers."""
        self.forget(partition)
        self._owned.add(partition)
        self._unseen[partition] = (iter(list(entries)), entries)

    def forget(self, partition: int) -> None:
        """Let go of a partition; what it has ready and out is its next owner's to know."""
        if partition not in self._owned:
            return
        self._owned.discard(partition)
        self._unseen.pop(partition, None)
        self._outstanding.forget(partition)
        for job_id in [key for key, waits in self._waiting.items() if waits.partition == partition]:
            self._stand(job_id, partition, {})
        for queue in self._queues.values():
            queue.keep(self._waiting.__contains__)

    def changed(self, partition: int, job: Job) -> None:
        """See a job as it is now."""
        ready = self._outstanding.changed(partition, job, self._now_s)
        waits = self._waiting.get(job.job_id)
        queued = [pool for pool, _ in waits.pools] if waits is not None else []
        for pool in ready:
            if pool not in queued:
                self._queues[pool].add(lane_of(job), job.tenant, job.job_id)
        if ready or queued:
            self._stand(job.job_id, partition, dict.fromkeys(queued, 0) | ready)

    def unseen(self, partition: int) -> list[str]:
        """Return the next jobs of a restored partition that are to be seen as they are (`changed`)."""
        keys, entries = self._unseen.get(partition, (iter(()), {}))
        looked, found = 0, list[str]()
        for key in islice(keys, HEADERS_AT_ONCE):
            looked += 1
            if records.calls(entries.get(key, b"{")):
                found.append(key)
                if len(found) == MOST_AT_ONCE:
                    return found
        if looked < HEADERS_AT_ONCE:
            self._unseen.pop(partition, None)
        return found

    @property
    def hurries(self) -> bool:
        """Whether there is more to do at once: restored jobs to be seen, or orders that may go."""
        return bool(self._unseen) or any(
            queue and self.room(pool) > 0 for pool, queue in self._queues.items()
        )

    def waiting(self) -> dict[str, int]:
        """Return how many ready nodes wait to be sent, by pool, as far as their jobs were seen."""
        return {pool: self._ready[pool] for pool in self._queues}

    def begin(self, now_s: float) -> None:
        """Begin a turn: it is so late now."""
        past_s, self._now_s = now_s - self._measured_s, now_s
        if self._heard != self.fleet.changes:
            self._heard = self.fleet.changes
            self._outstanding.heard(self.fleet.members(now_s))
        if past_s >= MEASURED_EVERY_S:
            claims, self._measured_s = self._outstanding.claims, now_s
            for pool in claims.keys() | self._claims_per_s.keys():
                now_per_s, before_per_s = claims[pool] / past_s, self._claims_per_s[pool]
                share = min(past_s / RATE_OVER_S, 1.0)
                self._claims_per_s[pool] = before_per_s + share * (now_per_s - before_per_s)
            claims.clear()

    def room(self, pool: str) -> int:
        """Return how many more orders of these partitions may go out for a pool."""
        return self._may_be_out(pool) - self._outstanding.taken[pool]

    def turn(self) -> Turn | None:
        """Return whose turn it is in a pool that has room; `draw` comes next. None when that is all for now."""
        for pool, queue in self._queues.items():
            while (head := queue.head()) is not None and self.room(pool) > 0:
                waits = self._waiting[head[1]]
                if dict(waits.pools)[pool] > 0:
                    return Turn(waits.partition, head[1], pool)
                self._skip(pool, head[1])
        return None

    def draw(self, turn: Turn, job: Job | None) -> Dispatch | None:
        """Return the next order of the job whose turn it is, and count it as out; None when it has none after all."""
        out = self._outstanding.out_of(turn.job_id)
        node = _next(job, turn.pool, out, self._pool_of) if job is not None else None
        if job is None or node is None:
            self._skip(turn.pool, turn.job_id)
            return None
        queue, lane = self._queues[turn.pool], lane_of(job)
        if queue.head() != (lane, job.job_id):  # it has begun another run, whose orders go by another lane
            queue.skip()
            queue.add(lane, job.tenant, job.job_id)
            return None
        left = dict(self._waiting[job.job_id].pools)
        left[turn.pool] -= 1
        queue.served(more=left[turn.pool] > 0)
        if not left[turn.pool]:
            del left[turn.pool]
        self._stand(job.job_id, turn.partition, left)
        return self._send(turn, job, node)

    def overdue(self) -> list[Turn]:
        """Return which jobs have orders out that nobody claims, with free slots in their pools; `draw_again` comes next."""
        if self._now_s - self._looked_s < 1.0:
            return []
        self._looked_s = self._now_s
        late = {
            Turn(partition, job_id, sent.pool)
            for partition, job_id, sent in self._outstanding.every_out()
            if sent.again_at_s <= self._now_s and self.fleet.pool(sent.pool, self._now_s).free > 0
        }
        return sorted(late)[:MOST_AT_ONCE]

    def draw_again(self, turn: Turn, job: Job | None) -> list[Dispatch]:
        """Return once more those orders of a job that nobody has claimed for too long."""
        late = [
            (name, sent)
            for name, sent in self._outstanding.out_of(turn.job_id).items()
            if sent.pool == turn.pool and sent.again_at_s <= self._now_s
        ]
        if job is None:
            return []
        found = [self._send(turn, job, job.nodes[name], sent.times) for name, sent in late[:MOST_AT_ONCE]]
        return [command for command in found if command is not None]

    def _may_be_out(self, pool: str) -> int:
        """One order for each slot, and behind it what a slot claims in a moment."""
        slots = self.fleet.pool(pool, self._now_s).slots
        if not slots:
            return FEW
        ours = slots * len(self._owned) / self._partitions
        behind = round(self._claims_per_s[pool] * AHEAD_S / ours) if ours else 0
        return max(math.ceil(ours * (1 + behind)), 1)

    def _send(self, turn: Turn, job: Job, node: Node, times: int = 0) -> Dispatch | None:
        lane = lane_of(job)
        member = choose(self.fleet.pool(turn.pool, self._now_s), lane, node.engine, self._outstanding.load)
        again_at_s = self._now_s + min(AGAIN_AFTER_S * 2**times, AGAIN_LONGEST_S)
        worker_id = member.worker_id if member is not None else ""
        sent = Sent(turn.pool, job.run, node.attempt, worker_id, again_at_s, times + 1)
        self._outstanding.sent(turn.partition, job.job_id, node.node_id, sent)
        try:
            order = written(job, node)
        except UnresolvedReference:
            return None  # it could be written when it became ready: an error of ours, which `verify` tells
        if member is None:
            return Dispatch(order)
        self._turns[turn.pool] += 1  # the partitions of one worker in turn
        numbers = member.partitions[lane]
        return Dispatch(order, numbers[self._turns[turn.pool] % len(numbers)])

    def _skip(self, pool: str, job_id: str) -> None:
        self._queues[pool].skip()
        waits = self._waiting[job_id]
        self._stand(job_id, waits.partition, {p: n for p, n in waits.pools if p != pool})

    def _stand(self, job_id: str, partition: int, pools: Mapping[str, int]) -> None:
        """Note what a job has ready; equal notes are one object, for there may be a million."""
        before = self._waiting.pop(job_id, None)
        for pool, count in before.pools if before is not None else ():
            self._ready[pool] -= count
        for pool, count in pools.items():
            self._ready[pool] += count
        if pools:
            waits = _Waiting(partition, tuple(pools.items()))
            if len(self._shapes) > _SHAPES:
                self._shapes.clear()
            self._waiting[job_id] = self._shapes.setdefault(waits, waits)


def _next(job: Job, pool: str, out: Mapping[str, Sent], pool_of: PoolOf) -> Node | None:
    """Return the first node of a job that is ready for a pool and not out."""
    for name, node in job.nodes.items():
        if (
            node.status is NodeStatus.READY
            and name not in out
            and pool_of(node.engine, node.capability) == pool
        ):
            return node
    return None
