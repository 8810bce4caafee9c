"""A slice of the simulator: as many schedules as every change must pass, and the mistakes that they must find."""

from __future__ import annotations

import itertools

import pytest

from tests.simulation.mutant import Catch
from tests.simulation.mutants import ALL_MUTANTS, HUNTED, MUTANTS, TABLE, hunt_all
from tests.simulation.plan import Plan
from tests.simulation.run import SLICE_SCHEDULES, explain, many_at_once, once, shrink


@pytest.mark.timeout(2700)
def test_every_schedule_of_the_slice_ends_every_job_once(capsys: pytest.CaptureFixture[str]) -> None:
    tally = many_at_once(range(SLICE_SCHEDULES), Plan(0))
    with capsys.disabled():
        print(f"\n{tally.line()}")
    for plan, outcome in tally.failures:
        smaller = shrink(plan)
        pytest.fail(f"{explain(plan, outcome)}\nmade smaller:\n{explain(smaller, once(smaller))}")
    assert tally.schedules == SLICE_SCHEDULES


def test_a_schedule_runs_the_same_way_again() -> None:
    for seed in range(60):
        first, second = once(Plan(seed)), once(Plan(seed))
        assert first == second


@pytest.fixture(scope="module")
def catches() -> dict[str, Catch]:
    """What became of every planted mistake that each run hunts."""
    return {catch.name: catch for catch in hunt_all(names=HUNTED)}


@pytest.mark.timeout(2700)
@pytest.mark.parametrize("name", [mutant.name for mutant in ALL_MUTANTS if mutant.name in HUNTED])
def test_a_planted_mistake_is_found(name: str, catches: dict[str, Catch]) -> None:
    assert catches[name].violation


def test_the_table_names_every_planted_mistake() -> None:
    table = TABLE.read_text()
    assert [mutant.name for mutant in ALL_MUTANTS if f"| {mutant.name} |" not in table] == []


def test_a_failing_schedule_is_made_smaller_and_still_fails() -> None:
    mutant = next(m for m in MUTANTS if m.name == "a zombie may write")
    with mutant.alive():
        plan = next(Plan(seed) for seed in itertools.count() if once(Plan(seed)).violations)
        smaller = shrink(plan, within_s=5.0)
        assert once(smaller).violations
        assert smaller.faults <= plan.faults
        assert str(plan.seed) in smaller.command()
