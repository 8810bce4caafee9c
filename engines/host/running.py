"""What a worker knows of a piece of work in a host, and of why it ended one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.contract import Report
from engines.host.wire import Message
from runtime.errors import ReelbusError


@dataclass(slots=True, eq=False)
class Running:
    """One task or question in the host. Times are counted look by look, so that a worker that stood still blames nobody.

    - `read` turns the host's last word about it into what it gave, or raises what it met.
    - `batch` is equal for tasks that one call of the engine makes: while it speaks of one, the others are not silent.
    - `grace_s` is how long it may go on after it was told to stop, `silence_s` how long it may say nothing.
    - `workdir` is where it may write.
    - `precious`: when it is cut off nobody knows what came of it, so another's fault waits for its end.
    """

    report: Report
    done: asyncio.Future[Any]
    batch: int
    read: Callable[[Message], Any]
    grace_s: float
    silence_s: float
    workdir: Path | None = None
    precious: bool = False
    reason: str | None = None
    told_s: float = 0.0
    silent_s: float = 0.0
    asked: bool = False
    """Whether it was asked for a checkpoint."""

    @property
    def overdue(self) -> bool:
        """Whether it was told to stop and does not, or has been silent for too long."""
        return self.told_s >= self.grace_s if self.reason is not None else self.silent_s >= self.silence_s


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why we end a host, and whose fault it is: of one task, of `all_of_them`, or of none."""

    error: ReelbusError
    culprit: Running | None = None
    all_of_them: bool = False
