"""Which processes live and do nothing: they say by sd_notify that they work, and here it is counted how long they did not."""

from __future__ import annotations

from collections.abc import Iterable

_LOOK_LONGEST_S = 2.0
"""A look that came later than this counts as so much: who was stopped himself blames nobody for his pause."""


class Liveness:
    """How long each process has been silent. A process is known from its start, which counts as a word."""

    def __init__(self, silent_after_s: float) -> None:
        """`silent_after_s` 0 means that nobody is ever silent."""
        self._silent_after_s = silent_after_s
        self._silent_s: dict[int, float] = {}
        self._looked_at: float | None = None

    def heard(self, pid: int) -> None:
        """A process said that it works."""
        self._silent_s[pid] = 0.0

    def silent(self, pids: Iterable[int], now: float) -> list[int]:
        """Return those of the living processes that said nothing for too long; `now` is a monotonic clock in seconds."""
        passed_s = 0.0 if self._looked_at is None else min(now - self._looked_at, _LOOK_LONGEST_S)
        self._looked_at = now
        self._silent_s = {
            pid: self._silent_s[pid] + passed_s if pid in self._silent_s else 0.0 for pid in pids
        }
        return [pid for pid, silent_s in self._silent_s.items() if 0.0 < self._silent_after_s <= silent_s]
