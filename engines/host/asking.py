"""What is asked of a remote engine in a host, and how its answers are read: nothing is believed that could not be true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from catalog.models import Model
from engines.contract import Result, Task
from engines.host.failures import failure
from engines.host.letters import read_result, task_fields
from engines.host.running import Running
from engines.host.wire import Message
from engines.remote_contract import (
    CALL_WITHIN_S,
    Failed,
    NotTaken,
    NotYet,
    Pending,
    Ready,
    RemoteEngine,
    Standing,
    Ticket,
    TicketLost,
)
from runtime.errors import EngineFailed, ReelbusError

ANSWERS = (NotTaken, NotYet, TicketLost)
"""What a remote engine raises and is no error."""
ENDS = frozenset({"result", "failed", "ticket", "standing", "told"})
"""The kinds of a host's last word about a piece of work."""

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Question(Generic[R_co]):
    """One call of a remote engine: its method, what it is called with, and how its answer is read.

    Without a task there are no files, and it has `CALL_WITHIN_S`. One that `commits` costs money when it is cut off.
    """

    method: str
    read: Callable[[Model, int, Message], R_co]
    """Gets the row, the largest file in bytes and the answer."""
    task: Task | None = None
    ticket: str = ""
    submitted_before: bool = False
    commits: bool = False

    def fields(self, call: int) -> Message:
        """Return the question as its host is told of it, under the number `call`."""
        task = None if self.task is None else task_fields(self.task, call)
        before = self.submitted_before
        return {"method": self.method, "task": task, "ticket": self.ticket, "submitted_before": before}

    def put(self, engine: RemoteEngine) -> object:
        """Ask an engine of this process; blocking. What it says is as yet unread."""
        task = self.task
        if self.method == "submit" and task is not None:
            return engine.submit(task, self.submitted_before)
        if self.method == "fetch" and task is not None:
            return engine.fetch(task, self.ticket)
        return engine.check(self.ticket) if self.method == "check" else engine.cancel(self.ticket)  # type: ignore[func-returns-value]

    def running(self, row: Model, done: asyncio.Future[Any], call: int, limit_bytes: int) -> Running:
        """Return what a worker keeps in mind of it; what commits gets the time that any call has to end by itself."""
        read = partial(self.read, row, limit_bytes)
        if self.task is None:
            return Running(Silent(), done, call, read, CALL_WITHIN_S, CALL_WITHIN_S)
        report, workdir = self.task.report, self.task.workdir
        if self.commits:
            return Running(report, done, call, read, CALL_WITHIN_S, 2 * CALL_WITHIN_S, workdir, precious=True)
        return Running(report, done, call, read, row.grace_s, row.longest_silence_s, workdir)


def submit(task: Task, submitted_before: bool) -> Question[Ticket | Result]:
    """Ask a stranger for work; a host that dies meanwhile leaves open whether it was taken."""
    return Question("submit", partial(_submitted, task), task, "", submitted_before, commits=True)


def check(ticket: str) -> Question[Standing]:
    """Ask how work stands."""
    return Question("check", _standing, ticket=ticket)


def fetch(task: Task, ticket: str) -> Question[Result]:
    """Bring what a stranger has made."""
    return Question("fetch", partial(_fetched, task), task, ticket)


def cancel(ticket: str) -> Question[None]:
    """Tell a stranger that nobody wants the work."""
    return Question("cancel", _told, ticket=ticket)


class Silent:
    """The report of a question: nobody stops it, and nothing is said of how far it is."""

    wants_checkpoint = False

    def check(self) -> None: ...

    def step(self, done: int, total: int, stage: str) -> None: ...

    def preview(self, path: object) -> None: ...

    def checkpoint(self, path: object) -> None: ...


def _submitted(task: Task, row: Model, limit_bytes: int, message: Message) -> Ticket | Result:
    if message["kind"] == "ticket":
        return Ticket(str(message["text"]), float(message["check_in_s"]), float(message["expires_in_s"]))
    if message["kind"] == "told":
        raise EngineFailed(f"the engine {row.name} gave neither a ticket nor a result")
    return _fetched(task, row, limit_bytes, message)


def _fetched(task: Task, row: Model, limit_bytes: int, message: Message) -> Result:
    _raise(row, message)
    if message["kind"] != "result":
        raise EngineFailed(f"the engine {row.name} gave no result")
    return read_result(row, task.workdir, limit_bytes, message)


def _standing(row: Model, limit_bytes: int, message: Message) -> Standing:
    _raise(row, message)
    match message.get("standing") if message["kind"] == "standing" else None:
        case "pending":
            return Pending(_seconds(message.get("again_in_s")))
        case "ready":
            return Ready()
        case "failed":
            wait_s = _seconds(message.get("retry_after_s"))
            return Failed(str(message["code"]), str(message["message"]), wait_s)
    raise EngineFailed(f"the engine {row.name} says nothing of its work")


def _told(row: Model, limit_bytes: int, message: Message) -> None:
    _raise(row, message)


def _raise(row: Model, message: Message) -> None:
    """Raise what an engine has raised, if it has.

    Raises:
        NotTaken, NotYet, TicketLost: it answered so.
        ReelbusError: anything else. What is missing when a stranger was asked is a failure: it may have been taken.
    """
    if message["kind"] != "failed":
        return
    said = str(message.get("message", ""))
    match message.get("answer"):
        case "not_taken":
            because = message.get("because")
            raise NotTaken(said) from (failure(row, because) if isinstance(because, dict) else None)
        case "not_yet":
            raise NotYet(float(message["again_in_s"]))
        case "ticket_lost":
            raise TicketLost(said)
    raise _failure(row, message)


def _failure(row: Model, message: Message) -> ReelbusError:
    if message.get("module") is not None:
        return EngineFailed(f"the engine {row.name} failed (ImportError)")
    return failure(row, message)


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
