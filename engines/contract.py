"""What an engine is: load once, then turn batches of like tasks into files, many times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from schemas.assets import Asset


class Report(Protocol):
    """How an engine says how far it is. Every call may raise `runtime.errors.Cancelled`: let it pass."""

    def step(self, done: int, total: int, stage: str) -> None:
        """Say that `done` of `total` steps of this batch are finished; `stage` is one or two plain words."""

    def preview(self, path: Path) -> None:
        """Offer a small early picture of the result."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input asset, already fetched and verified: a local file that the engine may only read."""

    path: Path
    asset: Asset


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: validated parameters, its input files and the seed that decides every random choice.

    `params` are the JSON parameters of the capability (see `schemas.capabilities`) with defaults filled in and
    references resolved. `inputs` maps the JSON pointer of each asset parameter (`/image`,
    `/timeline/tracks/0/clips/1/source`) to its file.
    """

    task_id: str
    capability: str
    params: Mapping[str, Any]
    seed: int
    inputs: Mapping[str, Input] = field(default_factory=dict)


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


class Engine(Protocol):
    """A maker of media. Plain blocking code: the worker moves it off the event loop.

    Equal (task params, input bytes, seed, engine revision) give equal bytes: no clock, no id and no path may
    reach a product. One that cannot promise that says so in its row (`deterministic=False`). Raises errors of
    `runtime.errors` only; anything else is reported as `engine_failed`. A refusal is an error
    (`ModerationBlocked`), never a result: results are remembered.

    Threads: one instance serves all slots of a worker. It is loaded by one thread, and each `generate` may come from
    another; two never run at once, unless the class says `concurrent = True`. Then as many run at once as the worker
    has slots, and what they share must bear that.

    Stopping: `report` is the only way to hear of it. An engine that does not call it within `REELBUS_OBEY_S` after it
    was told to stop costs its process: that is ended, and started again.
    """

    def load(self) -> None:
        """Load weights, fonts and tables. Called once, before the first task."""

    def generate(self, tasks: Sequence[Task], workdir: Path, report: Report) -> Sequence[Result]:
        """Make one result for each task, in order; write files only below `workdir`."""
