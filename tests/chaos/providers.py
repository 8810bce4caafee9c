"""Many jobs at the fakes of all providers, which fail in every way, while workers and pollers are killed: what was paid, and for what.

`python -m tests.chaos.providers --jobs 2000 --kills 50`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import time
from collections import Counter, defaultdict
from contextlib import suppress
from typing import Any

from catalog.models.remote import REMOTE
from infra.fakes.faults import Faults
from infra.fakes.server import Fakes, serving
from tests.system.system import TERMINAL, System, Told, job_id_of, running

PARAMS: dict[str, dict[str, Any]] = {
    "text-generation": {},
    "image-generation": {"width_px": 256, "height_px": 256},
    "video-generation": {"duration_s": 5},
}
ROLES = ("text", "image", "video", "remote")
WITHIN_S = 1800.0
"""No run takes longer."""


def requests(count: int, dice: random.Random) -> list[dict[str, Any]]:
    """So many jobs of one task each, over all providers; the prompt of each is its own."""
    able = [
        (row.name, what)
        for row in REMOTE
        if row.lifecycle == "active"
        for what in row.capabilities
        if what in PARAMS
    ]
    found = []
    for number in range(count):
        engine, capability = able[number % len(able)]
        params = {"prompt": f"job {number} of {dice.randrange(10**9)}", **PARAMS[capability]}
        found.append(
            {
                "kind": "task",
                "capability": capability,
                "params": params,
                "engines": {capability: engine},
                "idempotency_key": f"chaos-{number}",
            }
        )
    return found


async def killing(system: System, count: int, over_s: float, dice: random.Random) -> int:
    """Kill workers and pollers, one after the other."""
    killed = 0
    for _ in range(count):
        await asyncio.sleep(over_s / count)
        pids = await asyncio.to_thread(lambda: [pid for role in ROLES for pid in system.pids(role)])
        if pids:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(pids), signal.SIGKILL)
                killed += 1
    return killed


async def run(system: System, fakes: Fakes, jobs: int, kills: int, seed: int) -> dict[str, Any]:
    """Let all jobs end, and return what came of them and of the money."""
    dice = random.Random(seed)  # no secret hangs on it
    wanted = requests(jobs, dice)
    begun = time.monotonic()
    deaths = asyncio.create_task(killing(system, kills, max(jobs / 10, 20.0), dice))
    for request in wanted:
        await system.send(request)
    ids = {job_id_of(request["idempotency_key"]) for request in wanted}

    def all_ended(heard: list[Told]) -> bool:
        return ids <= {t.data.get("job_id") for t in heard if t.type in TERMINAL}

    told = await system.until(all_ended, topics=("jobs",), timeout_s=WITHIN_S)
    killed = await deaths
    ends = [t for t in told if t.type in TERMINAL and t.data["job_id"] in ids]
    codes = Counter(t.data["error"]["code"] if "error" in t.data else "succeeded" for t in ends)
    unknown = sum("outcome unknown" in t.data.get("error", {}).get("message", "") for t in ends)
    bought: defaultdict[str, int] = defaultdict(int)
    for row in fakes.ledger.rows():
        work = fakes.ledger.work(row["provider"], row["job"])
        if work is None or work.outcome == "done":
            bought[row["prompt"]] += 1
    return {
        "jobs": jobs,
        "killed": killed,
        "ends": dict(codes),
        "ended_twice": len(ends) - len({t.data["job_id"] for t in ends}),
        "outcome_unknown": unknown,
        "purchases": len(fakes.ledger.rows()),
        "bought_twice": sum(times > 1 for times in bought.values()),
        "took_s": round(time.monotonic() - begun, 1),
    }


def main() -> int:
    """Run, print, and return 1 where something ended or was paid twice."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--faults", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    fakes = Fakes(0.5, Faults(args.faults, args.seed))
    with serving(fakes), running("paying", env=fakes.environment()) as system:
        found = asyncio.run(run(system, fakes, args.jobs, args.kills, args.seed))
    for name, value in found.items():
        print(f"{name:16} {value}")
    return int(bool(found["ended_twice"] or found["bought_twice"]))


if __name__ == "__main__":
    raise SystemExit(main())
