"""How tests call an engine: work without the parts that a worker adds, and results that raise what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engines.contract import Engine, Input, Report, Result, Task


@dataclass(frozen=True)
class Work:
    """A task that has no folder and no report yet."""

    task_id: str
    capability: str
    params: Mapping[str, Any]
    seed: int
    inputs: Mapping[str, Input] = field(default_factory=dict)


class Quiet:
    """A report that nobody reads."""

    wants_checkpoint = False

    def step(self, done: int, total: int, stage: str) -> None: ...

    def preview(self, path: Path) -> None: ...

    def checkpoint(self, path: Path) -> None: ...

    def check(self) -> None: ...


class Steps(Protocol):
    """As much of a report as most engines use."""

    def step(self, done: int, total: int, stage: str) -> None: ...


class _Whole(Quiet):
    """What a report has beside its steps."""

    def __init__(self, steps: Steps) -> None:
        self.step = steps.step  # type: ignore[method-assign]


def generate(
    engine: Engine, work: Sequence[Work], folder: Path, report: Steps | Report | None = None
) -> list[Result]:
    """Return each task's result, each made in a folder of its own (one alone in `folder`). Raises what the first raised."""
    whole: Report = report if isinstance(report, Quiet) else _Whole(report) if report else Quiet()
    tasks = []
    for number, each in enumerate(work):
        workdir = folder / str(number) if len(work) > 1 else folder
        workdir.mkdir(parents=True, exist_ok=True)
        task_id = f"{number}-{each.task_id}"
        tasks.append(
            Task(task_id, each.capability, each.params, each.seed, workdir, whole, inputs=each.inputs)
        )
    outcomes = {ended.task_id: ended.outcome for ended in engine.generate(tasks)}
    results = []
    for task in tasks:
        outcome = outcomes[task.task_id]
        if isinstance(outcome, Exception):
            raise outcome
        results.append(outcome)
    return results
