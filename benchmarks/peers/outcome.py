"""What came of jobs, read from a diary: how many joined, how often, how soon, and what was done again."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.peers.diary import TASKS, Line


@dataclass(frozen=True)
class Outcome:
    """What became of the jobs of one name."""

    asked: int
    joined: int
    doubled: int
    """Jobs whose join happened more than once."""
    early: int
    """Jobs that joined before all five tasks had ended."""
    again: int
    """Tasks that began once more than needed, each time counted."""
    first_asked_s: float
    last_joined_s: float | None
    latencies_s: tuple[float, ...]
    """From the asking to the first join, of every job that joined."""

    @property
    def lost(self) -> int:
        """Jobs that were asked for and have not joined."""
        return self.asked - self.joined

    @property
    def took_s(self) -> float | None:
        """Seconds from the first job's asking to the last job's join."""
        return None if self.last_joined_s is None else self.last_joined_s - self.first_asked_s

    def percentile_ms(self, percent: int) -> float:
        """Return a percentile of the latencies in milliseconds."""
        return statistics.quantiles(self.latencies_s, n=100, method="inclusive")[percent - 1] * 1000


def outcome(diary: Iterable[Line], name: str) -> Outcome:
    """Return what became of the jobs `NAME-0`, `NAME-1`, ..."""
    asked: dict[str, float] = {}
    first_join: dict[str, float] = {}
    joins: Counter[str] = Counter()
    began: Counter[tuple[str, int]] = Counter()
    ended: set[tuple[str, int]] = set()
    early: set[str] = set()
    for line in diary:
        if line.job.rpartition("-")[0] != name:
            continue
        if line.kind == "asked":
            asked.setdefault(line.job, line.at_s)
        elif line.kind == "began":
            began[line.job, line.task] += 1
        elif line.kind == "ended":
            ended.add((line.job, line.task))
        elif line.kind == "joined":
            joins[line.job] += 1
            first_join.setdefault(line.job, line.at_s)
            if began and any((line.job, task) not in ended for task in range(TASKS)):
                early.add(line.job)
    return Outcome(
        asked=len(asked),
        joined=len(joins),
        doubled=sum(count > 1 for count in joins.values()),
        early=len(early),
        again=began.total() - len(began),
        first_asked_s=min(asked.values(), default=0.0),
        last_joined_s=max(first_join.values(), default=None),
        latencies_s=tuple(first_join[job] - asked[job] for job in first_join),
    )


def begun(diary: Iterable[Line], name: str) -> int:
    """Return how many tasks of the jobs of a name have begun, each counted once."""
    return len(
        {(line.job, line.task) for line in diary if line.kind == "began" and line.job.startswith(f"{name}-")}
    )
