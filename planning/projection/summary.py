"""What is known of a job in a line of a list: whose it is, which run, how it stands and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planning.projection.runs import ACCEPTED, REJECTED, PublicFact, begins_run, run_of

Status = Literal["unknown", "running", "succeeded", "failed", "cancelled", "rejected"]
Ending = Literal["succeeded", "failed", "cancelled"]
ENDINGS: Mapping[str, Ending] = {
    "media.job.succeeded.v1": "succeeded",
    "media.job.failed.v1": "failed",
    "media.job.cancelled.v1": "cancelled",
}


@dataclass
class JobSummary:
    """The summary of one job, or of one request that was refused; `apply` folds its facts in.

    Facts come in any order and as often as they like: a topic is read beside another, and delivers a record at least
    once. So nothing here is decided by what comes last: a newer run replaces an older one, of a run's ends the first
    on its topic counts, and what is told before and after it is told apart by places on the topic, not by arrival.

    - `run`: the newest that is known; 0 while none is.
    - `labels`: those of the run's end, before it those of its acceptance.
    - `accepted_ms`, `ended_ms`: when the run began and ended, as their records say; None while that is not known.
    """

    job_id: str
    run: int = 0
    kind: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    ending: Ending | None = None
    accepted_ms: int | None = None
    ended_ms: int | None = None
    refused_ms: int | None = None
    _tenant: str | None = None
    _refused_tenant: str | None = None
    _told_ms: int | None = field(default=None, compare=False)
    _told_at: int = field(default=-1, compare=False)
    _accepted_at: int | None = field(default=None, compare=False)
    _ended_at: int | None = field(default=None, compare=False)
    _refused_at: int = field(default=-1, compare=False)

    @property
    def status(self) -> Status:
        """How the newest run stands; "rejected" of a request that became no run."""
        if self.ending is not None:
            return self.ending
        if self.run:
            return "running"
        return "unknown" if self.refused_ms is None else "rejected"

    @property
    def tenant(self) -> str | None:
        """Whose it is, as far as that is known."""
        return self._tenant if self._tenant is not None else self._refused_tenant

    @property
    def told_ms(self) -> int | None:
        """When the newest record of its beginning or end was written; one that is told again counts anew."""
        return self._told_ms if self.run else self.refused_ms

    def apply(self, fact: PublicFact) -> bool:
        """Fold a fact in; returns whether it tells of the newest run that is known."""
        if fact.type == REJECTED:
            self._refuse(fact)
            return False
        if fact.type == ACCEPTED:
            self.kind, self._tenant = fact.data.get("kind"), fact.data.get("tenant")
        run = run_of(fact)
        if run > self.run:
            self.run, self.labels, self.ending = run, {}, None
            self.accepted_ms = self.ended_ms = self._accepted_at = self._ended_at = self._told_ms = None
            self._told_at = -1
        if run < self.run:
            return False
        if fact.type == ACCEPTED and begins_run(fact):
            self._begin(fact)
        elif fact.type in ENDINGS:
            self._end(fact, ENDINGS[fact.type])
        return True

    def is_end(self, fact: PublicFact) -> bool:
        """Whether this fact is the one that ended the run."""
        return fact.type in ENDINGS and fact.offset == self._ended_at

    def _begin(self, fact: PublicFact) -> None:
        self._tell(fact)
        if self._accepted_at is None or fact.offset < self._accepted_at:
            self._accepted_at, self.accepted_ms = fact.offset, fact.timestamp_ms
            if self.ending is None:
                self.labels = fact.data.get("labels", {})

    def _end(self, fact: PublicFact, ending: Ending) -> None:
        self._tell(fact)
        if self._ended_at is None or fact.offset < self._ended_at:
            self._ended_at, self.ended_ms, self.ending = fact.offset, fact.timestamp_ms, ending
            self.labels = fact.data.get("labels", {})

    def _refuse(self, fact: PublicFact) -> None:
        if fact.offset > self._refused_at:
            self._refused_at, self.refused_ms = fact.offset, fact.timestamp_ms
            self._refused_tenant = fact.data.get("tenant")

    def _tell(self, fact: PublicFact) -> None:
        if fact.offset > self._told_at:
            self._told_at, self._told_ms = fact.offset, fact.timestamp_ms
