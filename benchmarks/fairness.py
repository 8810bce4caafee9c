"""How long one picture of a tenant waits behind another tenant's batch, and how long a batch of small pictures takes.

`python -m benchmarks.fairness` starts a system of its own (a new home, so nothing is remembered), asks for pictures
with nothing beside them, then for a batch of small ones, then for one picture behind a batch, and writes
`benchmarks/results/fairness.json`: [{name: alone, runs, p50_s}, {name: batch, pictures, took_s, pictures_per_s},
{name: behind, batch, made, one_s, a_picture_each_s}], each row with the load average of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.film import reelbus, row
from infra.local.connection import settings_here
from producers.client import CANCEL, Client, Job

WARM_UP_S = 3.0
"""So long a batch is under way before somebody else asks."""
WITHIN_S = 600.0


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=1_000, help="pictures of the tenant that comes first")
    parser.add_argument("--small", type=int, default=200, help="small pictures of a batch alone")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "fairness.json")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="reelbus-bench-"))
    os.environ["REELBUS_HOME"] = str(home)
    try:
        reelbus("up", "--detach")
        rows = asyncio.run(measure(asked.batch, asked.small))
    finally:
        reelbus("down")
        shutil.rmtree(home, ignore_errors=True)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for found in rows:
        print("  ".join(f"{name} {value}" for name, value in found.items()))


async def measure(batch: int, small: int) -> list[dict[str, Any]]:
    """Return the rows."""
    async with Client(settings_here()) as client:
        await _picture(client)  # whatever is loaded once is loaded
        alone = [await _picture(client) for _ in range(5)]
        rows = [row("alone", runs=len(alone), p50_s=statistics.median(alone))]
        rows.append(await _batch_alone(client, small))
        rows.append(await _behind(client, batch))
    return rows


def _prompt() -> dict[str, Any]:
    return {"capability": "image-generation", "params": {"prompt": f"a fox, {uuid.uuid4().hex}"}}


def _batch(count: int, **params: int) -> dict[str, Any]:
    items = [{"id": f"p{number}", **_prompt()} for number in range(count)]
    for item in items:
        item["params"] |= params
    return {"kind": "batch", "tenant": "a", "priority": "interactive", "items": items}


async def _picture(client: Client) -> float:
    """Return how long one picture takes, from its request to its end."""
    begun = time.perf_counter()
    job = await client.submit({"kind": "task", "tenant": "b", **_prompt()})
    await _end_of(job)
    return time.perf_counter() - begun


async def _batch_alone(client: Client, count: int) -> dict[str, Any]:
    begun = time.perf_counter()
    job = await client.submit(_batch(count, width_px=128, height_px=128))
    await _end_of(job)
    took_s = time.perf_counter() - begun
    return row("batch", pictures=count, took_s=took_s, pictures_per_s=count / took_s)


async def _behind(client: Client, batch: int) -> dict[str, Any]:
    """Ask for one picture while a batch is under way, then cancel the batch: its end is nobody's news."""
    job = await client.submit(_batch(batch))
    made_s: list[float] = []
    waiting: asyncio.Task[float] | None = None
    begun = time.perf_counter()
    async for fact in job.facts(WITHIN_S):
        if fact.type == "media.asset.ready.v1":
            made_s.append(time.perf_counter())
        if waiting is None and made_s and time.perf_counter() - begun >= WARM_UP_S:
            waiting = asyncio.create_task(_picture(client))
        if waiting is not None and waiting.done():
            break
    if waiting is None:
        raise SystemExit("the batch ended before anybody could wait behind it")
    took_s = await waiting
    cancelled = await client.submit({"job_id": job.job_id, "tenant": "a"}, kind=CANCEL)
    await cancelled.close()
    await job.close()
    task_s = (made_s[-1] - made_s[0]) / max(len(made_s) - 1, 1)
    return row("behind", batch=batch, made=len(made_s), one_s=took_s, a_picture_each_s=task_s)


async def _end_of(job: Job) -> None:
    async for fact in job.facts(WITHIN_S):
        end = fact
    if end.type != "media.job.succeeded.v1":
        raise SystemExit(f"a job did not succeed: {end.data}")


if __name__ == "__main__":
    main()
