"""The engine of a real worker whose work a stranger does, over the same stranger as the modelled ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.contract import Result, Task
from engines.remote_contract import Failed, NotTaken, Pending, Ticket, TicketLost
from engines.remote_contract import NotYet as NothingYet
from runtime.errors import EngineFailed, ProviderRateLimited
from tests.simulation.clock import NotYet
from tests.simulation.engine import SimulatedEngine, product_of
from tests.simulation.strangers import EXPIRES_S, LOST, NOT_TAKEN, Strangers

if TYPE_CHECKING:
    from tests.simulation.real_worker import WorkerProcess


class AwayEngine(SimulatedEngine):
    """Makes nothing by itself, but stands in where something failed for good."""

    def __init__(self, process: WorkerProcess, strangers: Strangers) -> None:
        super().__init__(process)
        self._strangers = strangers
        self._asked: dict[str, str] = {}

    def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
        """Ask the stranger, and wait for its answer: meanwhile the process may die."""
        answer = self._asked.pop(task.task_id, None)
        if answer is None:
            if submitted_before and not self._strangers.knows_keys:
                raise EngineFailed("it may have been taken, and the stranger cannot say")
            self._asked[task.task_id] = self._strangers.take(
                task.idempotency_key, self._process.watch.order(task.task_id)
            )[0]
            raise NotYet(self._strangers.world.draw.uniform(0.01, 0.5))
        if answer == NOT_TAKEN:
            raise NotTaken from ProviderRateLimited("busy")
        if answer == LOST:
            raise EngineFailed("no answer")
        return Ticket(answer, 1.0, EXPIRES_S)

    def fetch(self, task: Task, ticket: str) -> Result:
        """Bring what the stranger has made."""
        standing = self._strangers.fetchable(ticket)
        if isinstance(standing, Pending):
            raise NothingYet(1.0)
        if isinstance(standing, Failed):
            raise TicketLost(standing.message)
        return Result((product_of(task, task.workdir / "product", len(self._strangers.jobs)),))

    def cancel(self, ticket: str) -> None:
        """Tell the stranger that nobody wants it."""
        self._strangers.cancel(ticket)
