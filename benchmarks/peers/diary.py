"""What happened, and when: lines that every process of every system appends to one file.

Uses nothing but the standard library, because the peers' workers import it in an environment of their own. The
clock is CLOCK_MONOTONIC, which all processes of a machine share; a line written before a SIGKILL is not lost.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TASKS = 5
"""Tasks of each job."""
PAUSE_S = 0.02
"""Between two lone jobs."""


@dataclass(frozen=True)
class Line:
    """One thing that happened: `asked`, `began`, `ended` (a task) or `joined`."""

    at_s: float
    kind: str
    job: str
    task: int


def note(kind: str, job: str, task: int = 0) -> None:
    """Append a line; lines this short are never torn."""
    handle = os.open(os.environ["BENCH_DIARY"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{time.monotonic():.6f} {kind} {job} {task}\n".encode())
    finally:
        os.close(handle)


class Reader:
    """Follows a diary from its beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0

    def new(self) -> list[Line]:
        """Return the lines that came since the last look."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as handle:
            handle.seek(self._read_bytes)
            text = handle.read()
        self._read_bytes += len(text)
        lines = []
        for line in text.decode().splitlines():
            at_s, kind, job, task = line.split()
            lines.append(Line(float(at_s), kind, job, int(task)))
        return lines


def perform(job: str, task: int, seconds: float) -> None:
    """Do a task as every system does it: begin, wait, end. A task that waits for nothing leaves no lines."""
    if seconds > 0:
        note("began", job, task)
        time.sleep(seconds)
        note("ended", job, task)


def drive(ask: Callable[[list[tuple[str, list[float]]]], None]) -> None:
    """Be a client: `flood NAME JOBS SECONDS...` asks for all jobs at once, `lone ...` for one after the other.

    `ask` is given jobs, each with the length of its tasks in seconds.
    """
    mode, name, count, *given = sys.argv[1:]
    seconds = [float(word) for word in given]
    lengths = seconds if len(seconds) == TASKS else seconds * TASKS
    jobs = [(f"{name}-{number}", lengths) for number in range(int(count))]
    if mode == "flood":
        for job, _ in jobs:
            note("asked", job)
        ask(jobs)
        return
    diary = Reader(Path(os.environ["BENCH_DIARY"]))
    joined: set[str] = set()
    for job, lengths in jobs:
        time.sleep(PAUSE_S)
        note("asked", job)
        ask([(job, lengths)])
        while job not in joined:
            time.sleep(0.001)
            joined |= {line.job for line in diary.new() if line.kind == "joined"}
