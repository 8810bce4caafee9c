"""What a worker knows of a task in a host, and of why it ended one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from engines.contract import Result, Task
from runtime.errors import ReelbusError


@dataclass(slots=True, eq=False)
class Running:
    """One task in the host. Times are counted look by look, so that a worker that stood still blames nobody.

    `batch` is equal for tasks that one call of the engine makes: while it speaks of one, the others are not silent.
    """

    task: Task
    done: asyncio.Future[Result]
    batch: int
    reason: str | None = None
    told_s: float = 0.0
    silent_s: float = 0.0
    asked: bool = False
    """Whether it was asked for a checkpoint."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why we end a host, and whose fault it is: of one task, of `all_of_them`, or of none."""

    error: ReelbusError
    culprit: Running | None = None
    all_of_them: bool = False
