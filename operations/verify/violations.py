"""What a broken promise looks like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One promise that does not hold: which check found it, the key to look at, and a sentence."""

    check: str
    key: str
    message: str

    @property
    def identity(self) -> tuple[str, str]:
        """What stays the same when the same thing is found again."""
        return self.check, self.key


@dataclass(frozen=True, slots=True)
class Window:
    """Which jobs are looked at: those touched since `since_ms`, and what had `settle_ms` to settle at `now_ms`."""

    now_ms: int
    settle_ms: int
    since_ms: int = 0

    def settled(self, at_ms: int) -> bool:
        """Whether something of that time should be done with by now."""
        return at_ms + self.settle_ms < self.now_ms

    def holds(self, at_ms: int) -> bool:
        """Whether something of that time is in the window."""
        return at_ms >= self.since_ms
