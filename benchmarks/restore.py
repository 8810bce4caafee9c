"""How long jobs of other partitions take while one is restored, again and again, in the same coordinator.

`python -m benchmarks.restore` starts a broker and one coordinator, lets it work off `--jobs` jobs on partition 0, and
then sends a small job every 50 ms to the other partitions for `--window` seconds: while nothing else happens, while
partition 0 is restored from its state, and while it is rebuilt from the log. Another writer fences the partition each
time it is back, so that one restore follows another. It writes `benchmarks/results/restore.json`: [{name, jobs,
restores, sent, p50_ms, p99_ms, times_p99, load}]. Tasks are answered at once by `benchmarks.peers.reelbus_answers`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.scale import PARTITIONS, TASK, Bench, accepted
from benchmarks.tables import replace, table
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.tail import Tail
from bus.transactions import PartitionWriter, ProducerRecord
from planning.partition.records import NEXT_OFFSET
from schemas.facts import TERMINAL_TYPES
from schemas.log import JobAccepted, log_type

EVERY_S = 0.05
AT_ONCE = 200
ENDS_WITHIN_S = 120.0
RESTORING = 0
NOTES = {
    "quiet": "nothing else",
    "restore": "one partition is restored from its state",
    "rebuild": "one partition is rebuilt from the log",
}


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--jobs", type=int, default=5_000, help="how many jobs the restored partition has seen"
    )
    parser.add_argument("--window", type=float, default=30.0, help="seconds of each measurement")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "restore.json")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="reelbus-restore-"))
    bench = Bench(home)
    bench.start()
    try:
        bench.spawn("benchmarks.peers.reelbus_answers", "answers")
        bench.coordinator("coordinator")
        bench.restored("coordinator", PARTITIONS)
        rows = asyncio.run(_measure(bench, home / "coordinator.log", asked.jobs, asked.window))
    finally:
        bench.stop()
        shutil.rmtree(home, ignore_errors=True)
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    replace("restore", as_table(rows))


def as_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as they stand in the docs."""
    head = ["beside the jobs", "restores", "jobs", "p50, ms", "p99, ms", "p99, times", "load"]
    names = ("restores", "sent", "p50_ms", "p99_ms", "times_p99", "load")
    return table(head, [[NOTES[row["name"]], *(row[name] for name in names)] for row in rows])


async def _measure(bench: Bench, log: Path, jobs: int, window_s: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with Publisher(bench.bootstrap) as publisher:
        for done in range(0, jobs, AT_ONCE):
            events = [_job(on_restoring=True) for _ in range(min(AT_ONCE, jobs - done))]
            await _ended(bench.bootstrap, publisher, events)
        await _window(bench.bootstrap, publisher, window_s / 3)  # warm
        for name in NOTES:
            before = _restores(log)
            async with _fenced_again_and_again(bench.bootstrap, publisher, log, name):
                spent_s = await _window(bench.bootstrap, publisher, window_s)
            p50_ms, p99_ms = (_quantile(spent_s, q) * 1000 for q in (0.5, 0.99))
            rows.append(
                {
                    "name": name,
                    "jobs": jobs,
                    "restores": _restores(log) - before,
                    "sent": len(spent_s),
                    "p50_ms": round(p50_ms, 1),
                    "p99_ms": round(p99_ms, 1),
                    "times_p99": round(p99_ms / (rows[0]["p99_ms"] if rows else p99_ms), 2),
                    "load": round(os.getloadavg()[0], 1),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


async def _window(bootstrap: str, publisher: Publisher, window_s: float) -> list[float]:
    """Send a job every so often; returns how long each took from the log to its end, in seconds."""
    sent: dict[str, float] = {}
    spent_s: list[float] = []
    clock = asyncio.get_running_loop().time
    async with Tail(bootstrap, ["media.jobs"]) as tail, asyncio.timeout(window_s + ENDS_WITHIN_S):
        sending = asyncio.create_task(_send(publisher, sent, window_s))
        while not (sending.done() and len(spent_s) == len(sent)):
            for record in await tail.poll():
                kind = dict(record.headers)["ce_type"].decode()
                begun_s = sent.get(record.key.decode())
                if kind in TERMINAL_TYPES and begun_s is not None:
                    spent_s.append(clock() - begun_s)
        await sending
    return spent_s


async def _send(publisher: Publisher, sent: dict[str, float], window_s: float) -> None:
    clock = asyncio.get_running_loop().time
    begun_s = clock()
    for number in range(int(window_s / EVERY_S)):
        await asyncio.sleep(max(0.0, begun_s + number * EVERY_S - clock()))
        event = _job(on_restoring=False)
        sent[event.job_id] = clock()
        await _publish(publisher, event)


async def _ended(bootstrap: str, publisher: Publisher, events: Sequence[JobAccepted]) -> None:
    """Put jobs on the log and wait for their ends."""
    waited = {event.job_id for event in events}
    async with Tail(bootstrap, ["media.jobs"]) as tail, asyncio.timeout(ENDS_WITHIN_S):
        await asyncio.gather(*(_publish(publisher, event) for event in events))
        while waited:
            for record in await tail.poll():
                if dict(record.headers)["ce_type"].decode() in TERMINAL_TYPES:
                    waited.discard(record.key.decode())


@asynccontextmanager
async def _fenced_again_and_again(
    bootstrap: str, publisher: Publisher, log: Path, name: str
) -> AsyncIterator[None]:
    """Meanwhile take partition 0 from the coordinator each time it has restored it; not when all is quiet."""
    if name == "quiet":
        yield
        return
    fencing = asyncio.create_task(_fence(bootstrap, publisher, log, forget_offset=name == "rebuild"))
    try:
        yield
    finally:
        fencing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fencing


async def _fence(bootstrap: str, publisher: Publisher, log: Path, *, forget_offset: bool) -> None:
    lost = [ProducerRecord("media.state", RESTORING, NEXT_OFFSET.encode(), None)] if forget_offset else []
    while True:
        before = _restores(log)
        writer = PartitionWriter(bootstrap, "media", RESTORING)
        await writer.start()
        await writer.commit(lost)
        await writer.discard()
        await _publish(publisher, _job(on_restoring=True))  # its commit is what notices
        deadline = time.monotonic() + ENDS_WITHIN_S
        while _restores(log) == before:
            if time.monotonic() > deadline:
                raise SystemExit("the partition did not come back")
            await asyncio.sleep(0.1)


def _restores(log: Path) -> int:
    return log.read_bytes().count(b'"coordinator.restored"')


def _job(*, on_restoring: bool) -> JobAccepted:
    while True:
        event = accepted(TASK)
        if (partition_of(event.job_id.encode(), PARTITIONS) == RESTORING) == on_restoring:
            return event


async def _publish(publisher: Publisher, event: JobAccepted) -> None:
    await publisher.publish(
        "media.log", event.job_id, log_type(event), event, id=event.job_id, subject=event.job_id
    )


def _quantile(values: Sequence[float], q: float) -> float:
    return sorted(values)[min(int(len(values) * q), len(values) - 1)]


if __name__ == "__main__":
    main()
