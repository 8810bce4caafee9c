"""Engines die in every way, and their worker lives: nothing is lost or doubled, and nobody pays for another's fault."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.hosts import die


async def test_a_worker_whose_engines_die_loses_and_doubles_nothing_and_charges_no_innocent(
    tmp_path: Path,
) -> None:
    outcome = await die(tmp_path, jobs=50, inside=20, outside=6, seed=7)
    assert outcome.deaths.total() == 26
    assert len(outcome.succeeded) == 50
    assert set(outcome.succeeded.values()) == {1}
    assert set(outcome.failures) <= {"engine_failed", "out_of_memory"}
    assert outcome.charged["innocent"] == 0
