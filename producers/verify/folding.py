"""What the log says that the states and the public events must be: the same fold as the coordinator's, done again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from planning.commands import Tell
from planning.reduce import reduce
from planning.state import Job, decode_job, encode_job
from schemas.facts import JobRejected
from schemas.log import CancelRequested, JobAccepted, LogEvent, ReplayRequested, WishRejected


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
    _jobs: dict[str, Job | bytes] = field(default_factory=dict)

    def take(self, offset: int, at_ms: int, event: LogEvent) -> None:
        """Take the next event of the partition."""
        if self.first_offset is None:
            self.first_offset = offset
        job_id = "" if isinstance(event, WishRejected) else event.job_id
        if isinstance(event, JobAccepted | WishRejected | CancelRequested | ReplayRequested):
            self.requests.add(event.request_id)
        if offset >= self.next_offset:
            self.waiting_since_ms = self.waiting_since_ms or at_ms
            self.waiting += 1
            self.unfolded.add(job_id)
            return
        if job_id:
            first = event.request_id if isinstance(event, JobAccepted) else None
            self.first_requests.setdefault(job_id, first)
            self.touched_ms[job_id] = at_ms
        job = self.job(job_id)
        try:
            job, commands = reduce(job, event, at_ms)
        except Exception as error:  # noqa: BLE001  # what the coordinator survives, the examination survives
            self.unfoldable[job_id] = f"offset {offset} makes the reducer raise {type(error).__name__}"
            return
        if job is not None:
            job.applied = offset
            # An ended job is kept as bytes: there are many, and few are touched again.
            self._jobs[job_id] = job if job.open else encode_job(job)
        for command in commands:
            if isinstance(command, Tell):
                self._expect(command, at_ms)

    def job(self, job_id: str) -> Job | None:
        """Return the job as the log has it."""
        found = self._jobs.get(job_id)
        return decode_job(found) if isinstance(found, bytes) else found

    def job_ids(self) -> set[str]:
        """Return the ids of all jobs that the log made."""
        return set(self._jobs)

    def _expect(self, tell: Tell, at_ms: int) -> None:
        fact: Any = tell.fact
        run = 0 if isinstance(fact, JobRejected) else fact.run
        expected = Expected(tell.type, tell.key, run, digest_of(fact.to_bytes()), at_ms)
        # A wish that is refused twice, because intake read it twice, is told once.
        (self.facts if run else self.rejected).setdefault(tell.event_id, expected)


def digest_of(data: bytes) -> bytes:
    """Return a short mark of an event's data."""
    return hashlib.sha256(data).digest()[:16]
