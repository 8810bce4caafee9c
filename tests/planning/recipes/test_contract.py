"""What a recipe can decide that none of ours does yet: other turns, which of them counts, and that it is no use."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from planning.intake import examine
from planning.intake.offers import offers
from planning.job.state import Failure, Job
from planning.recipes.contract import CannotGrow, Recipe
from planning.recipes.simple import planned
from planning.recipes.table import RECIPES
from schemas.base import JsonObject
from schemas.log import PlannedNode
from tests.planning.jobs import History, accepted, asset, ready

MOST_TURNS = 3


class Turns(Recipe):
    """Writes again until a text is good, and gives the longest of them; half of the work is the first."""

    kind = "turns"

    def capabilities(self, request: JsonObject) -> Sequence[str]:
        return ("text-generation",)

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        return (planned("turn-1", "text-generation", {"prompt": request["prompt"]}),)

    def outputs(self, request: JsonObject, nodes: Sequence[PlannedNode]) -> tuple[str, ...]:
        return ()

    def chosen_outputs(self, job: Job) -> Sequence[str]:
        return [max(job.nodes, key=lambda name: len(self._text(job, name)))] if self.complete(job) else []

    def grow(self, job: Job) -> tuple[PlannedNode, ...]:
        newest = f"turn-{len(job.nodes)}"
        if job.nodes[newest].status != "done" or self.complete(job):
            return ()
        if self._text(job, newest) == "never":
            raise CannotGrow(Failure("engine_failed", "the writer refuses", newest))
        params = {"prompt": self._text(job, newest)}
        return (planned(f"turn-{len(job.nodes) + 1}", "text-generation", params),)

    def complete(self, job: Job) -> bool:
        newest = self._text(job, f"turn-{len(job.nodes)}")
        return newest == "good" or (len(job.nodes) == MOST_TURNS and newest != "")

    def fraction(self, job: Job) -> float:
        return 0.5 if job.nodes["turn-1"].ended else 0.0

    @staticmethod
    def _text(job: Job, name: str) -> str:
        return str((job.nodes[name].main_asset() or {}).get("text", ""))


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setitem(RECIPES, "turns", (Turns(),))  # a row of its own, for a while
    return History()


def written(history: History, *texts: str) -> None:
    history.add(accepted({"kind": "turns", "prompt": "a fox"}))
    for number, text in enumerate(texts, start=1):
        order = history.order_of(f"turn-{number}")
        history.add(ready(order, made=asset(text, "text/plain", text=text)))


def test_what_a_job_gives_may_be_chosen_when_all_is_known(history: History) -> None:
    written(history, "a long text", "short", "good")
    (end,) = history.told("media.job.succeeded.v1")
    assert list(end.outputs) == ["turn-1"]  # type: ignore[attr-defined]
    assert history.job.outputs == []  # as it was accepted: another run chooses anew


def test_a_loop_ends_as_soon_as_it_may(history: History) -> None:
    written(history, "good")
    assert (history.job.status, list(history.job.nodes)) == ("succeeded", ["turn-1"])


def test_a_recipe_says_itself_why_it_cannot_go_on(history: History) -> None:
    written(history, "never")
    (end,) = history.told("media.job.failed.v1")
    error = end.error  # type: ignore[attr-defined]
    assert (error.code, error.message, error.node_id) == ("engine_failed", "the writer refuses", "turn-1")


def test_how_far_a_job_is_its_recipe_says(history: History) -> None:
    written(history, "a text")
    assert history.job.job_fraction == 0.5


def test_a_recipe_alone_makes_no_request_that_intake_takes(history: History) -> None:
    verdict = examine(
        "media.job.requested.v1", {"kind": "turns"}, offers=offers(), allow_private_webhooks=False
    )
    assert [problem.path for problem in verdict.problems] == ["/kind"]  # type: ignore[union-attr]
