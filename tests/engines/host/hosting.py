"""What tests of hosts share: rows of engines that are no good, and tasks for them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from catalog.models import Model
from engines.contract import Report, Task
from worker.report import TaskReport

VILLAIN = Model(
    name="villain",
    capabilities=("image-generation",),
    family="local",
    target="tests.engines.host.villains:Villain",
    revision="1",
    description="It does what no engine should.",
    grace_s=0.5,
)
_numbers = count()


def row(**changes: Any) -> Model:
    """Return the villain's row, changed; under its own name, so that its host is its own."""
    return replace(VILLAIN, **{"name": f"villain-{next(_numbers)}", **changes})


def task(folder: Path, do: str = "", report: Report | None = None, **params: Any) -> Task:
    """Return a task with a folder of its own below `folder`."""
    workdir = folder / f"task-{next(_numbers)}" / "made"
    workdir.mkdir(parents=True)
    params = {"do": do, **params}
    return Task(workdir.parent.name, "image-generation", params, 7, workdir, report or TaskReport())


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
