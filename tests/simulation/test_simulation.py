"""A slice of the simulator: as many schedules as fit in a minute, and the mistakes that it must find."""

from __future__ import annotations

import itertools

import pytest

from tests.simulation.mutants import MUTANTS, Mutant, hunt
from tests.simulation.plan import Plan
from tests.simulation.run import explain, many, once, shrink

SLICE_S = 60.0
HUNT_SCHEDULES = 5_000


@pytest.mark.timeout(900)
def test_every_schedule_of_the_slice_ends_every_job_once(capsys: pytest.CaptureFixture[str]) -> None:
    tally = many(itertools.count(), Plan(0), for_s=SLICE_S)
    with capsys.disabled():
        print(f"\n{tally.line()}")
    for plan, _ in tally.failures:
        smaller = shrink(plan)
        pytest.fail(explain(smaller, once(smaller)))


def test_a_schedule_runs_the_same_way_again() -> None:
    for seed in range(50):
        first, second = once(Plan(seed)), once(Plan(seed))
        assert first == second


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_mistake_is_found(mutant: Mutant) -> None:
    assert hunt(mutant, HUNT_SCHEDULES).violation


def test_a_failing_schedule_is_made_smaller_and_still_fails() -> None:
    mutant = next(m for m in MUTANTS if m.name == "a zombie may write")
    with mutant.alive():
        plan = next(Plan(seed) for seed in itertools.count() if once(Plan(seed)).violations)
        smaller = shrink(plan, within_s=5.0)
        assert once(smaller).violations
        assert smaller.faults <= plan.faults
        assert str(plan.seed) in smaller.command()
