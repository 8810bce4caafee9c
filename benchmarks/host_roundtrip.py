"""What it costs that engines run in processes of their own: a task that does next to nothing, in a thread and in a host.

`python -m benchmarks.host_roundtrip` writes `benchmarks/results/host_roundtrip.json`: [{name: thread | host, tasks, p50_ms,
p99_ms, longest_ms, histogram {below_ms: tasks}}, {name: above, p50_ms, p99_ms}, {name: ready, engine, first_ms, again_ms}
for each draft engine: how long after its need a host has loaded it, of a warm parent, for the first time and after a death].
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.models import MODELS, Model
from engines.contract import Finished, Product, Result, Task, one_by_one
from engines.host.hosts import Hosts
from worker.engines import Engines
from worker.perform import run_in_thread
from worker.report import TaskReport
from worker.threads import EngineThreads

BOUNDS_MS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, float("inf"))


class Small:
    """Writes one word."""

    concurrent = True

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def unload(self) -> None:
        """There is nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Write a word for each task."""
        return one_by_one(tasks, self._write)

    def _write(self, task: Task) -> Result:
        path = task.workdir / "word"
        path.write_text("word")
        task.report.step(1, 1, "writing")
        return Result((Product(path, "text/plain", text="word"),))


SMALL = Model("small", (), "draft", "benchmarks.host_roundtrip:Small", "1", "Writes a word.")


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "host_roundtrip.json")
    asked = parser.parse_args()
    rows = asyncio.run(measure(asked.tasks))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))


async def measure(tasks: int) -> list[dict[str, Any]]:
    """Return all rows. Thread and host take turns, so that both meet the same machine."""
    drafts = [row for row in MODELS if row.family == "draft" and row.runs_in != "thread"]
    hosts, threads, engines = Hosts([SMALL, *drafts]), EngineThreads(1), Engines()
    took: dict[str, list[float]] = {"thread": [], "host": []}
    try:
        await hosts.warm_up()
        with tempfile.TemporaryDirectory(prefix="reelbus-roundtrip-") as folder:
            for number in range(-50, tasks):
                task = Task(f"t{number}", "", {"prompt": "a fox"}, 7, Path(folder), TaskReport())
                in_thread = await _timed(
                    lambda task=task: threads.run("t", run_in_thread, engines, SMALL, task)
                )  # type: ignore[misc]
                in_host = await _timed(lambda task=task: hosts.run(SMALL, task))  # type: ignore[misc]
                if number >= 0:  # the first ones warm up
                    took["thread"].append(in_thread)
                    took["host"].append(in_host)
        rows = [_row(name, times) for name, times in took.items()]
        above = {name: round(rows[1][name] - rows[0][name], 3) for name in ("p50_ms", "p99_ms")}
        rows.append({"name": "above", **above, "load": round(os.getloadavg()[0], 2)})
        return rows + [await _ready(hosts, row) for row in drafts]
    finally:
        await hosts.close()
        threads.close()


async def _ready(hosts: Hosts, row: Model) -> dict[str, Any]:
    first_s = await _timed(lambda: hosts.ready(row))
    os.kill(hosts.pids[row.name], 9)
    while row.name in hosts.resident:  # noqa: ASYNC110  # another process ends
        await asyncio.sleep(0.001)
    again_s = await _timed(lambda: hosts.ready(row))
    return {
        "name": "ready",
        "engine": row.name,
        "first_ms": round(first_s * 1000, 1),
        "again_ms": round(again_s * 1000, 1),
    }


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _row(name: str, times_s: list[float]) -> dict[str, Any]:
    times_ms = sorted(time_s * 1000 for time_s in times_s)
    histogram, below = {}, 0
    for bound in BOUNDS_MS:
        count = sum(time_ms < bound for time_ms in times_ms)
        histogram[f"{bound:g}"] = count - below
        below = count
    return {
        "name": name,
        "tasks": len(times_ms),
        "p50_ms": round(times_ms[len(times_ms) // 2], 3),
        "p99_ms": round(times_ms[len(times_ms) * 99 // 100], 3),
        "longest_ms": round(times_ms[-1], 3),
        "histogram": histogram,
    }


if __name__ == "__main__":
    main()
