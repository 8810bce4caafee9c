"""What was done to a system and when, so that a run that fails can be understood."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO


@dataclass
class Entry:
    """One fault: when it began and ended, in seconds of the run, whom it hit, and which task did it."""

    fault: str
    target: str
    at_s: float
    until_s: float | None = None
    hand: object = None


@dataclass
class Diary:
    """Every fault of a run in order; with `out` each is also written there as it happens."""

    out: TextIO | None = None
    begun: float = field(default_factory=time.monotonic)
    entries: list[Entry] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    stops_s: list[float] = field(default_factory=list)
    """How long each process took from SIGTERM to its end."""

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.begun

    @contextlib.contextmanager
    def fault(self, name: str, target: object = "") -> Iterator[Entry]:
        """Note a fault for as long as it lasts."""
        entry = Entry(name, str(target), self.now_s, hand=asyncio.current_task())
        self.entries.append(entry)
        self.say(f"{name} {target}")
        try:
            yield entry
        finally:
            entry.until_s = self.now_s
            if entry.until_s - entry.at_s > 1.0:
                self.say(f"{name} {target} over")

    def killed(self, role: str) -> None:
        """Count one process that was killed with SIGKILL."""
        self.kills[role] += 1

    def say(self, words: str) -> None:
        """Write a line with the time of the run."""
        if self.out is not None:
            print(f"{self.now_s:7.1f} s  {words}".rstrip(), file=self.out, flush=True)

    def counts(self) -> dict[str, int]:
        """Return how often each fault happened."""
        return dict(sorted(Counter(entry.fault for entry in self.entries).items()))

    def told(self) -> list[dict[str, Any]]:
        """Return all entries as plain data."""
        return [
            {
                "fault": entry.fault,
                "target": entry.target,
                "at_s": round(entry.at_s, 1),
                "until_s": round(entry.until_s, 1) if entry.until_s is not None else None,
            }
            for entry in self.entries
        ]
