"""Workers that claim orders, hold leases, die, stall, answer late and twice, and stop when they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.facts import EngineUsed
from schemas.log import (
    CANNOT,
    LeaseRenewed,
    LogEvent,
    NodeProduct,
    TaskFailed,
    TaskReleased,
    TaskStarted,
    TaskSucceeded,
)
from schemas.orders import StopTask, WorkOrder
from tests.planning.jobs import made_by
from worker.leases import Lease

if TYPE_CHECKING:
    from tests.simulation.world import World

LEASE_S = 6.0
ENGINE = EngineUsed(name="draft", family="draft", model="draft", revision="1")


@dataclass(slots=True, eq=False)
class _Worker:
    """One incarnation of a worker process."""

    worker_id: str
    alive: bool = True
    stops: list[StopTask] = field(default_factory=list)
    running: list[_Task] = field(default_factory=list)

    def concerned(self, stop: StopTask, order: WorkOrder) -> bool:
        return (
            stop.job_id == order.job_id
            and stop.run == order.run
            and stop.node_id in {None, order.node_id}
            and stop.attempt in {None, order.attempt}
            and stop.keep_worker_id != self.worker_id
        )


@dataclass(slots=True, eq=False)
class _Task:
    """One order in work."""

    order: WorkOrder
    worker: _Worker
    wanted: bool = True

    @property
    def going(self) -> bool:
        return self.wanted and self.worker.alive


class Workers:
    """All workers of the world. `busy` counts what they have still to do."""

    def __init__(self, world: World, count: int) -> None:
        self._world, self._loop, self._luck, self._draw = world, world.loop, world.luck, world.draw
        self._born = 0
        self._away_until_s = 0.0
        self._workers = [self._new() for _ in range(count)]
        self.busy = 0

    def order(self, order: WorkOrder, late_s: float) -> None:
        """Put an order on its topic; somebody takes it after a while."""
        self._later(late_s + self._draw.random() * 0.01, self._deliver, order)

    def stop(self, stop: StopTask, late_s: float) -> None:
        """Tell every worker to stop something."""
        for worker in self._workers:
            if not self._luck.bad("stop_lost", 0.05):
                self._later(late_s + self._draw.random() * 0.02, self._hear, worker, stop)

    def _deliver(self, order: WorkOrder) -> None:
        worker = self._draw.choice(self._workers)
        luck = self._luck
        if luck.bad("worker_dies_before_claim", 0.05):
            self._die(worker)
            self._later(self._draw.uniform(2.0, 7.0), self._deliver, order)
            return
        who: dict[str, Any] = {
            "job_id": order.job_id,
            "run": order.run,
            "node_id": order.node_id,
            "attempt": order.attempt,
            "worker_id": worker.worker_id,
        }
        stops = [stop for stop in worker.stops if worker.concerned(stop, order)]
        if stops:
            if all(stop.node_id is not None for stop in stops):
                self._log(TaskReleased(**who))
            return
        if luck.bad("worker_cannot", 0.05):
            self._lacks(order, who)
            return
        self._log(TaskStarted(**who, lease_s=LEASE_S))
        if luck.bad("worker_dies_in_claim", 0.05):
            self._die(worker)
            self._later(self._draw.uniform(2.0, 7.0), self._deliver, order)
            return
        if luck.bad("worker_dies_after_claim", 0.05):
            self._die(worker)
            return
        if luck.bad("delivered_twice", 0.05):
            self._later(self._draw.uniform(0.0, 4.0), self._deliver, order)
        self._work(_Task(order, worker), who)

    def _lacks(self, order: WorkOrder, who: dict[str, Any]) -> None:
        """Say that this worker has no such engine: at once, or after the claim; or as an older version says it."""
        said: LogEvent = TaskReleased(**who, reason=CANNOT, engine=order.engine, message="it has no GPU")
        if self._draw.random() < 0.3:
            words = f"this worker's catalogue has no engine {order.engine}"
            said = TaskFailed(**who, code="engine_unavailable", message=words, retryable=False)
        if self._draw.random() < 0.5:
            self._log(TaskStarted(**who, lease_s=LEASE_S))
        self._log(said)

    def _work(self, task: _Task, who: dict[str, Any]) -> None:
        luck, draw = self._luck, self._draw
        task.worker.running.append(task)
        strangers = self._world.strangers
        if strangers is not None and strangers.works(
            task.order, who, lambda: task.going, lambda: task.worker.alive
        ):
            return
        length_s = draw.choice((0.0, 0.02, 0.2, 0.2, 0.5))
        if draw.random() < 0.04:
            length_s = draw.uniform(1.0, 9.0) if draw.random() < 0.9 else draw.uniform(10.0, 150.0)
        if luck.bad("worker_releases", 0.05):
            self._later(length_s / 2, self._answer, task, TaskReleased(**who))
            return
        silent_from_s, granted_s = length_s, LEASE_S
        stalls = luck.bad("worker_stalls", 0.06)
        if stalls:
            silent_from_s = draw.choice((0.0, 0.0, draw.uniform(0.0, 100.0)))
        lease = Lease(LEASE_S, 0.0)
        while (at_s := lease.renew_at_s) < silent_from_s:
            granted_s = lease.renewed(at_s)
            renewal = LeaseRenewed(**who, lease_s=granted_s, fraction=at_s / max(length_s, silent_from_s))
            self._later(at_s, self._say, task, renewal)
        if stalls:
            length_s = silent_from_s + granted_s + draw.uniform(-1.0, 7.0)
        answer: LogEvent
        if luck.bad("provider_away", 0.03):
            self._away_until_s = self._loop.time() + draw.uniform(5.0, 200.0)
        away_s = self._away_until_s - self._loop.time()
        if away_s > 0.0 and not stalls:
            code = draw.choice(("provider_rate_limited", "provider_failed", "storage_failed"))
            asked_s = draw.choice((None, None, away_s))
            away = TaskFailed(**who, code=code, message="away", retryable=True, retry_after_s=asked_s)
            self._later(draw.random(), self._answer, task, away)
            return
        if luck.bad("worker_fails", 0.08):
            code = draw.choice(("engine_failed", "out_of_memory", "provider_rate_limited", "invalid_request"))
            retryable = code != "invalid_request"
            answer = TaskFailed(**who, code=code, message="it broke", retryable=retryable)
        else:
            answer = TaskSucceeded(
                **who,
                products=(
                    _product(task.order.capability, str(task.order.params), task.order.role, task.order),
                ),
                engine=ENGINE,
                fingerprint="f" * 64,
                cached=False,
                duration_ms=5,
            )
        self._later(length_s, self._answer, task, answer)

    def _say(self, task: _Task, event: LogEvent) -> None:
        if task.going and task in task.worker.running:
            self._log(event)

    def _answer(self, task: _Task, event: LogEvent) -> None:
        if task.going:
            self._log(event)
            if self._luck.bad("worker_dies_after_result", 0.02):
                self._die(task.worker)
        if task in task.worker.running:
            task.worker.running.remove(task)

    def _hear(self, worker: _Worker, stop: StopTask) -> None:
        if worker.alive:
            worker.stops.append(stop)
            for task in worker.running:
                if worker.concerned(stop, task.order):
                    task.wanted = False

    def _die(self, worker: _Worker) -> None:
        worker.alive = False
        if worker in self._workers:
            self._workers[self._workers.index(worker)] = self._new()

    def _new(self) -> _Worker:
        self._born += 1
        return _Worker(f"w{self._born}")

    def _log(self, event: LogEvent) -> None:
        self._world.append(event)
        if self._luck.bad("log_twice", 0.03):
            self._later(self._draw.uniform(0.0, 2.0), self._world.append, event)

    def _later(self, delay_s: float, action: Any, *arguments: Any) -> None:
        self.busy += 1
        self._loop.after(delay_s, self._do, action, arguments)

    def _do(self, action: Any, arguments: tuple[Any, ...]) -> None:
        self.busy -= 1
        action(*arguments)
        if not self.busy:
            self._world.look()


_products: dict[tuple[str, str, str], NodeProduct] = {}


def _product(capability: str, params: str, role: str, order: WorkOrder) -> NodeProduct:
    """What a worker makes of an order; equal orders give equal assets, so they are made once."""
    key = (capability, params, role)
    if key not in _products:
        if len(_products) > 5_000:
            _products.clear()
        _products[key] = NodeProduct(role=role, asset=made_by(order))
    return _products[key]
