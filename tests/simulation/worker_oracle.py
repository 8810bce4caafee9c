"""What must hold of workers at every moment, as somebody would see it who watches log, store and machines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engines.contract import Task
from planning.job.commands import PublishFact
from runtime.process import LEAVE_WITHIN_S
from runtime.settings import Settings
from schemas.identity import task_id
from schemas.log import (
    LeaseRenewed,
    TaskDeferred,
    TaskEvent,
    TaskFailed,
    TaskReleased,
    TaskStarted,
    TaskSucceeded,
)
from schemas.orders import StopTask, WorkOrder
from storage.grants import grant_key
from storage.keys import result_key
from tests.simulation.clock import A_MOMENT_S
from tests.simulation.host_oracle import HostWatch
from tests.simulation.store import LOOKED_UP, Bucket
from worker.leases import LONGEST_S
from worker.obedience import LOOK_S, Attempt

if TYPE_CHECKING:
    from tests.simulation.real_worker import WorkerProcess
    from tests.simulation.world import World

FIRST_LEASE_S = 6.0
OBEY_S = Settings.model_fields["obey_s"].default
HEARD_WITHIN_S = 1.5
"""An engine that tells its steps stops so soon after its worker heard that it shall."""
ENDS_WITHIN_S = OBEY_S + 3 * LOOK_S + LEAVE_WITHIN_S + 1.0
"""A process whose engine does not return is gone so soon after it heard that it shall stop."""
CLAIMS_AFTER_STOP_S = 4.0
"""A claim that was under way when the worker was asked to stop may still arrive."""
SLOW = {
    "worker_pause", "engine_deaf", "deaf", "join_fails", "offset_commit_waits", "publish_fails",
    "publish_unacknowledged", "store_slow", "store_fails", "store_answer_lost", "store_away",
}  # fmt: skip
"""What may make a worker miss its time to stop."""


def concerned(stop: StopTask, order: WorkOrder, worker_id: str) -> bool:
    """Whether a worker that has this order shall stop it, in the words of `StopTask`."""
    return (
        (stop.job_id, stop.run) == (order.job_id, order.run)
        and stop.node_id in {None, order.node_id}
        and stop.attempt in {None, order.attempt}
        and stop.keep_worker_id != worker_id
    )


class Watch:
    """Sees every order, engine run and word of every worker, and says what is wrong at once."""

    def __init__(self, world: World, bucket: Bucket) -> None:
        self.runs = 0
        self.hosts = HostWatch(world)
        self._world, self._bucket = world, bucket
        self._orders: dict[str, WorkOrder] = {}
        self._spoken_of: set[str] = set()
        self._claims: Counter[tuple[str, str]] = Counter()
        self._claimed_s: dict[tuple[str, str], float] = {}
        self._ended: set[tuple[str, str]] = set()
        self._doubtful: set[tuple[str, str]] = set()
        self._results: dict[str, tuple[Any, ...]] = {}

    def ordered(self, order: WorkOrder) -> None:
        """An order was sent."""
        self._orders[order.task_id] = order

    def in_doubt(self, process: WorkerProcess, event: TaskEvent) -> None:
        """A worker does not know whether its word arrived: who lets an order go on this ground does no wrong."""
        if isinstance(event, TaskStarted | TaskReleased):
            self._doubtful.add((_task(event), process.worker_id))

    def begins(self, process: WorkerProcess, task: Task) -> None:
        """An engine begins to work."""
        self.runs += 1
        if not self._claims[task.task_id, process.worker_id]:
            self._wrong(f"{process.worker_id} worked on {task.task_id} without a claim")
        if not self._orders[task.task_id].fresh and LOOKED_UP.get() is not False:
            self._wrong(f"{process.worker_id} made {task.task_id}, which was remembered or not looked up")
        if len(process.in_flight) > process.slots:
            self._wrong(f"{process.worker_id} has {process.slots} slots and runs {len(process.in_flight)}")
        if process.threads_at_work > process.slots:  # one that nobody waits for any more takes its slot, too
            self._wrong(f"{process.worker_id} has {process.slots} slots and more threads at work")

    def order(self, task_id: str) -> WorkOrder:
        """Return the order of a task."""
        return self._orders[task_id]

    def hangs(self, process: WorkerProcess, task: Task) -> None:
        """An engine that never returns is still there."""
        if process.life.stood_still:
            return
        for at_s, stop in process.heard:
            late_s = self._world.loop.time() - at_s
            if late_s > ENDS_WITHIN_S and self.concerns(stop, task.task_id, process):
                self._wrong(
                    f"{process.worker_id} lives {late_s:.1f} s after {task.task_id} was stopped, which hangs"
                )

    def leaves(self, process: WorkerProcess, attempt: Attempt) -> None:
        """A worker ends itself because of an attempt, and hands back what it has."""
        order = attempt.order
        late = order.deadline_ms is not None and self._world.loop.now_ms >= order.deadline_ms
        if not late and not any(self.concerns(stop, order.task_id, process) for _, stop in process.heard):
            self._wrong(f"{process.worker_id} ended itself for {order.task_id}, which nobody had stopped")

    def left(self, process: WorkerProcess) -> None:
        """A worker that ended itself has handed everything back."""
        self._knows(process, lambda _: True)

    def goes_on(self, process: WorkerProcess, task: Task) -> None:
        """An engine that listens goes on."""
        order = self._orders[task.task_id]
        if process.life.stood_still:
            return
        for at_s, stop in process.heard:
            late_s = self._world.loop.time() - at_s
            if late_s > HEARD_WITHIN_S and concerned(stop, order, process.worker_id):
                self._wrong(
                    f"{process.worker_id} still runs {task.task_id} {late_s:.1f} s after it was stopped"
                )

    def hears(self, process: WorkerProcess, stop: StopTask) -> None:
        """A worker hears a stop; of what it had ended before, the log must know."""
        running = {event.id for event in process.in_flight}
        if not process.admitting and process.asked_to_stop_s is None:  # one that stops is asked when it rests
            self._knows(process, lambda task: task not in running and self.concerns(stop, task, process))
        process.heard.append((self._world.loop.time(), stop))
        self.hosts.stopped(process, stop)

    def told(self, process: WorkerProcess, event: TaskEvent) -> None:
        """A worker's word stands in the log."""
        key = _task(event), process.worker_id
        self._spoken_of.add(key[0])
        self.hosts.told(process, event, self._orders[key[0]])
        if isinstance(event, TaskStarted):
            self._claims[key] += 1
            asked_s = process.asked_to_stop_s
            if (
                asked_s is not None
                and self._world.loop.time() - asked_s > CLAIMS_AFTER_STOP_S
                and not process.life.stood_still
            ):
                self._wrong(f"{process.worker_id} shall stop, and claims {key[0]}")
        elif isinstance(event, TaskSucceeded | TaskFailed | TaskReleased | TaskDeferred):
            self._ended.add(key)
        if isinstance(event, TaskStarted | LeaseRenewed):
            now_s = self._world.loop.time()
            age_s = now_s - self._claimed_s.setdefault(key, now_s)
            if event.lease_s > max(FIRST_LEASE_S, min(LONGEST_S, age_s + A_MOMENT_S)):
                self._wrong(f"{key[0]} is {age_s:.1f} s old, and its lease {event.lease_s:.0f} s long")
        if isinstance(event, TaskSucceeded):
            self._durable(event)

    def passes(self, process: WorkerProcess, task_id: str) -> None:
        """A worker lets an order go for good: the log knows of it, or nobody wants it."""
        if task_id not in self._spoken_of and not any(
            self.concerns(stop, task_id, process) for _, stop in process.heard
        ):
            self._wrong(f"{process.worker_id} committed the offset of {task_id}, which it has not claimed")

    def rests(self, process: WorkerProcess) -> None:
        """A worker has nothing in hand any more: of everything that it claimed the log knows what became of it."""
        if process.life.stood_still and process.asked_to_stop_s is not None:
            return  # its time may have been over when it woke
        self._knows(process, lambda _: True)

    def killed_itself(self, process: WorkerProcess) -> None:
        """A worker did not end its work in the time that it has after SIGTERM."""
        if not SLOW & self._world.luck.used.keys():
            self._wrong(f"{process.worker_id} did not stop in time")

    def verdict(self) -> None:
        """Look at the end at what was told in public, and at what happened in a world without faults."""
        for partition in self._world.partitions:
            for tell, at_ms in zip(partition.told(), partition.told_ms(), strict=True):
                self._stored(tell, at_ms)
        if (
            not self._world.luck.used and not self._world.mixed
        ):  # what another version left ready is ordered twice
            claims: dict[str, int] = defaultdict(int)
            for (task, _), count in self._claims.items():
                claims[task] += count
            for task, count in claims.items():
                if count > 1:
                    self._wrong(f"nothing was wrong, and {task} was claimed {count} times")

    def _knows(self, process: WorkerProcess, about: Callable[[str], bool]) -> None:
        for task, worker_id in sorted(self._claims.keys() - self._ended - self._doubtful):
            if worker_id != process.worker_id or not about(task):
                continue
            if not any(self.concerns(stop, task, process) for _, stop in process.heard):
                self._wrong(f"{worker_id} claimed {task} and said no more of it")

    def concerns(self, stop: StopTask, task: str, process: WorkerProcess) -> bool:
        """Whether a worker shall stop a task."""
        return concerned(stop, self._orders[task], process.worker_id)

    def _durable(self, event: TaskSucceeded) -> None:
        objects = self._bucket.objects
        for product in event.products:
            found = objects.get(product.asset.key)
            if found is None or found.sha256 != product.asset.sha256:
                self._wrong(f"{_task(event)} was told before its bytes were stored")
            if grant_key(self._orders[_task(event)].tenant, product.asset.sha256) not in objects:
                self._wrong(f"{_task(event)} was told before its tenant may name what it made")
        if result_key(event.fingerprint) not in objects:
            self._wrong(f"{_task(event)} was told before its cached result was written")
        if not self._orders[_task(event)].fresh:
            made = tuple(product.asset for product in event.products)
            if self._results.setdefault(event.fingerprint, made) != made:
                self._wrong(f"the work {event.fingerprint[:8]} has two results")

    def _stored(self, tell: PublishFact, at_ms: int) -> None:
        fact: Any = tell.fact
        assets = list(getattr(fact, "outputs", {}).values())
        if tell.type == "media.asset.ready.v1":
            assets.append(fact.asset)
        for asset in assets:
            found = self._bucket.objects.get(asset.key)
            if found is None or found.sha256 != asset.sha256 or found.since_ms > at_ms:
                self._wrong(f"{tell.type} named {asset.asset_id[:15]}, which was not stored by then")

    def _wrong(self, what: str) -> None:
        self._world.violations.append(what)


def _task(event: TaskEvent) -> str:
    return task_id(event.job_id, event.run, event.node_id, event.attempt)
