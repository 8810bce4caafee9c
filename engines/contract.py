"""What an engine is: load once, then turn like tasks into files, many times. Standard library only: hosts are other Pythons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Report(Protocol):
    """How an engine says how far one task is. Every call may raise `runtime.errors.Cancelled`: let it pass."""

    def step(self, done: int, total: int, stage: str) -> None:
        """Say that `done` of `total` steps of this task are finished; `stage` is one or two plain words."""

    def preview(self, path: Path) -> None:
        """Offer a small early picture of the result (WebP or JPEG, at most 64 kB), a file in the task's folder."""

    def checkpoint(self, path: Path) -> None:
        """Offer a file in the task's folder from which another attempt can go on."""

    @property
    def wants_checkpoint(self) -> bool:
        """Whether this worker stops soon, so that a checkpoint now would save work."""

    def check(self) -> None:
        """Raise `Cancelled` when the task shall stop, and say nothing."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input asset, already fetched and verified: a local file that the engine may only read."""

    path: Path
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: validated parameters, its input files and the seed that decides every random choice.

    - `params`: the JSON parameters of the capability (see `schemas.capabilities`) with defaults filled in and
      references resolved.
    - `workdir`: a folder of this task alone; files are written only below it.
    - `report`: where it says how far this task is, and hears that it shall stop.
    - `inputs`: maps the JSON pointer of each asset parameter (`/image`, `/timeline/tracks/0/clips/1/source`) to its file.
    - `idempotency_key`: equal for all attempts at this work, and for nothing else. A stranger is asked with it.
    - `checkpoint`: what an earlier attempt handed out.
    """

    task_id: str
    capability: str
    params: Mapping[str, Any]
    seed: int
    workdir: Path
    report: Report
    inputs: Mapping[str, Input] = field(default_factory=dict)
    idempotency_key: str = ""
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One file an engine made. `role` None marks the main product; `text` becomes `asset.text`, cut where it is too long."""

    path: Path
    media_type: str
    role: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one task gave: its products, the main one first, and what had to be left out or replaced."""

    products: tuple[Product, ...]
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """One task's end: its result, or what it raised."""

    task_id: str
    outcome: Result | Exception


class Engine(Protocol):
    """A maker of media. Plain blocking code in a process of its own (`engines.host`), or in a thread where its row says so.

    Equal (task params, input bytes, seed, engine revision) give equal bytes: no clock, no id and no path may
    reach a product. One that cannot promise that says so in its row (`deterministic=False`). Raises errors of
    `runtime.errors` only; anything else is reported as `engine_failed`. A refusal is an error
    (`ModerationBlocked`), never a result: results are remembered.

    Threads: one instance serves all slots of its host. It is loaded by one thread, and each `generate` may come from
    another; two never run at once, unless the class says `concurrent = True`. Then as many run at once as there are
    slots, and what they share must bear that.

    Starting: the class may name modules as `ahead`. The process that hosts are copies of imports them early, so that
    `load` finds them there. They must start no thread when they are imported, and open no device.

    Memory: an engine that puts its weights on a device may have a method `device_bytes() -> int` that says how much of
    that it holds now, what it keeps for later included (`torch.cuda.memory_reserved`). It is called from any thread,
    after loading, after each call and once a second while there are steps, and must be quick. One without it counts as
    one that has nothing there.

    Stopping: a task's `report` is the only way to hear of it. A host that does not come back within its row's
    `grace_s` after it was told to stop, or is silent for longer than `longest_silence_s`, is ended.
    """

    def load(self, device: str) -> None:
        """Load weights, fonts and tables onto a device (`cpu`, `cuda:0`). Called once, before the first task."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make each of like tasks (see `batch_key` of its row) and yield each as it ends, in any order.

        The end of one, by an error or a cancel, leaves the others alone. What is raised ends all that are not yielded.
        """

    def unload(self) -> None:
        """Give all memory back. Called once, when nothing runs; the instance is not used again."""


def one_by_one(tasks: Sequence[Task], make: Callable[[Task], Result]) -> Iterator[Finished]:
    """Make tasks one after the other, for engines that gain nothing from a batch."""
    for task in tasks:
        try:
            outcome: Result | Exception = make(task)
        except Exception as error:  # noqa: BLE001  # it is this task's, and the next one goes on
            outcome = error
        yield Finished(task.task_id, outcome)
