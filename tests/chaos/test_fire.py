"""A slice of the chaos in every test run: each kind of fault once, but for moved clocks and half-open connections, which last."""

from __future__ import annotations

import pytest

from tests.chaos import faults
from tests.chaos.diary import Diary
from tests.chaos.fire import Plan, Run, summary
from tests.chaos.ground import Ground

pytestmark = [pytest.mark.stack, pytest.mark.timeout(500), pytest.mark.asyncio(loop_scope="module")]

SLICE = Plan(
    jobs=60,
    kills=10,
    seed=3,
    open_jobs=20,
    film_every=50,
    outage_s=1.0,
    within_s=240.0,
    settles_within_s=150.0,
    on_processes=(faults.storm, faults.pause, faults.rolling_restart),
    on_servers=(
        faults.killed("broker"),
        faults.replies_lost("broker"),
        faults.slowed("broker"),
        faults.disk_full("broker"),
        faults.cut("store"),
        faults.restarted("store"),
        faults.paused("store"),
        faults.killed("store"),
        faults.replies_lost("store"),
        faults.disk_full("store"),
        faults.disk_full("scratch"),
    ),
)


async def test_nothing_is_lost_doubled_or_dangling_whatever_happens(ground: Ground, diary: Diary) -> None:
    figures = await Run(ground, SLICE, diary).run()
    diary.say(summary("slice", figures))
    assert {name: figures[name] for name in ("lost", "doubled", "dangling", "violations")} == {
        "lost": 0,
        "doubled": 0,
        "dangling": 0,
        "violations": 0,
    }
    assert figures["complete"]
