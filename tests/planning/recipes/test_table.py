"""A job keeps the recipe that it began with, whatever came after; two versions stand side by side."""

from __future__ import annotations

from typing import Any

import pytest

from planning.job.acceptance import PLAN_VERSION
from planning.job.commands import Dispatch
from planning.partition.partition import LogEntry, Partition
from planning.recipes.table import RECIPES, dated, newest
from schemas.log import JobAccepted, LogEvent, ReplayRequested
from schemas.requests import JOBS
from tests.planning.jobs import Folded, History, accepted, failed, folded, ready, started

FILM = {"kind": "film", "scenes": [{"picture": "a fox", "narration": "A **fox**.", "duration_s": 6}]}
IMAGE = {"capability": "image-generation", "params": {"prompt": "a fox"}}
GRAPH = {"kind": "graph", "nodes": {"script": IMAGE, "other": IMAGE}, "on_failure": "partial"}


def begun(request: dict[str, Any], key: str, plan_version: int) -> JobAccepted:
    return accepted(request, key=key).model_copy(update={"plan_version": plan_version})


class Log:
    """A partition whose orders are answered as they come; a node called `script` fails for good."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.partition = Partition({}, 0)
        self.sent: list[Dispatch] = []
        self.answered = 0

    def add(self, *events: LogEvent) -> None:
        for event in events:
            offset = len(self.entries)
            self.entries.append(LogEntry(offset, 1_000_000 + 10 * offset, event))
            outbox, _ = folded(self.partition, self.entries[-1])
            self.sent += outbox.orders

    def work_off(self) -> None:
        while self.answered < len(self.sent):
            order = self.sent[self.answered].order
            self.answered += 1
            ends_badly = order.node_id == "script"
            self.add(started(order), failed(order, retryable=False) if ends_badly else ready(order))

    def captions(self, event: JobAccepted) -> tuple[str, list[str]]:
        """Where the captions of a job's film stand, and what they say."""
        orders = [c.order for c in self.sent if c.order.job_id == event.job_id]
        timeline = next(o for o in reversed(orders) if o.node_id == "film").params["timeline"]
        shown = [
            c["source"]["text"] for t in timeline["tracks"] if t["kind"] == "caption" for c in t["clips"]
        ]
        return timeline["output"]["captions"], shown


def refolded(log: Log) -> tuple[Partition, Folded]:
    """The log folded from its beginning, as a rebuild does."""
    partition = Partition({}, 0)
    outbox, _ = folded(partition, *log.entries)
    return partition, outbox


def test_two_versions_of_a_recipe_stand_side_by_side_and_each_job_keeps_its_own() -> None:
    log = Log()
    old, new = begun(FILM, "old", 2), begun(FILM, "new", 3)
    old_graph, new_graph = begun(GRAPH, "old graph", 1), begun(GRAPH, "new graph", 3)
    log.add(old, new, old_graph, new_graph)
    log.work_off()
    assert log.captions(old) == ("both", ["A **fox**."])
    assert log.captions(new) == ("sidecar", ["A fox."])
    ends = {event.idempotency_key: log.partition.job(event.job_id) for event in (old_graph, new_graph)}
    assert {key: job.status for key, job in ends.items() if job} == {
        "old graph": "failed",
        "new graph": "succeeded",
    }


def test_a_rebuild_folds_each_job_by_the_recipe_that_it_began_with() -> None:
    log = Log()
    log.add(begun(FILM, "old", 1), begun(GRAPH, "old graph", 2), begun(FILM, "new", 3), begun(GRAPH, "g", 3))
    log.work_off()
    partition, outbox = refolded(log)
    assert partition.entries == log.partition.entries
    assert outbox.orders == []


def test_another_run_of_an_old_job_keeps_its_recipe() -> None:
    log = Log()
    old = begun(FILM, "old", 2)
    log.add(old)
    log.work_off()
    log.add(ReplayRequested(job_id=old.job_id, request_id="again", tenant="default", seed=9))
    log.work_off()
    job = log.partition.job(old.job_id)
    assert job is not None
    assert (job.run, job.status) == (2, "succeeded")
    assert log.captions(old)[0] == "both"


@pytest.mark.parametrize("kind", JOBS)
def test_every_kind_of_request_has_recipes_in_order_of_their_dates(kind: str) -> None:
    versions = RECIPES[kind]
    assert {recipe.kind for recipe in versions} == {kind}
    assert [recipe.version for recipe in versions] == list(range(1, len(versions) + 1))
    since = [recipe.since for recipe in versions]
    assert since == sorted(set(since))
    assert since[-1] <= PLAN_VERSION
    assert newest(kind) is dated(kind, PLAN_VERSION) is versions[-1]
    assert dated(kind, PLAN_VERSION + 1) is versions[-1]  # a newer version began it and was rolled back
    assert dated(kind, 0) is versions[0]


def test_a_kind_that_only_a_newer_version_knows_does_what_is_planned_of_it() -> None:
    history = History()
    history.add(accepted(GRAPH).model_copy(update={"kind": "promo"}))
    history.work_off()
    assert history.job.status == "succeeded"


@pytest.mark.parametrize("kind", [None, 4, ["film"], {"film": 1}, "", "promo"])
def test_a_kind_may_be_any_json(kind: object) -> None:
    assert list(newest(kind).pieces({"kind": kind, "items": 3})) == []
