"""How many joins a second, and how long a lone one takes: N jobs of five tasks that do nothing, then a join.

`python -m benchmarks.join` measures peers and ours on this machine, one after the other, and writes
`benchmarks/results/join.json`: [{name, jobs_per_s, lost, doubled, idle_p50_ms, idle_p99_ms, jobs, rounds,
load, cpu_ms_per_job {process: ms}}], and its table in `docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.join.table import write_table
from benchmarks.peers.install import installed
from benchmarks.peers.on_redis import CelerySafest, Dramatiq
from benchmarks.peers.on_reelbus import Reelbus, ReelbusCoordinator
from benchmarks.peers.on_restate import Restate, RestateSteps
from benchmarks.peers.outcome import outcome
from benchmarks.peers.system import System

RESULTS = Path(__file__).parents[1] / "results" / "join.json"
ROUND_WITHIN_S = 120.0
SETTLES_IN_S = 2.0
"""After a flood, before lone jobs are timed."""
SECOND_LOOK_S = 1.0
"""After the last join, to see whether one comes twice."""


def main() -> None:
    """Measure, print and write."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="floods; the median counts")
    parser.add_argument("--lone", type=int, default=100, help="jobs that are timed one at a time")
    parser.add_argument(
        "--share", type=float, default=1.0, help="less than 1 where the machine is busy: share of the jobs"
    )
    parser.add_argument("--only", default="", help="systems whose name holds this word")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="only write the table again")
    asked = parser.parse_args()
    if asked.table:
        write_table(json.loads(asked.out.read_text("utf-8")))
        return
    tools = installed()
    home = Path(tempfile.mkdtemp(prefix="reelbus-join-"))
    candidates: list[tuple[Callable[[Path], System], type[System], int]] = [
        (lambda place: CelerySafest(place, tools), CelerySafest, 200),
        (lambda place: Dramatiq(place, tools), Dramatiq, 500),
        (lambda place: Restate(place, tools), Restate, 500),
        (lambda place: RestateSteps(place, tools), RestateSteps, 1000),
        (Reelbus, Reelbus, 100),
        (ReelbusCoordinator, ReelbusCoordinator, 2000),
    ]
    rows = []
    try:
        for number, (build, kind, jobs) in enumerate(candidates):
            if asked.only in kind.name:
                rows.append(
                    measure(build(home / str(number)), round(jobs * asked.share), asked.rounds, asked.lone)
                )
                print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if asked.only:
        return
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    write_table(rows)


def measure(system: System, jobs: int, rounds: int, lone: int) -> dict[str, Any]:
    """Return the row of one system: floods after one that warms it up, then lone jobs."""
    try:
        system.start()
        _flood(system, "warmup", max(jobs // 4, 20))
        before = system.cpu_s()
        floods = [f"flood{number}" for number in range(rounds)]
        rates = [_flood(system, name, jobs) for name in floods]
        used = {name: seconds - before.get(name, 0.0) for name, seconds in system.cpu_s().items()}
        time.sleep(SETTLES_IN_S)
        system.ask("lone", "alone", lone, [0.0])
        system.clients_done()
        time.sleep(SECOND_LOOK_S)
        diary = system.diary()
    finally:
        system.stop()
    alone = outcome(diary, "alone")
    every = [alone, *(outcome(diary, name) for name in floods)]
    return {
        "name": system.name,
        "jobs_per_s": round(statistics.median(rates), 1),
        "lost": sum(found.lost for found in every),
        "doubled": sum(found.doubled for found in every),
        "idle_p50_ms": round(alone.percentile_ms(50), 1),
        "idle_p99_ms": round(alone.percentile_ms(99), 1),
        "jobs": jobs,
        "rounds": [round(rate, 1) for rate in rates],
        "load": round(os.getloadavg()[0], 1),
        "cpu_ms_per_job": {name: round(s * 1000 / jobs / rounds, 2) for name, s in used.items() if s > 0},
    }


def _flood(system: System, name: str, jobs: int) -> float:
    """Ask for all jobs at once and return how many joined in a second, until the last one had."""
    system.ask("flood", name, jobs, [0.0])
    system.wait_until(lambda diary: outcome(diary, name).joined >= jobs, ROUND_WITHIN_S, look_every_s=0.2)
    system.clients_done()
    time.sleep(SECOND_LOOK_S)
    found = outcome(system.diary(), name)
    return found.joined / found.took_s if found.took_s else 0.0


if __name__ == "__main__":
    main()
