"""What would become too large when it is carried out is refused before anything is looked for."""

from __future__ import annotations

import pytest

from planning.intake import Accepted, acceptance_problem, examine
from planning.intake.expansion import GIVEN_BYTES, GROWS_FROM_BYTES, MADE_BYTES, expansion_problems
from planning.intake.offers import offers
from planning.job.order import written
from planning.job.reduce import reduce
from planning.job.state import Product
from schemas.facts import Problem
from schemas.requests import JOB_REQUESTED
from schemas.sizes import BUDGETS
from tests.planning.amplifying import address, album, gifts, given
from tests.planning.jobs import accepted, asset


def problems(request: dict[str, object]) -> tuple[Problem, ...]:
    verdict = examine(JOB_REQUESTED, request, offers=offers(), allow_private_webhooks=False)
    return () if isinstance(verdict, Accepted) else verdict.problems


def test_ten_thousand_given_assets_are_refused_with_the_place_and_the_limit() -> None:
    found = problems(gifts(10_000))
    assert {problem.code for problem in found} == {"unsupported"}
    assert found[0].path.startswith("/timeline/tracks/0/clips/")
    assert str(BUDGETS["log"]) in found[0].message
    assert "10000" in found[0].message


@pytest.mark.parametrize("count", [1, 100, 2_000, 5_000])
def test_what_is_accepted_has_an_acceptance_that_fits(count: int) -> None:
    request = gifts(count)
    assert problems(request) == ()
    event = given(
        request,
        {address(n): asset(f"given {n}").model_copy(update={"size_bytes": 2**40}) for n in range(count)},
    )
    assert acceptance_problem(event) is None


def test_as_many_assets_as_are_named_as_fitting_do_fit() -> None:
    (first, *_) = problems(gifts(8_000))
    fit = int(first.path.split("/")[5])
    assert problems(gifts(fit * 99 // 100)) == ()


@pytest.mark.parametrize("clips", [9_500, 16_000, 20_000])
def test_an_album_of_one_picture_is_accepted(clips: int) -> None:
    request = album(clips, of={"$from": "a"})
    for track in request["nodes"]["b"]["params"]["timeline"]["tracks"]:
        track["clips"] = [{"source": {"$from": "a"}}] * len(track["clips"])
    assert problems(request) == ()


def test_an_order_that_would_not_fit_is_refused_at_its_timeline() -> None:
    request = album(30_000)
    for track in request["nodes"]["b"]["params"]["timeline"]["tracks"]:
        track["clips"] = [{"source": {"$from": "a"}}] * len(track["clips"])
    (problem,) = expansion_problems(request)
    assert (problem.code, problem.path) == ("unsupported", "/nodes/b/params/timeline")
    assert str(BUDGETS["tasks"]) in problem.message


def test_the_guess_of_an_order_is_a_little_above_what_it_is() -> None:
    request = album(24_000, of={"$from": "a"})
    for track in request["nodes"]["b"]["params"]["timeline"]["tracks"]:
        track["clips"] = [{"source": {"$from": "a"}, "start_s": 0.25, "duration_s": 1.5}] * 10_000
    (problem,) = expansion_problems(request)
    guessed = int(problem.message.split(" about ")[1].split()[0])
    job, _ = reduce(None, accepted(request), 0)
    assert job is not None
    job.nodes["a"].products = [Product("a", asset("a", width_px=1024, height_px=1024).to_json())]
    real = len(written(job, job.nodes["b"]).to_bytes())
    assert real < guessed < 1.1 * real


def test_assets_are_described_with_no_more_than_is_guessed() -> None:
    large = {"size_bytes": 2**40}
    picture = asset("a", "image/jpeg", width_px=8192, height_px=8192).model_copy(update=large)
    assert len(picture.to_bytes()) <= MADE_BYTES
    assert len(asset("a", "image/jpeg").model_copy(update=large).to_bytes()) <= GIVEN_BYTES


def test_no_small_request_becomes_too_large() -> None:
    """The smallest that is looked at closely: below it nothing has to be counted."""
    clips = 0
    request = album(1)
    while True:
        clips += 500
        request["nodes"]["b"]["params"]["timeline"]["tracks"][0]["clips"] = [
            {"source": {"$from": "a"}}
        ] * clips
        if len(str(request).replace(" ", "")) > GROWS_FROM_BYTES:
            break
    job, _ = reduce(None, accepted(request), 0)
    assert job is not None
    job.nodes["a"].products = [Product("a", asset("a").to_json())]
    assert len(written(job, job.nodes["b"]).to_bytes()) < BUDGETS["tasks"] / 2
    few = GROWS_FROM_BYTES // 90
    event = given(gifts(few), {address(n): asset(f"given {n}") for n in range(few)})
    assert len(event.to_bytes()) < BUDGETS["log"] / 2


def test_a_film_whose_characters_stand_in_every_scene_is_refused_by_its_characters() -> None:
    request = {
        "kind": "film",
        "scenes": [{"picture": "fox", "narration": "a", "duration_s": 3.0} for _ in range(100)],
        "characters": [{"id": "fox", "description": "故" * 19_000}],
    }
    assert len(str(request).encode()) < 100_000
    event = accepted(request)
    assert len(event.to_bytes()) > BUDGETS["log"]
    problem = acceptance_problem(event)
    assert problem is not None
    assert (problem.code, problem.path) == ("unsupported", "/characters")
