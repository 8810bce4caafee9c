"""What an engine is that works in steps, and how tasks that come at different times share them.

Standard library only, as the contract that it serves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, Protocol, TypeVar, cast

from engines.contract import Finished, Result, Task

S = TypeVar("S")


class SteppingEngine(Protocol[S]):
    """A maker of media that does one step of many tasks at once, as diffusion and decoding do.

    A task that comes while others are on their way joins them at the next step; one that ends or is cancelled leaves
    the others where they are. All of it is called by one thread at a time.
    """

    largest_batch: int
    """As many tasks as one step bears."""

    def load(self, device: str) -> None:
        """As `engines.contract.Engine`."""

    def admit(self, task: Task) -> S:
        """Begin a task, and return where it stands. What is raised is the task's end."""

    def step(self, states: Sequence[S]) -> Sequence[bool]:
        """Do one step of each, and say of each whether it was the last. What is raised ends all of them."""

    def finish(self, state: S) -> Result:
        """Turn what a task has come to into files in its folder. What is raised is the task's end."""

    def unload(self) -> None:
        """As `engines.contract.Engine`."""


@dataclass(slots=True, eq=False)
class _Guest(Generic[S]):
    """A task, whoever waits for it, and where it stands once it is admitted."""

    task: Task
    door: SimpleQueue[Finished | None]
    state: S | None = None


class Stepped(Generic[S]):
    """An engine in the words of the contract, made of one that works in steps.

    Each call brings tasks and waits for their ends. One of the calls takes all the steps, for its own tasks and for
    those of the others; when its own are done another call goes on.
    """

    concurrent = True

    def __init__(self, engine: SteppingEngine[S]) -> None:
        self._engine = engine
        self._changing = threading.Lock()
        self._waiting: list[_Guest[S]] = []
        self._inside: list[_Guest[S]] = []
        self._stepping = False

    @property
    def waiting(self) -> int:
        """How many tasks have come since the last step began."""
        with self._changing:
            return len(self._waiting)

    def load(self, device: str) -> None:
        """Load the engine."""
        self._engine.load(device)

    def unload(self) -> None:
        """Let it give its memory back."""
        self._engine.unload()

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Yield each task as it ends; others' tasks share its steps."""
        door: SimpleQueue[Finished | None] = SimpleQueue()
        with self._changing:
            self._waiting += [_Guest(task, door) for task in tasks]
        left = len(tasks)
        while left:
            if self._take_over():
                try:
                    self._round()
                finally:
                    self._hand_over()
            said = door.get()
            if said is not None:  # else somebody else stepped, or should
                left -= 1
                yield said

    def _take_over(self) -> bool:
        with self._changing:
            if self._stepping:
                return False
            self._stepping = True
            return True

    def _hand_over(self) -> None:
        """Wake everybody who waits: one of them takes the next step."""
        with self._changing:
            self._stepping = False
            doors = {guest.door for guest in (*self._inside, *self._waiting)}
        for door in doors:
            door.put(None)

    def _round(self) -> None:
        """Let tasks in, take one step, and let out who has ended."""
        with self._changing:
            room = self._engine.largest_batch - len(self._inside)
            coming, self._waiting = self._waiting[:room], self._waiting[room:]
            self._inside += coming
        for guest in coming:
            with self._ending(guest):
                guest.state = self._engine.admit(guest.task)
        for guest in list(self._inside):
            with self._ending(guest):
                guest.task.report.check()
        stepping = list(self._inside)
        if not stepping:
            return
        try:
            ended = self._engine.step([cast("S", guest.state) for guest in stepping])
        except Exception as error:  # noqa: BLE001  # a step is everybody's
            for guest in stepping:
                self._out(guest, error)
            return
        for guest, last in zip(stepping, ended, strict=True):
            if last:
                with self._ending(guest):
                    self._out(guest, self._engine.finish(cast("S", guest.state)))

    @contextmanager
    def _ending(self, guest: _Guest[S]) -> Iterator[None]:
        """Let what is raised here be the end of one task alone."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # the others go on
            self._out(guest, error)

    def _out(self, guest: _Guest[S], outcome: Result | Exception) -> None:
        with self._changing:
            self._inside.remove(guest)
        guest.door.put(Finished(guest.task.task_id, outcome))
