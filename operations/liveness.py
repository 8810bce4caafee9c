"""Which processes live and do nothing: they say by sd_notify that they work, and here it is counted how long they did not."""

from __future__ import annotations

import math
from collections.abc import Iterable

_LOOK_LONGEST_S = 2.0
"""A look that came later than this counts as so much: who was stopped himself blames nobody for his pause."""
FIRST_WORD_WITHIN_S = 120.0
"""A process says nothing while it imports what it needs, on a busy machine for a minute."""


class Liveness:
    """How long each process has been silent, counted from its start; for its first word it has longer."""

    def __init__(self, silent_after_s: float) -> None:
        """`silent_after_s` 0 means that nobody is ever silent."""
        self._silent_after_s = silent_after_s
        self._silent_s: dict[int, float] = {}
        self._spoke: set[int] = set()
        self._looked_at: float | None = None

    def heard(self, pid: int) -> None:
        """A process said that it works."""
        self._silent_s[pid] = 0.0
        self._spoke.add(pid)

    def silent(self, pids: Iterable[int], now: float) -> list[int]:
        """Return those of the living processes that said nothing for too long; `now` is a monotonic clock in seconds."""
        passed_s = 0.0 if self._looked_at is None else min(now - self._looked_at, _LOOK_LONGEST_S)
        self._looked_at = now
        self._silent_s = {
            pid: self._silent_s[pid] + passed_s if pid in self._silent_s else 0.0 for pid in pids
        }
        self._spoke &= self._silent_s.keys()
        return [pid for pid, silent_s in self._silent_s.items() if silent_s >= self._patience_s(pid)]

    def _patience_s(self, pid: int) -> float:
        if not self._silent_after_s:
            return math.inf
        return self._silent_after_s if pid in self._spoke else max(self._silent_after_s, FIRST_WORD_WITHIN_S)
