"""`python -m tests.chaos`: the long chaos, a thousand jobs while everything is killed, stopped, cut and filled up.

Prints one line of figures for each run and writes them to `benchmarks/results/chaos.json`; ends with 1 when a job
was lost or doubled, an asset dangles, or `reelbus verify` finds anything. The log of all faults goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.chaos.brokers import LEADERS_OF, leader_killed
from tests.chaos.diary import Diary
from tests.chaos.fire import Plan, Run, summary
from tests.chaos.ground import Ground

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "chaos.json"


async def under_fire(name: str, ground: Ground, plan: Plan, *, keep: bool) -> dict[str, Any]:
    """Hurt one system and return its figures."""
    diary = Diary(sys.stderr)
    try:
        await ground.start()
        figures = await Run(ground, plan, diary).run()
        return {"name": name, **figures, "diary": diary.told()}
    finally:
        if keep:
            kept = Path("/tmp") / f"{ground.root.name}-logs"
            shutil.copytree(
                ground.root,
                kept,
                ignore=shutil.ignore_patterns("broker", "store", "scratch"),
                dirs_exist_ok=True,
            )
            diary.say(f"logs kept in {kept}")
        await ground.stop()


def bad(figures: dict[str, Any]) -> bool:
    """Say whether a promise was broken, or not all of it could be tried."""
    return not figures["complete"] or any(
        figures[name] for name in ("lost", "doubled", "dangling", "violations")
    )


def main() -> int:
    """Run the chaos and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=18.0, help="how long requests are made at most")
    parser.add_argument("--only", choices=["everything", "brokers"], help="one of the two runs")
    parser.add_argument("--keep", action="store_true", help="keep the logs of all processes")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients meet every outage, too
    everything = Plan(asked.jobs, asked.kills, asked.seed, film_every=100, within_s=asked.minutes * 60)
    brokers = Plan(
        asked.jobs // 5,
        asked.kills // 10,
        asked.seed,
        open_jobs=60,
        within_s=300.0,
        kill_every_s=(10.0, 20.0),
        on_processes=(),
        on_servers=tuple(leader_killed(topic) for topic in LEADERS_OF),
    )
    rows = []
    if asked.only != "brokers":
        ground = Ground.prepare(clock=True)
        rows.append(asyncio.run(under_fire("everything", ground, everything, keep=asked.keep)))
    if asked.only != "everything":
        ground = Ground.prepare(brokers=3)
        rows.append(asyncio.run(under_fire("brokers", ground, brokers, keep=asked.keep)))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for figures in rows:
        print(summary(figures["name"], figures))
    return int(any(bad(figures) for figures in rows))


if __name__ == "__main__":
    sys.exit(main())
