"""Whether the attempts of a worker end when they shall: who is told to stop, who does not hear it, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from runtime.errors import Cancelled
from schemas.orders import WorkOrder
from worker.report import TaskReport
from worker.threads import EngineThreads

LOOK_S = 0.5
LISTENS_WITHIN_S = 2.0
"""An attempt that goes on for longer after it was told to stop does not obey, and its slot counts as lost."""

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt in work. It may take `limit_s`; `deaf_s` counts since it was told to stop, or should be over.

    Times are counted look by look, so that a process that was stopped and goes on blames nobody for the pause.
    """

    order: WorkOrder
    limit_s: float
    report: TaskReport = field(default_factory=TaskReport)
    ran_s: float = 0.0
    deaf_s: float | None = None
    overdue: bool = False
    over: bool = False
    left: bool = False
    _work: asyncio.Task[Any] | None = None

    @property
    def deaf(self) -> bool:
        """Whether it was told to stop and goes on."""
        return self.deaf_s is not None and self.deaf_s >= LISTENS_WITHIN_S

    def stop(self, reason: str) -> None:
        """Tell it to stop. One that has its result is left alone."""
        if not self.over and self.deaf_s is None:
            self.deaf_s = 0.0
            self.report.cancel(reason)

    async def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Do the work and return its result; from then on there is nothing to stop any more.

        Raises:
            Cancelled: it was told to stop, and waited for something that is no engine.
        """
        self._work = working = asyncio.ensure_future(work)
        try:
            return await working
        except asyncio.CancelledError:
            if _being_cancelled():
                raise
            raise Cancelled("it was stopped while it waited") from None
        finally:
            self.over, self.deaf_s = True, None

    def cut_off(self) -> None:
        """End its wait for the store; no engine of it is at work."""
        if self._work is not None:
            self._work.cancel()


class Obedience:
    """Knows the attempts of one worker. What was told to stop has `grace_s` to end."""

    def __init__(self, slots: int, grace_s: float, threads: EngineThreads) -> None:
        self._slots = slots
        self._grace_s = grace_s
        self._threads = threads
        self._attempts: dict[str, Attempt] = {}
        self._begun = asyncio.Event()

    @contextmanager
    def attempt(self, order: WorkOrder, limit_s: float) -> Iterator[Attempt]:
        """Give an attempt that is watched until it is left, and longer while a thread of it is at work."""
        attempt = self._attempts[order.task_id] = Attempt(order, limit_s)
        self._begun.set()
        try:
            yield attempt
        finally:
            attempt.left = True
            self._forget(attempt)

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts in work."""
        return [attempt for attempt in self._attempts.values() if not attempt.left]

    def of(self, task_id: str) -> Attempt | None:
        """Return what is known of a task's attempt."""
        return self._attempts.get(task_id)

    @property
    def withheld(self) -> int:
        """How many threads are still at work for attempts that were left: their slots are not free."""
        return sum(attempt.left for attempt in self._attempts.values())

    @property
    def deaf(self) -> int:
        """How many slots do not obey."""
        return sum(attempt.deaf for attempt in self._attempts.values())

    def reasons(self) -> list[str]:
        """Tell how many slots obey, when not all do; for /readyz."""
        return [f"{self._slots - self.deaf} of {self._slots} slots obey"] if self.deaf else []

    async def first_disobedient(self) -> Attempt:
        """Return the first attempt that has not ended in its grace; stop those that take too long meanwhile."""
        clock = asyncio.get_running_loop().time
        while True:
            if not self._attempts:
                self._begun.clear()
                await self._begun.wait()
            looked = clock()
            await asyncio.sleep(LOOK_S)
            passed_s = min(clock() - looked, 2 * LOOK_S)
            for attempt in list(self._attempts.values()):
                if self._look(attempt, passed_s):
                    return attempt

    def _look(self, attempt: Attempt, passed_s: float) -> bool:
        """Count the time that passed, and return whether the attempt's grace is over."""
        attempt.ran_s += passed_s
        busy = self._threads.busy(attempt.order.task_id)
        if attempt.over:
            # What it had to say is said; a thread that measures or tidies up shall come back all the same.
            attempt.deaf_s = (attempt.deaf_s or 0.0) + passed_s if busy else None
            self._forget(attempt)
        elif attempt.deaf_s is not None:
            attempt.deaf_s += passed_s
        elif attempt.ran_s >= attempt.limit_s:
            attempt.overdue = True
            attempt.stop("it takes too long")
        if attempt.deaf_s is None or attempt.deaf_s < self._grace_s:
            return False
        if busy or attempt.deaf_s >= 2 * self._grace_s:
            return True
        attempt.cut_off()
        return False

    def _forget(self, attempt: Attempt) -> None:
        task_id = attempt.order.task_id
        if attempt.left and not self._threads.busy(task_id) and self._attempts.get(task_id) is attempt:
            del self._attempts[task_id]


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
