"""What the log says that the states and the public events must be: the same fold as the coordinator's, done again."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from typing import Any

from planning.job.commands import PublishFact
from planning.job.state import Job
from planning.partition.partition import LogEntry, Partition
from planning.partition.records import is_job
from schemas.facts import JobRejected
from schemas.log import CancelMatching, JobAccepted, LogEvent, RequestRejected, TaskEvent, TimerFired


@dataclass(frozen=True, slots=True)
class Expected:
    """A public event that follows from the log; `digest` is that of its data as it is written."""

    type: str
    job_id: str
    run: int
    digest: bytes
    at_ms: int


@dataclass(slots=True)
class Fold:
    """One partition of the log, folded up to the offset that its states stand for."""

    next_offset: int
    first_offset: int | None = None
    facts: dict[str, Expected] = field(default_factory=dict)
    rejected: dict[str, Expected] = field(default_factory=dict)
    first_requests: dict[str, str | None] = field(default_factory=dict)
    touched_ms: dict[str, int] = field(default_factory=dict)
    unfoldable: dict[str, str] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    unfolded: set[str] = field(default_factory=set)
    waiting: int = 0
    waiting_since_ms: int = 0
    _partition: Partition = field(init=False)

    def __post_init__(self) -> None:
        self._partition = Partition({}, 0, on_defect=self._note_defect)

    def take(self, offset: int, at_ms: int, event: LogEvent) -> None:
        """Take the next event of the partition."""
        if self.first_offset is None:
            self.first_offset = offset
        job_id = "" if isinstance(event, RequestRejected | CancelMatching) else event.job_id
        if not isinstance(event, TaskEvent | TimerFired):
            self.requests.add(event.note)
        if offset >= self.next_offset:
            self.waiting_since_ms = self.waiting_since_ms or at_ms
            self.waiting += 1
            self.unfolded.add(job_id)
            return
        if job_id:
            first = event.request_id if isinstance(event, JobAccepted) else None
            self.first_requests.setdefault(job_id, first)
            self.touched_ms[job_id] = at_ms
        for _ in self._partition.fold([LogEntry(offset, at_ms, event)]):
            pass
        self._partition.take_messages()
        for tell in self._partition.take_changes()[1]:
            self._expect(tell, at_ms)
        self._partition.committed()

    def job(self, job_id: str) -> Job | None:
        """Return the job as the log has it."""
        return self._partition.job(job_id)

    def job_ids(self) -> set[str]:
        """Return the ids of all jobs that the log made."""
        return {key for key in self._partition.entries if is_job(key)}

    def _note_defect(self, job_id: str, offset: int) -> None:
        error = sys.exception()
        self.unfoldable[job_id] = f"offset {offset} makes the reducer raise {type(error).__name__}"

    def _expect(self, tell: PublishFact, at_ms: int) -> None:
        fact: Any = tell.fact
        run = 0 if isinstance(fact, JobRejected) else fact.run
        if run:
            self.touched_ms[tell.key] = at_ms
        expected = Expected(tell.type, tell.key, run, digest_of(fact.to_bytes()), at_ms)
        # A request that is refused twice, because intake read it twice, is told once.
        (self.facts if run else self.rejected).setdefault(tell.event_id, expected)


def digest_of(data: bytes) -> bytes:
    """Return a short mark of an event's data."""
    return hashlib.sha256(data).digest()[:16]
