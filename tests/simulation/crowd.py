"""Many who want the same few workers: real partitions, placement and fleet, workers with slots, and words that come late."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from planning.job.commands import Dispatch
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import StateUnreadable
from planning.placement.fleet import Fleet
from planning.placement.placement import FEW, Placement
from schemas.choices import LANES
from schemas.log import CancelRequested, JobAccepted, LogEvent
from schemas.orders import WorkerAnnounced, WorkOrder
from tests.planning.jobs import accepted, ready, started

TASK_S = 1.0
TURN_S = 0.02
"""So often the coordinator takes a turn."""
WIDTH = 6
MANY = 24
PICTURE = {"capability": "image-generation"}
POOL = "image"
LIMIT_S = 900.0


@lru_cache(maxsize=8)
def _job(key: str, tenant: str, count: int) -> JobAccepted:
    items = [{"id": f"p{n}", **PICTURE, "params": {"prompt": str(n)}} for n in range(count)]
    request = {"kind": "batch", "items": items, "on_failure": "partial"}
    return accepted(request, key=f"{tenant} {key}").model_copy(update={"tenant": tenant})


@dataclass(eq=False)
class _Worker:
    worker_id: str
    slots: int
    partitions: tuple[int, ...]
    running: set[str] = field(default_factory=set)


class Crowd:
    """One tenant with a batch, another with one picture; a coordinator that may crash between sending and commit."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = random.Random(seed)
        self.silent = draw.random() < 0.1  # workers of a version that announces nothing
        self.healthy = not self.silent and draw.random() < 0.5
        self.cancels = draw.random() < 0.3
        self.wrong: list[str] = []
        self.now_s = 0.0
        self._things: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        workers = draw.randint(1, 3)
        self.workers = [
            _Worker(f"w{n}", draw.choice((1, 1, 2)), tuple(range(n, WIDTH, workers))) for n in range(workers)
        ]
        self.lanes: list[deque[WorkOrder]] = [deque() for _ in range(WIDTH)]
        self.words: dict[str, tuple[WorkerAnnounced, float]] = {}
        self.log: dict[int, list[LogEntry]] = {0: [], 1: []}
        self.committed: dict[int, tuple[dict[str, bytes], int]] = {0: ({}, 0), 1: ({}, 0)}
        self.claimed_s: dict[str, float] = {}
        self.sent: set[str] = set()
        self.cancelled_s = LIMIT_S
        self.crashes = self.losses = 0 if self.healthy else draw.randint(1, 3)
        if self.silent:
            self.losses = 0  # whose slots are free is not known, so nothing is sent again
        self.batch, self.one = _job("many", "a", MANY), _job("one", "b", 1)
        self.asked_s = draw.uniform(3.0, 8.0)
        self._begin()

    def run(self) -> list[str]:
        """Run it to its end; return what was wrong."""
        if not self.healthy and not self.silent:
            self._ghost()
        for worker in self.workers:
            self._after(0.0 if self.healthy else self.draw.uniform(0.0, 5.0), self._announce, worker, True)
        self._after(0.1, self._append, 0, self.batch)
        self._after(self.asked_s, self._append, 1, self.one)
        if self.cancels:
            self._after(self.draw.uniform(2.0, 9.0), self._cancel)
        self._after(0.0, self._turn)
        while self._things and self.now_s < LIMIT_S and not self._ended():
            self.now_s, _, action, arguments = heapq.heappop(self._things)
            action(*arguments)
        return [*self.wrong, *self._verdict()]

    def _verdict(self) -> Iterator[str]:
        if not self._ended():
            yield f"after {self.now_s:.0f} s not everything that was ready was sent and done"
            return
        (claim,) = [at_s for key, at_s in self.claimed_s.items() if key.startswith(self.one.job_id)]
        if self.healthy and claim - self.asked_s > TASK_S + 10 * TURN_S:
            yield f"one picture waited {claim - self.asked_s:.1f} s behind a batch, whose tasks take {TASK_S} s"

    def _ended(self) -> bool:
        return all(
            (job := self.partitions[n].job(event.job_id)) is not None and not job.open
            for n, event in ((0, self.batch), (1, self.one))
        )

    # The coordinator.
    def _begin(self) -> None:
        self.fleet = Fleet()
        for worker_id, (word, at_s) in self.words.items():
            self.fleet.heard(worker_id, word, self.now_s, age_s=self.now_s - at_s)
        self.placement = Placement(self.fleet, len(self.log))
        self.partitions: dict[int, Partition] = {}
        for n, (entries, offset) in self.committed.items():
            self.partitions[n] = Partition(
                dict(entries), offset, on_change=partial(self.placement.changed, n)
            )
            self.placement.own(n, self.partitions[n].entries)

    def _turn(self) -> None:
        for n, partition in self.partitions.items():
            for _ in partition.fold(self.log[n][partition.next_offset :]):
                pass
            partition.take_messages()
        self.placement.begin(self.now_s)
        for n, partition in self.partitions.items():
            for job_id in self.placement.unseen(n):
                job = partition.job(job_id)
                if job is not None:
                    self.placement.changed(n, job)
        for late in self.placement.overdue():
            for dispatch in self.placement.draw_again(late, self.partitions[late.partition].job(late.job_id)):
                self._send(dispatch)
        while (turn := self.placement.turn()) is not None:
            drawn = self.placement.draw(turn, self.partitions[turn.partition].job(turn.job_id))
            if drawn is not None:
                self._send(drawn)
        self._count_out()
        if self.crashes and self.draw.random() < 0.01:
            self.crashes -= 1
            self._begin()  # what was sent is sent, and nothing of it is committed
        elif self.draw.random() < 0.3:
            for n, partition in self.partitions.items():
                partition.take_changes()
                partition.committed()
                self.committed[n] = (dict(partition.entries), partition.next_offset)
        self._after(TURN_S, self._turn)

    def _send(self, dispatch: Dispatch) -> None:
        order = dispatch.order
        if self.now_s > self.cancelled_s + TURN_S and order.job_id == self.batch.job_id:
            self.wrong.append(f"{order.node_id} was sent after its job was cancelled")
        if self.losses and self.draw.random() < 0.05:
            self.losses -= 1  # its topic was deleted, or retention took it
            return
        number = dispatch.partition if dispatch.partition is not None else self.draw.randrange(WIDTH)
        self.lanes[number].append(order)
        self._after(0.005, self._work)

    def _count_out(self) -> None:
        """In a healthy world there is one order for each slot, for tasks are long, and few of old."""
        out = sum(len(lane) for lane in self.lanes) + sum(len(worker.running) for worker in self.workers)
        slots = sum(worker.slots for worker in self.workers)
        if self.healthy and out > max(slots + 1, FEW):
            self.wrong.append(f"{out} orders were out for {slots} slots")

    # The workers.
    def _work(self) -> None:
        for worker in self.workers:
            for lane in (self.lanes[n] for n in worker.partitions):
                while lane and len(worker.running) < worker.slots:
                    self._claim(worker, lane.popleft())

    def _claim(self, worker: _Worker, order: WorkOrder) -> None:
        self.claimed_s.setdefault(f"{order.job_id}/{order.node_id}", self.now_s)
        n = 0 if order.job_id == self.batch.job_id else 1
        if any(order.task_id in other.running for other in self.workers):
            return  # who holds the lease keeps it
        worker.running.add(order.task_id)
        self._append(n, started(order, worker.worker_id, lease_s=600.0))
        self._announce(worker)
        self._after(TASK_S, self._done, worker, order, n)

    def _done(self, worker: _Worker, order: WorkOrder, n: int) -> None:
        worker.running.discard(order.task_id)
        self._append(n, ready(order, worker.worker_id))
        self._announce(worker)
        self._work()

    def _announce(self, worker: _Worker, again: bool = False) -> None:
        word = WorkerAnnounced(
            worker_id=worker.worker_id,
            modality=POOL,
            slots=worker.slots,
            free=worker.slots - len(worker.running),
            draining=False,
            pool=POOL,
            partitions=dict.fromkeys(LANES, worker.partitions),
        )
        if again:
            self._after(60.0, self._announce, worker, True)
        if self.healthy or (not self.silent and self.draw.random() < 0.8):
            late_s = self.draw.uniform(0.0, 0.05 if self.healthy else 3.0)
            self._after(late_s, self._hear, worker.worker_id, word)

    def _ghost(self) -> None:
        """A worker that was killed left its word."""
        word = WorkerAnnounced(
            worker_id="ghost",
            modality=POOL,
            slots=4,
            free=4,
            draining=False,
            pool=POOL,
            partitions={lane: (self.draw.randrange(WIDTH),) for lane in LANES},
        )
        self._hear("ghost", word)

    def _hear(self, worker_id: str, word: WorkerAnnounced) -> None:
        self.words[worker_id] = (word, self.now_s)
        self.fleet.heard(worker_id, word, self.now_s)

    # Everybody.
    def _cancel(self) -> None:
        cancel = CancelRequested(job_id=self.batch.job_id, request_id="c", tenant="a", reason="enough")
        self.cancelled_s = self.now_s
        self._append(0, cancel)

    def _append(self, n: int, event: LogEvent) -> None:
        log = self.log[n]
        log.append(LogEntry(len(log), 1_000_000 + int(self.now_s * 1000), event))

    def _after(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        self._count += 1
        heapq.heappush(self._things, (self.now_s + delay_s, self._count, action, arguments))


def crowd(seed: int) -> list[str]:
    """Return what is wrong with the crowd of this seed."""
    try:
        return Crowd(seed).run()
    except StateUnreadable as error:  # a mistake may be planted in what the records are made by
        return [f"a state of the crowd cannot be read: {error}"]
