"""What becomes of jobs when everything that works on them is killed: peers and ours, with the same scripts.

`python -m benchmarks.faults` lets each system do 100 jobs of five tasks of 50 ms while its whole worker tree is
killed three times, has one message delivered twice, and kills the server of those that promise to survive it. It
writes `benchmarks/results/faults.json` and the tables of `docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faults.scenarios import Trial
from benchmarks.faults.table import write_tables
from benchmarks.peers.install import installed, versions
from benchmarks.peers.on_redis import Celery, CelerySafest, Dramatiq, DramatiqDefault
from benchmarks.peers.on_reelbus import Reelbus
from benchmarks.peers.on_restate import Restate
from benchmarks.peers.system import System

RESULTS = Path(__file__).parents[1] / "results" / "faults.json"


def main() -> None:
    """Measure, print and write."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="decides when is killed")
    parser.add_argument("--patience", type=float, default=150.0, help="seconds waited after the last kill")
    parser.add_argument("--only", default="", help="systems whose name holds this word")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="only write the tables again")
    asked = parser.parse_args()
    if not asked.table:
        found = measure(asked.jobs, asked.seed, asked.patience, asked.only)
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if not asked.only:
        write_tables(json.loads(asked.out.read_text("utf-8")))


def measure(jobs: int, seed: int, patience_s: float, only: str = "") -> dict[str, object]:
    """Return the versions and one row for each system.

    The systems work one after the other; one that has stopped before all its jobs had joined is left waiting,
    idle, while the next one works, and is looked at again when its time is over.
    """
    tools = installed()
    home = Path(tempfile.mkdtemp(prefix="reelbus-faults-"))
    systems: list[System] = [
        Celery(home / "celery", tools),
        CelerySafest(home / "safest", tools),
        DramatiqDefault(home / "dramatiq-default", tools),
        Dramatiq(home / "dramatiq", tools),
        Restate(home / "restate", tools),
        Reelbus(home / "reelbus"),
    ]
    trials = [Trial(system, jobs, seed, patience_s) for system in systems if only in system.name]
    begun = time.monotonic()
    try:
        for trial in trials:
            trial.work()
            print(f"{time.monotonic() - begun:5.0f} s  {trial.system.name}: {trial.told()}", flush=True)
        for trial in trials:
            trial.wait()
            print(f"{time.monotonic() - begun:5.0f} s  {trial.system.name}: {trial.told()}", flush=True)
    finally:
        for trial in trials:
            trial.system.stop()
        shutil.rmtree(home, ignore_errors=True)
    return {
        "versions": versions(tools),
        "seed": seed,
        "patience_s": patience_s,
        "cores": len(os.sched_getaffinity(0)),
        "rows": [trial.row() for trial in trials],
    }


if __name__ == "__main__":
    main()
