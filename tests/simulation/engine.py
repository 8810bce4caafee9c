"""What an engine does in a schedule: it takes its time in slices, fails, does not hear that it shall stop, or never returns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.contract import Finished, Product, Result, Task
from runtime.errors import EngineFailed, InvalidRequest, OutOfMemory
from tests.planning.jobs import made_by
from tests.simulation.clock import A_MOMENT_S, NotYet

if TYPE_CHECKING:
    from tests.simulation.real_worker import WorkerProcess

SLICE_S = 0.5
"""How long an engine goes on before it says how far it is."""
PATIENCE_S = (0.5, 20.0)
"""So long people wait for a job whose engine never returns, before they cancel it."""

FAULTS = (
    EngineFailed("it broke"),
    OutOfMemory("it broke"),
    InvalidRequest("it broke"),
    ValueError("it broke"),
)


@dataclass(slots=True)
class _Run:
    begun_s: float
    length_s: float
    deaf: bool
    forever: bool
    fault: Exception | None
    number: int


class SimulatedEngine:
    """The only engine of a worker, whatever its name is. No two runs give the same bytes: the cached result must decide."""

    concurrent = True

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._runs: dict[Path, _Run] = {}

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Do one slice of the work, and ask to be called again while some is left."""
        (task,) = tasks
        run = self._runs.get(task.workdir) or self._begin(task)
        elapsed_s = self._process.world.loop.time() - run.begun_s
        if run.forever:
            self._process.watch.hangs(self._process, task)
            raise NotYet(2 * SLICE_S)
        try:
            if not run.deaf:
                task.report.step(int(elapsed_s * 1000), int(run.length_s * 1000), "making")
                self._process.watch.goes_on(self._process, task)
            if run.length_s - elapsed_s > A_MOMENT_S:
                raise NotYet(min(SLICE_S, run.length_s - elapsed_s))
            if run.fault is not None:
                self._process.watch.hosts.engine_fails(self._process, task)
                raise run.fault
        except Exception:
            del self._runs[task.workdir]
            raise
        del self._runs[task.workdir]
        result = Result((product_of(task, task.workdir / "product", run.number),))
        return iter((Finished(task.task_id, result),))

    def _begin(self, task: Task) -> _Run:
        world, watch = self._process.world, self._process.watch
        watch.begins(self._process, task)
        draw, luck = world.draw, world.luck
        length_s = draw.choice((0.0, 0.02, 0.2, 0.2, 0.5))
        # Beside one that hangs others take long more often: what becomes of them is the question there.
        if draw.random() < (0.6 if any(other.forever for other in self._runs.values()) else 0.1):
            length_s = draw.uniform(1.0, 10.0) if draw.random() < 0.9 else draw.uniform(10.0, 100.0)
        deaf = luck.bad("engine_deaf", 0.03)
        if deaf:
            length_s += draw.uniform(1.0, 12.0)
        forever = luck.bad("engine_never_returns", 0.08)
        if forever:
            world.requests.lose_patience(watch.order(task.task_id), draw.uniform(*PATIENCE_S))
        fault = draw.choice(FAULTS) if luck.bad("worker_fails", 0.06) else None
        run = self._runs[task.workdir] = _Run(world.loop.time(), length_s, deaf, forever, fault, watch.runs)
        return run


def measured(path: Path) -> dict[str, object]:
    """Return what the engine wrote of its product, as a probe would measure it."""
    facts: dict[str, object] = json.loads(path.read_bytes())["facts"]
    return facts


def product_of(task: Task, path: Path, number: int) -> Product:
    """Write what the run of this number makes of a task."""
    made: Any = made_by(task)  # type: ignore[arg-type]  # a task has what is asked of an order
    facts = {} if made.duration_s is None else {"duration_s": made.duration_s}
    words = {"facts": facts, "of": made.sha256, "run": number}
    path.write_bytes(json.dumps(words).encode())
    return Product(path, made.media_type, text=made.text)
