"""An update that adds an engine loses and fails no job, in whichever order its processes are replaced.

Two builds are two catalogues, of the same code: what a process knows of engines is what makes it old or new.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from catalog.models import MODELS, Model
from catalog.pools import pools_of
from planning.intake import Accepted, examine
from planning.intake.offers import offers
from planning.job.acceptance import accept
from planning.routing.announced import Announced
from schemas.log import LogEvent, TimerFired
from schemas.orders import WorkerAnnounced, WorkOrder
from schemas.requests import JOB_REQUESTED
from tests.planning.jobs import History, cannot, failed, orders, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}, "quality": "best"}
PARTS = ("intake", "coordinator", "worker")
REPLACED_AFTER_MS = 60_000


OLD = tuple(row for row in MODELS if not row.environment and not row.keys)
"""The catalogue of the older build."""


def build(pool: str) -> tuple[Model, ...]:
    """The catalogue of the newer build."""
    columns: dict[str, Any] = {"qualities": ("high",), "pool": pool}
    return (
        *OLD,
        Model("painter", ("image-generation",), "local", "engines.x:P", "1", "Paints.", **columns),
    )


class System:
    """Three processes of either build, a job a request, and orders that go to the pool that the coordinator knows."""

    def __init__(self, newer: tuple[Model, ...], old_words: bool, ails: bool = False) -> None:
        self._builds = {"old": OLD, "new": newer}
        self._build = dict.fromkeys(PARTS, "old")
        self._old_words, self._ails = old_words, ails
        self._now_ms = 1_000_000_000
        self.histories: list[History] = []

    def rows(self, part: str) -> tuple[Model, ...]:
        return self._builds[self._build[part]]

    def replace(self, part: str) -> None:
        self._build[part] = "new"
        self.work()

    def submit(self) -> None:
        """Let intake take a request, by what it has heard of workers."""
        rows = self.rows("intake")
        announced = Announced(pools_of(models=rows))
        for pool in self._pools_with_workers():
            known = pools_of(models=self.rows("worker")).rows_of(pool)
            word = WorkerAnnounced(
                worker_id=pool,
                modality="image",
                slots=1,
                free=1,
                draining=False,
                pool=pool,
                loadable=tuple(row.name for row in known),
                ailing={row.name: "it fails" for row in known if self._ails and row.name == "painter"},
            )
            announced.heard(pool, word, self._now_ms)
        fleet = announced.fleet(self._now_ms)
        here = offers(fleet)
        assert isinstance(
            examine(JOB_REQUESTED, PICTURE, offers=here, allow_private_webhooks=False), Accepted
        )
        history = History()
        key = f"k{len(self.histories)}"
        history.add(
            accept(
                PICTURE,
                request_id=key,
                event_id=key,
                requested_ms=0,
                inputs={},
                candidates=rows,
                fleet=fleet,
            )
        )
        self.histories.append(history)
        self.work()

    def work(self) -> None:
        """Let a minute pass: workers answer what their pools were sent."""
        self._now_ms += REPLACED_AFTER_MS
        for history in self.histories:
            ends_ms = history.at_ms + REPLACED_AFTER_MS
            while history.job.open and history.at_ms < ends_ms:
                node = history.job.nodes["result"]
                if node.status == "waiting":
                    due = TimerFired(job_id=history.job_id, due_ms=node.retry_at_ms)
                    history.add(due, after_ms=max(node.retry_at_ms - history.at_ms, 1))
                    continue
                order = orders(history.commands)[-1]
                if self._pool_of(order) not in self._pools_with_workers():
                    break  # it waits in its topic
                for event in self._answers(order):
                    history.add(event)

    def _pool_of(self, order: WorkOrder) -> str:
        return pools_of(models=self.rows("coordinator")).pool_of(order.engine, order.capability)

    def _pools_with_workers(self) -> set[str]:
        return {"image", *(row.pool for row in self.rows("worker") if row.pool)}

    def _answers(self, order: WorkOrder) -> tuple[LogEvent, ...]:
        if any(row.name == order.engine for row in self.rows("worker")):
            return started(order), ready(order)
        if not self._old_words:
            return (cannot(order),)
        said = failed(order, "engine_unavailable", retryable=False)
        words = f"this worker's catalogue has no engine {order.engine}"
        return started(order), said.model_copy(update={"message": words})


@pytest.mark.parametrize("ails", [False, True])
@pytest.mark.parametrize("pool", ["", "image-h100"])
@pytest.mark.parametrize("old_words", [False, True])
@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_every_job_of_every_moment_succeeds(
    order: tuple[str, ...], old_words: bool, pool: str, ails: bool
) -> None:
    system = System(build(pool), old_words, ails)
    system.submit()
    for part in order:
        system.replace(part)
        system.submit()
    system.work()
    ends = [history.told("media.job.succeeded.v1") for history in system.histories]
    assert [len(each) for each in ends] == [1] * (len(PARTS) + 1)
    last = system.histories[-1].job
    assert last.nodes["result"].engine == "painter"
