"""How a running task says how far it is, and learns that it shall stop; safe to use from the engine's thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import Cancelled
from schemas.choices import Submission


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
        self.submission: Submission = ""
        self._lock = threading.Lock()
        self._fraction = 0.0
        self._stage = "starting"
        self._reason: str | None = None
        self._preview: Path | None = None
        self._told = 0
        self._checkpoint: Path | None = None
        self._wants_checkpoint = False

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

    def take_preview(self) -> Path | None:
        """Return the newest early picture, once."""
        with self._lock:
            path, self._preview = self._preview, None
            return path

    def number(self) -> int:
        """Return the next number of what is told of this attempt: 1, 2, 3."""
        with self._lock:
            self._told += 1
            return self._told

    def checkpoint(self, path: Path) -> None:
        """Note a file from which another attempt can go on. Raises Cancelled when the task shall stop."""
        with self._lock:
            self._checkpoint = path
        self.check()

    def take_checkpoint(self) -> Path | None:
        """Return the newest file from which another attempt can go on, once."""
        with self._lock:
            path, self._checkpoint = self._checkpoint, None
            return path

    @property
    def wants_checkpoint(self) -> bool:
        """Whether a checkpoint now would save work: this worker stops soon."""
        return self._wants_checkpoint

    def ask_for_checkpoint(self) -> None:
        """Say that this worker stops soon."""
        self._wants_checkpoint = True

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
