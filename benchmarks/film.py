"""How long a film takes from its brief to its file, and what a system costs that has nothing to do.

`python -m benchmarks.film` starts a system of its own (a new home, so nothing is remembered), measures it idle,
then makes films of 30 s at 720p, and writes `benchmarks/results/film.json`:
[{name: start, up_s}, {name: idle, seconds, cpu_percent_of_a_core, rss_mib, processes {role: {cpu_percent, rss_mib}}},
{name: latency, runs, first_asset_p50_ms, end_p50_ms}, {name: film, runs, duration_s, resolution,
brief_to_file_s, fastest_s, slowest_s, first_picture_s, cpu_s}], each row with the load average of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.connection import settings_here
from infra.local.interpreter import module_command, module_path
from producers.client import Client
from runtime.settings import Settings
from storage.store import Store

BRIEF = (
    "A lighthouse keeper befriends a whale, and on the night of the great storm the whale saves the harbour."
)
SETTLES_IN_S = 10.0
"""After its start a system still compiles and cleans up; idle is measured after that."""


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the film")
    parser.add_argument("--resolution", default="720p")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds that the idle system is looked at")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "film.json")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="reelbus-bench-"))
    os.environ["REELBUS_HOME"] = str(home)
    try:
        begun = time.perf_counter()
        reelbus("up", "--detach")
        rows: list[dict[str, Any]] = [row("start", up_s=time.perf_counter() - begun)]
        rows.append(idle(asked.idle))
        rows.append(asyncio.run(latency(runs=10)))
        rows.append(asyncio.run(films(home, asked.seconds, asked.resolution, asked.runs)))
    finally:
        reelbus("down")
        shutil.rmtree(home, ignore_errors=True)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for found in rows:
        print("  ".join(f"{name} {value}" for name, value in found.items() if name != "processes"))


def row(name: str, **figures: Any) -> dict[str, Any]:
    """Return a row, its figures rounded."""
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}
    return {"name": name, **rounded, "load": round(os.getloadavg()[0], 2)}


def reelbus(*arguments: str) -> str:
    """Run a command of ours and return what it gave."""
    done = subprocess.run(
        module_command("producers.cli", *arguments),
        env={**os.environ, **module_path()},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


@dataclass(frozen=True)
class Usage:
    """What one process has used so far."""

    cpu_s: float
    rss_bytes: int


def usage(pid: int) -> Usage:
    """Read what a process has used (proc(5): utime and stime are fields 14 and 15, then those of its children)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    ticks = sum(int(field) for field in fields[11:15])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def whole(pid: int, named: Collection[int]) -> Usage:
    """Read what a process of ours has used, with those below it that have no name of their own: its hosts."""
    one = usage(pid)
    for child in _children(pid):
        if child not in named:
            with contextlib.suppress(
                OSError, IndexError
            ):  # it ended a moment ago, and its parent has its time
                below = whole(child, named)
                one = Usage(one.cpu_s + below.cpu_s, one.rss_bytes + below.rss_bytes)
    return one


def _children(pid: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in file.read_text("ascii").split()]
    return found


def idle(seconds: float) -> dict[str, Any]:
    """Look at every process of a system without work."""
    time.sleep(SETTLES_IN_S)
    names = _processes()
    before = {pid: whole(pid, names) for pid in names}
    time.sleep(seconds)
    after = {pid: whole(pid, names) for pid in names}
    processes = {
        name: {
            "cpu_percent": round((after[pid].cpu_s - before[pid].cpu_s) / seconds * 100, 2),
            "rss_mib": round(after[pid].rss_bytes / 2**20, 1),
        }
        for pid, name in names.items()
    }
    return row(
        "idle",
        seconds=seconds,
        cpu_percent_of_a_core=sum(one["cpu_percent"] for one in processes.values()),
        rss_mib=sum(one["rss_mib"] for one in processes.values()),
        processes=processes,
    )


def _processes() -> dict[int, str]:
    """Return the processes of the system by their ids."""
    found = json.loads(reelbus("status", "--json"))["processes"]
    return {entry["pid"]: f"{entry['role']}-{entry['index']}" for entry in found}


async def latency(runs: int) -> dict[str, Any]:
    """Time lone small tasks on an idle system: from the request to its first asset and to its end."""
    asset_s, end_s = [], []
    async with Client(settings_here()) as client:
        for number in range(runs):
            await asyncio.sleep(1.0)
            request = {
                "kind": "task",
                "capability": "prompt-refinement",
                "params": {"prompt": f"a fox {number}"},
            }
            begun = time.perf_counter()
            took = await _times(client, request)
            asset_s.append(took["media.asset.ready.v1"] - begun)
            end_s.append(took["media.job.succeeded.v1"] - begun)
    return row(
        "latency",
        runs=runs,
        first_asset_p50_ms=statistics.median(asset_s) * 1000,
        end_p50_ms=statistics.median(end_s) * 1000,
    )


async def films(folder: Path, seconds: float, resolution: str, runs: int) -> dict[str, Any]:
    """Time whole films, one after the other, each with a seed of its own; `cpu_s` is what one costs everybody."""
    walls, pictures = [], []
    pids = _processes()
    before_s = sum(whole(pid, pids).cpu_s for pid in pids)
    settings = settings_here()
    async with Client(settings) as client:
        for number in range(runs):
            request = {
                "kind": "film",
                "brief": BRIEF,
                "duration_s": seconds,
                "resolution": resolution,
                "seed": number,
                "idempotency_key": uuid.uuid4().hex,
            }
            begun = time.perf_counter()
            job = await client.submit(request)
            picture_s = None
            async for fact in job.facts():
                if fact.type == "media.asset.ready.v1" and fact.data["capability"] == "image-generation":
                    picture_s = picture_s or time.perf_counter() - begun
                end = fact
            if end.type != "media.job.succeeded.v1":
                raise SystemExit(f"the film did not succeed: {end.data}")
            await _fetch(settings, end.data["outputs"]["film"], folder / "film.mp4")
            walls.append(time.perf_counter() - begun)
            pictures += [picture_s] if picture_s is not None else []
    return row(
        "film",
        runs=runs,
        duration_s=seconds,
        resolution=resolution,
        brief_to_file_s=statistics.median(walls),
        fastest_s=min(walls),
        slowest_s=max(walls),
        first_picture_s=statistics.median(pictures) if pictures else None,
        cpu_s=(sum(whole(pid, pids).cpu_s for pid in pids) - before_s) / runs,
    )


async def _times(client: Client, request: dict[str, Any]) -> dict[str, float]:
    job = await client.submit(request)
    return {fact.type: time.perf_counter() async for fact in job.facts(60.0)}


async def _fetch(settings: Settings, asset: dict[str, Any], path: Path) -> None:
    store = Store.from_settings(settings)
    try:
        await store.fetch(asset["key"], path, sha256=asset["sha256"], size_bytes=asset["size_bytes"])
    finally:
        await store.close()


if __name__ == "__main__":
    main()
