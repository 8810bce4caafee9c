"""What must hold of hosts: a death is charged to those whom it concerns and to nobody else, and what hangs is ended in time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from catalog.models import model
from engines.contract import Task
from schemas.identity import task_id
from schemas.log import TaskEvent, TaskFailed, TaskReleased
from schemas.orders import StopTask, WorkOrder

if TYPE_CHECKING:
    from tests.simulation.host_child import Call, Child
    from tests.simulation.real_worker import WorkerProcess
    from tests.simulation.world import World

LATE_S = 1.0
"""Beside its grace, or its longest silence, an engine that hangs has so long."""
INEXACT_S = 0.15
"""A worker looks at its hosts in turns: so much it may be wrong about how long something has lasted."""
CHARGED = frozenset({"engine_failed", "out_of_memory"})
Key = tuple[str, str]
"""A task and a worker."""


class HostWatch:
    """Knows what became of every task in a host, and compares it with what workers say."""

    def __init__(self, world: World) -> None:
        self.runs = 1_000_000
        self._world = world
        self._codes: defaultdict[Key, set[str]] = defaultdict(set)
        """Which failures of a task its worker may tell."""
        self._charged: set[Key] = set()
        """Whose host died of itself, or was ended for them alone: their worker must tell a failure."""
        self._unloadable: set[tuple[str, str]] = set()
        """Engines, by their import strings, that a worker could not load once."""
        self._startless: set[str] = set()

    # What hosts do.
    def nothing_starts(self, process: WorkerProcess) -> None:
        """A worker could start no process."""
        self._startless.add(process.worker_id)

    def cannot_load(self, child: Child) -> None:
        """An engine does not load."""
        self._unloadable.add((child.machine.process.worker_id, child.target))

    def engine_fails(self, process: WorkerProcess, task: Task) -> None:
        """An engine tells a failure."""
        self._codes[task.task_id, process.worker_id] |= CHARGED

    def died(self, child: Child, *, for_memory: bool) -> None:
        """A host ends by itself."""
        code = "out_of_memory" if for_memory else "engine_failed"
        for call in child.calls.values():
            self._charge(child, call, code)
        for workdir in child.coming:
            self._codes[child.machine.task(workdir).task_id, child.machine.process.worker_id].add(code)

    def killed(self, child: Child) -> None:
        """A worker ends one of its hosts."""
        machine, now_s = child.machine, self._world.loop.time()
        if not machine.going or not child.loaded or child.leaving:
            return
        row, guilty, silent = machine.hosting, 0, []
        if child.last is not None and now_s - child.last.heard_s < 0.01:
            return
        for call in child.calls.values():
            if call.told_s is not None and now_s - call.told_s > row.grace_s - INEXACT_S:
                guilty += 1
            elif call.told_s is None and now_s - call.heard_s > row.longest_silence_s - INEXACT_S:
                silent.append(call)
        if not guilty and not silent:
            self._wrong(f"{machine.process.worker_id} ended a host whose tasks all obey")
        for call in silent:
            self._codes[self._key(child, call)].add("engine_failed")
        if len(silent) == 1 and not guilty:
            self._charge(child, silent[0], "engine_failed")

    def goes_on(self, child: Child, call: Call) -> None:
        """An engine is at work."""
        process, now_s = child.machine.process, self._world.loop.time()
        if process.life.stood_still or process.life.dead:
            return
        row = child.machine.hosting
        if not call.deaf and not call.forever and not call.measures:
            process.watch.goes_on(process, call.task)
        if call.told_s is not None and now_s - call.told_s > row.grace_s + LATE_S:
            self._wrong(f"the host of {call.task.task_id} lives, which was told to stop and does not")
        if call.told_s is None and now_s - call.heard_s > row.longest_silence_s + LATE_S:
            self._wrong(f"the host of {call.task.task_id} lives, which says nothing")

    # What workers hear and say.
    def stopped(self, process: WorkerProcess, stop: StopTask) -> None:
        """A worker hears a stop: whoever hangs is gone in time, and its slot is free."""
        if process.hosts is None:
            return
        within_s = process.hosts.machine.hosting.grace_s + LATE_S
        for task in process.hosts.machine.waiting.values():
            if process.watch.concerns(stop, task.task_id, process):
                self._world.loop.after(within_s, self._left, process, task)

    def told(self, process: WorkerProcess, event: TaskEvent, order: WorkOrder) -> None:
        """A worker says what became of a task."""
        if process.hosts is None:
            return
        key = task_id(event.job_id, event.run, event.node_id, event.attempt), process.worker_id
        if isinstance(event, TaskFailed):
            if event.code in CHARGED and not self._may_be_charged(key, event.code, order):
                self._wrong(f"{key[0]} was charged with {event.code}, and nothing was wrong with it")
            self._charged.discard(key)
        elif isinstance(event, TaskReleased) and key in self._charged and not process.leaves:
            self._wrong(f"the host of {key[0]} died of it, and nobody was charged")

    def _may_be_charged(self, key: Key, code: str, order: WorkOrder) -> bool:
        if code in self._codes[key]:
            return True
        row = model(order.engine)
        engines = {row.target if row is not None else "", "engines.media.measuring:Measuring"}
        return code == "engine_failed" and (
            key[1] in self._startless or any((key[1], engine) in self._unloadable for engine in engines)
        )

    def _charge(self, child: Child, call: Call, code: str) -> None:
        key = self._key(child, call)
        self._codes[key].add(code)
        if call.told_s is None:
            self._charged.add(key)

    def _left(self, process: WorkerProcess, task: Task) -> None:
        machine = process.hosts.machine if process.hosts is not None else None
        if machine is None or not machine.going or process.life.stood_still:
            return
        if any(task is other for other in machine.waiting.values()):
            self._wrong(f"{process.worker_id} still waits for a task {LATE_S} s after its grace was over")

    def _key(self, child: Child, call: Call) -> Key:
        return call.task.task_id, child.machine.process.worker_id

    def _wrong(self, what: str) -> None:
        self._world.violations.append(what)
