"""Which of the public facts of a job tell of which run, each once and its end last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from schemas.facts import TERMINAL_TYPES
from schemas.identity import event_id

ACCEPTED = "media.job.accepted.v1"
REJECTED = "media.job.rejected.v1"
ASSET = "media.asset.ready.v1"
PROGRESS = "media.progress.v1"


class PublicFact(Protocol):
    """A fact as it was read; `bus.cloudevents.Event` fits. Its data is JSON: what a newer version adds is passed over."""

    @property
    def type(self) -> str:
        """One of `schemas.facts.EVENT_TYPES`."""

    @property
    def id(self) -> str:
        """The same however often it is told."""

    @property
    def data(self) -> Mapping[str, Any]:
        """What is told."""

    @property
    def offset(self) -> int:
        """Its place on its topic: all facts of a job are in one partition of it."""

    @property
    def timestamp_ms(self) -> int:
        """When its record was written, in milliseconds since the epoch."""


AnyFact = TypeVar("AnyFact", bound=PublicFact)


def run_of(fact: PublicFact, default: int = 1) -> int:
    """Return the run that a fact tells of; the default for one that names none."""
    run = fact.data.get("run", default)
    return run if isinstance(run, int) else default


def newest_run(facts: Iterable[PublicFact]) -> int | None:
    """Return the last run that any of the facts tells of; None when there are none."""
    return max((run_of(fact) for fact in facts), default=None)


def of_run(facts: Iterable[AnyFact], run: int | None = None) -> list[AnyFact]:
    """Return the facts of a run, the newest when none is named: each once, as they were written, the end last."""
    known = list(facts)
    wanted = run or newest_run(known) or 1
    found = {fact.id: fact for fact in known if run_of(fact, wanted) == wanted}
    return sorted(found.values(), key=lambda f: (f.type in TERMINAL_TYPES, f.timestamp_ms, f.offset))


def begins_run(fact: PublicFact) -> bool:
    """Whether this acceptance is the one that begins its run, and not the same told to another who asked for it."""
    return fact.id == event_id(ACCEPTED, str(fact.data.get("job_id")), run_of(fact))
