"""Hosts of a simulated worker: the real code that keeps them, over processes that only a schedule knows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bus.cloudevents import encode
from catalog.models import Model
from engines.contract import Result, Task
from engines.host.hosts import Hosts
from engines.host.warm_parent import ANSWER_WITHIN_S, Ended, WarmParent
from runtime.errors import EngineFailed
from schemas.orders import ENGINE_TYPE, EngineWanted
from tests.simulation.host_child import Child, Talk
from tests.simulation.host_oracle import HostWatch
from tests.simulation.plan import HOSTS, Plan
from tests.simulation.tasks import TaskRecord
from worker.measuring import MEASURING

if TYPE_CHECKING:
    from tests.simulation.real_worker import WorkerProcess
    from tests.simulation.world import World

HOSTED = 0.5
"""How often a world with real workers has engines in hosts."""
MOST_FAULTS = 5
DOING: ContextVar[Task | None] = ContextVar("doing", default=None)
"""The task that is done: what is measured after it is its."""
NO_PID = 1 << 30
"""Above every process id that there is."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """What hosts are like in a world; where it is `crowded` each engine takes the room of all."""

    concurrent: bool
    largest_batch: int
    idle_s: float
    crowded: bool
    grace_s: float
    longest_silence_s: float

    @staticmethod
    def of(plan: Plan) -> Hosting | None:
        """Return what hosts are like in the world of a plan, if it has them. Its draws are its own."""
        draw = random.Random(f"hosts {plan.seed}")
        if draw.random() >= HOSTED or HOSTS in plan.without:
            return None
        return Hosting(
            concurrent=draw.random() < 0.6,
            largest_batch=draw.choice((1, 1, 3)),
            idle_s=draw.choice((0.5, 3.0, 300.0)),
            crowded=draw.random() < 0.3,
            grace_s=draw.choice((0.5, 2.0, 4.0)),
            longest_silence_s=draw.choice((6.0, 15.0)),
        )

    def row(self, row: Model) -> Model:
        """Return a row of the catalogue as it is in this world."""
        return replace(
            row,
            grace_s=self.grace_s,
            longest_silence_s=self.longest_silence_s,
            largest_batch=1 if row.name == MEASURING.name else self.largest_batch,
            memory_bytes=2,
        )


class HostLuck:
    """Draws what goes wrong in the hosts of a world: a few faults of their own, for a world's are often used up before."""

    def __init__(self, world: World) -> None:
        plan = world.luck.plan
        self._used, self._without = world.luck.used, plan.without
        self._draw = random.Random(f"faults of hosts {plan.seed}")
        self._left = self._draw.randint(0, min(MOST_FAULTS, plan.faults))

    def bad(self, fault: str, probability: float) -> bool:
        """Whether this goes wrong now."""
        if self._draw.random() >= probability or self._left <= 0 or fault in self._without:
            return False
        self._left -= 1
        self._used[fault] += 1
        return True


class SimulatedHosts(Hosts):
    """The hosts of one worker, with rows as they are in this world."""

    def __init__(self, process: WorkerProcess, hosting: Hosting, luck: HostLuck) -> None:
        self.machine = Machine(process, hosting, luck)
        budget_bytes = 1 if hosting.crowded else 0
        super().__init__(idle_s=hosting.idle_s, budget_bytes=budget_bytes, warm=self.machine)

    async def run_timed(self, row: Model, task: Task) -> tuple[Result, float]:
        with self.machine.doing(row, task):
            return await super().run_timed(self.machine.hosting.row(row), task)

    def prefetch(self, row: Model) -> None:
        super().prefetch(self.machine.hosting.row(row))

    async def close(self) -> None:
        self.machine.closing = True
        await super().close()


class Machine(WarmParent):
    """Starts and ends the processes of one worker's hosts. They die with it."""

    def __init__(self, process: WorkerProcess, hosting: Hosting, luck: HostLuck) -> None:
        super().__init__()
        self.process, self.hosting, self.luck = process, hosting, luck
        self.watch: HostWatch = process.watch.hosts
        self.closing = False
        self.kills = 0
        self.waiting: dict[str, Task] = {}
        """By its id the tasks that are waited for."""
        self.given: dict[str, Path] = {}
        """By the folder of a measuring what it measures."""
        self._tasks: dict[str, Task] = {}
        self._children: dict[int, Child] = {}

    @contextmanager
    def doing(self, row: Model, task: Task) -> Iterator[None]:
        """Note what is waited for. What is measured belongs to the task that made it."""
        if row.name == MEASURING.name:
            self._tasks[str(task.workdir)] = DOING.get() or task
            self.given[str(task.workdir)] = task.inputs["/file"].path
            yield
            return
        self.process.watch.begins(self.process, task)
        DOING.set(task)
        self._tasks[str(task.workdir)] = self.waiting[task.task_id] = task
        try:
            yield
        finally:
            del self.waiting[task.task_id]

    def task(self, workdir: str) -> Task:
        """Return whose work is done in a folder."""
        return self._tasks[workdir]

    @property
    def going(self) -> bool:
        """Whether what happens here concerns anybody."""
        return not self.process.life.dead and not self.closing

    def later(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        """Let something happen in one of the processes."""
        self.process.world.loop.after(delay_s, action, *arguments)

    def die(self) -> None:
        """The worker is dead, and all its hosts with it."""
        for child in list(self._children.values()):
            child.end(None)

    # What the hosts ask of it.
    async def started(self) -> None:
        return

    async def fork(self, python: str | None) -> tuple[Ended, Any]:
        world = self.process.world
        await world.loop.sleep(world.draw.uniform(0.001, 0.02))
        if not self.going or self.luck.bad("host_cannot_start", 0.02):
            self.watch.nothing_starts(self.process)
            raise EngineFailed("no process could be started for an engine")
        self._born += 1
        ended, talk = Ended(self._born), Talk(world.loop)
        ended.pid.set_result(NO_PID + self._born)
        self._children[ended.number] = talk.child = Child(self, ended, talk)
        return ended, talk

    async def kill(self, host: Ended) -> int | None:
        if not host.status.done():
            child = self._children[host.number]
            self.watch.killed(child)
            self.later(self.process.world.draw.uniform(0.0, 0.02), child.end, -9)
            await asyncio.wait([host.status], timeout=ANSWER_WITHIN_S)
        return await host.status

    async def close(self) -> None:
        self.die()

    def end(self) -> None:
        self.die()

    def oom_kills(self) -> int:
        return self.kills


def unwanted(engine: str, prefix: str) -> TaskRecord:
    """What an operator says who has an engine unloaded."""
    word = EngineWanted(engine=engine, loaded=False)
    value, headers = encode(
        ENGINE_TYPE, word.to_bytes(), id="e", source="/simulated", subject=engine, time="now"
    )
    return TaskRecord(f"{prefix}.control", 0, 0, value, headers)
