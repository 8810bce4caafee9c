"""How a running task says how far it is, and learns that it shall stop; safe to use from the engine's thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runtime.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Deferral:
    """A stranger has the work: its ticket, and when to ask and to give up, in milliseconds since the epoch."""

    ticket: str
    check_at_ms: int
    expires_at_ms: int


class TaskReport:
    """The engine's side of a running task; the worker reads it a few times a second.

    Of work for a stranger it also has what came of it: `deferral`, as soon as there is a ticket, and in `submission`
    what is known where there is none (see `schemas.log.TaskFailed`).
    """

    def __init__(self) -> None:
        self.deferral: Deferral | None = None
        self.submission: Literal["", "not_taken", "ended"] = ""
        self._lock = threading.Lock()
        self._fraction = 0.0
        self._stage = "starting"
        self._reason: str | None = None
        self._preview: Path | None = None
        self._checkpoint: Path | None = None

    def step(self, done: int, total: int, stage: str) -> None:
        """Note that `done` of `total` steps are finished. Raises Cancelled when the task shall stop."""
        with self._lock:
            self._fraction = max(self._fraction, min(done / total, 1.0)) if total > 0 else self._fraction
            self._stage = stage
        self.check()

    def preview(self, path: Path) -> None:
        """Note an early picture. Raises Cancelled when the task shall stop."""
        with self._lock:
            self._preview = path
        self.check()

    def checkpoint(self, path: Path) -> None:
        """Note a file from which another attempt can go on. Raises Cancelled when the task shall stop."""
        with self._lock:
            self._checkpoint = path
        self.check()

    @property
    def wants_checkpoint(self) -> bool:
        """Whether a checkpoint now would save work."""
        return False

    def check(self) -> None:
        """Raise Cancelled when the task shall stop."""
        if self._reason is not None:
            raise Cancelled(self._reason)

    def cancel(self, reason: str) -> None:
        """Ask the engine to stop at its next step."""
        self._reason = reason

    @property
    def cancelled(self) -> bool:
        """Whether the task shall stop."""
        return self._reason is not None

    def look(self) -> tuple[float, str]:
        """Return the fraction done and the present stage."""
        with self._lock:
            return self._fraction, self._stage
