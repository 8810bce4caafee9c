"""The public facts of jobs as they lie on their topics: made by the real reducer, each with its place and time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from planning.job.commands import Command, PublishFact, PublishProgress
from schemas.facts import EVENT_TOPICS
from schemas.identity import event_id
from schemas.log import CancelRequested, LogEvent, ReplayRequested
from tests.planning.jobs import History, accepted, failed, orders, ready, started

PROGRESS = "media.progress.v1"
IMAGE = {"capability": "image-generation", "params": {"prompt": "a fox"}}
BATCH = {
    "kind": "batch",
    "items": [{"id": "one", **IMAGE}, {"id": "two", **IMAGE}],
    "labels": {"for": "spring"},
}
FILM = {"kind": "film", "brief": "a fox", "duration_s": 10, "tenant": "acme"}


@dataclass(frozen=True)
class Fact:
    """A record of a fact, as `bus.cloudevents.Event` gives it."""

    type: str
    id: str
    data: dict[str, Any] = field(repr=False)
    offset: int
    timestamp_ms: int


@dataclass
class Topics:
    """Three topics that a job's facts are written to, in order."""

    facts: list[Fact] = field(default_factory=list)
    _next: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Topics:
        """The same topics, to be written to apart."""
        return Topics(list(self.facts), self._next.copy())

    def write(self, type_: str, id_: str, data: dict[str, Any], at_ms: int) -> Fact:
        topic = EVENT_TOPICS[type_]
        fact = Fact(type_, id_, data, self._next[topic], at_ms)
        self._next[topic] += 1
        self.facts.append(fact)
        return fact

    def tell(self, commands: list[Command], at_ms: int) -> None:
        for command in commands:
            if isinstance(command, PublishFact):
                self.write(command.type, command.event_id, command.fact.to_json(), at_ms)
            elif isinstance(command, PublishProgress):
                told = command.progress
                self.write(
                    PROGRESS, event_id(PROGRESS, told.job_id, told.run, told.seq), told.to_json(), at_ms
                )

    def told_again(self, fact: Fact, at_ms: int) -> Fact:
        """The same fact in another, later record: whoever wrote it did not know that it had been."""
        topic = EVENT_TOPICS[fact.type]
        self._next[topic] += 1
        return replace(fact, offset=self._next[topic] - 1, timestamp_ms=at_ms)


class Told:
    """A job whose history is told on topics while it happens."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.topics = Topics()
        self.history = History()
        self.event = accepted(request).model_copy(update={"source": "/shop"})
        self.add(self.event)

    @property
    def facts(self) -> list[Fact]:
        return self.topics.facts

    def add(self, event: LogEvent) -> list[Command]:
        commands = self.history.add(event)
        self.topics.tell(commands, self.history.at_ms)
        return commands

    def work(self, node_id: str, fraction: float, seq: int, stage: str = "painting") -> None:
        """A worker tells how far it is."""
        job = self.history.job
        data = {"job_id": job.job_id, "run": job.run, "seq": seq, "stage": stage, "node_id": node_id}
        id_ = event_id(PROGRESS, job.job_id, job.run, node_id, seq)
        self.topics.write(PROGRESS, id_, data | {"message": "", "fraction": fraction}, self.history.at_ms)

    def finish(self, *failing: str) -> None:
        """Do all that is ordered, but for these nodes, which fail for good."""
        done: set[str] = set()
        while True:
            open_ = [
                o
                for o in orders(self.history.commands)
                if o.task_id not in done and o.run == self.history.job.run
            ]
            if not open_ or not self.history.job.open:
                return
            order = open_[0]
            done.add(order.task_id)
            self.add(started(order))
            for seq, fraction in ((1, 0.25), (2, 0.5)):
                self.work(order.node_id, fraction, order.attempt * 1_000_000 + seq)
            lost = order.node_id in failing
            self.add(failed(order, "invalid_request", retryable=False) if lost else ready(order))

    def replay(self) -> None:
        self.add(
            ReplayRequested(
                job_id=self.history.job_id, request_id=f"again-{self.history.at_ms}", tenant=self.event.tenant
            )
        )

    def cancel(self, tenant: str | None = None) -> None:
        who = tenant or self.event.tenant
        self.add(CancelRequested(job_id=self.history.job_id, request_id="stop", tenant=who, reason="enough"))


def film_made_twice_and_a_third_run_cancelled() -> Told:
    told = Told(FILM)
    told.finish()
    told.replay()
    told.finish()
    told.add(told.event.model_copy(update={"source": "/office"}))
    told.replay()
    told.work("script", 0.25, 1_000_001, "writing")
    told.cancel()
    return told


def batch_without_one() -> Told:
    told = Told(BATCH | {"on_failure": "partial"})
    told.finish("two")
    return told


def batch_that_failed() -> Told:
    told = Told(BATCH)
    told.work("one", 0.75, 1_000_002)
    told.finish("two")
    return told


def batch_that_still_runs() -> Told:
    told = Told(BATCH)
    (one, two) = orders(told.history.commands)
    told.add(started(one))
    told.add(started(two))
    told.work("two", 0.25, 1_000_006)
    told.work("two", 0.5, 1_000_007)
    told.add(ready(one))
    return told


def batch_that_runs_again() -> Told:
    told = Told(BATCH)
    told.finish()
    told.replay()
    return told
