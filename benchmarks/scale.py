"""What a million open jobs cost: memory, time to restore, time to take over, and work for each new job.

`python -m benchmarks.scale` starts a broker of its own, lets one coordinator work off jobs of five tasks beside 10
open jobs, fills `media.state` with `--open` jobs, lets it restore and work off as many jobs again, then kills it
beside a warm second one. It writes `benchmarks/results/scale.json`: [{name: cost, open_jobs, jobs, cpu_ms_per_job},
{name: restore, open_jobs, restore_s, peak_rss_mib}, {name: takeover, open_jobs, takeover_s, session_timeout_s}],
each row with the load average of the machine. Tasks are answered at once by `benchmarks.peers.reelbus_answers`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.tables import replace, table
from bus.admin import apply
from bus.partitions import partition_of
from bus.publisher import Publisher
from bus.tail import Tail, end_offsets
from bus.transactions import PartitionWriter, ProducerRecord
from infra.local.interpreter import module_command, module_path
from infra.local.stack import LocalStack
from planning.job.acceptance import accept
from planning.job.reduce import reduce
from planning.partition.records import NEXT_OFFSET, Checkpoint, pack_offset, packed, parts_of
from schemas.facts import TERMINAL_TYPES
from schemas.log import JobAccepted, log_type
from schemas.topics import topics

PARTITIONS = 4
AT_ONCE = 5_000
SESSION_TIMEOUT_S = 6.0
LOOKS_AROUND_S = 5.0
"""A coordinator looks at all records after its start, and every five minutes: about a microsecond for each."""
BATCH = {
    "kind": "batch",
    "items": [
        {"id": f"t{n}", "capability": "text-generation", "params": {"prompt": f"a fox, {n}"}}
        for n in range(5)
    ],
}
TASK = {
    "kind": "task",
    "capability": "text-generation",
    "params": {"prompt": "A fox crosses the river to see the sea, and the gulls tell it where to look."},
}


class Bench:
    """A broker, and the processes that are measured beside it."""

    def __init__(self, home: Path) -> None:
        self._stack = LocalStack(home / "stack")
        self._logs = home
        self._children: list[subprocess.Popen[bytes]] = []
        self.bootstrap = ""

    def start(self) -> None:
        found = self._stack.start()
        self.bootstrap = found.bootstrap
        asyncio.run(apply(found.bootstrap, topics()))
        os.environ |= {
            "REELBUS_BOOTSTRAP_SERVERS": found.bootstrap,
            "REELBUS_S3_ENDPOINT": found.s3_endpoint,
            "REELBUS_LOG_FORMAT": "json",
        }

    def spawn(self, module: str, name: str) -> subprocess.Popen[bytes]:
        with (self._logs / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(
                module_command(module), env=os.environ | module_path(), stdout=log, stderr=log
            )
        self._children.append(child)
        return child

    def coordinator(self, name: str) -> subprocess.Popen[bytes]:
        return self.spawn("consumers.assembly.coordinator", name)

    def restored(self, name: str, partitions: int, within_s: float = 300.0) -> None:
        """Wait until a coordinator has said so of this many partitions."""
        deadline = time.monotonic() + within_s
        log = self._logs / f"{name}.log"
        while log.read_bytes().count(b'"coordinator.restored"') < partitions:
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} did not restore: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            child.wait(30)
        self._stack.stop()


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--open", type=int, default=1_000_000, help="how many jobs are open")
    parser.add_argument("--jobs", type=int, default=1_000, help="how many are worked off beside them")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "scale.json")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="reelbus-scale-"))
    bench = Bench(home)
    rows: list[dict[str, Any]] = []

    def row(**figures: Any) -> None:
        rows.append(figures | {"load": round(os.getloadavg()[0], 1)})
        print(json.dumps(rows[-1]), flush=True)

    bench.start()
    try:
        bench.spawn("benchmarks.peers.reelbus_answers", "answers")
        first = bench.coordinator("first")
        bench.restored("first", PARTITIONS)
        asyncio.run(work_off(bench.bootstrap, asked.jobs // 5))  # warm
        row(name="cost", open_jobs=10, jobs=asked.jobs, cpu_ms_per_job=cost_ms(bench, first, asked.jobs))
        first.terminate()
        first.wait(30)
        asyncio.run(fill(bench.bootstrap, asked.open))
        begun = time.monotonic()
        second = bench.coordinator("second")
        bench.restored("second", PARTITIONS)
        took_s = time.monotonic() - begun
        row(
            name="restore",
            open_jobs=asked.open,
            restore_s=round(took_s, 2),
            peak_rss_mib=peak_rss_mib(second),
        )
        asyncio.run(work_off(bench.bootstrap, asked.jobs // 5))
        time.sleep(LOOKS_AROUND_S)
        row(
            name="cost",
            open_jobs=asked.open,
            jobs=asked.jobs,
            cpu_ms_per_job=cost_ms(bench, second, asked.jobs),
            peak_rss_mib=peak_rss_mib(second),
        )
        third = bench.coordinator("third")
        bench.restored("third", PARTITIONS // 2)
        bench.restored("second", PARTITIONS + PARTITIONS // 2)
        begun = time.monotonic()
        second.send_signal(signal.SIGKILL)
        bench.restored("third", PARTITIONS // 2 + PARTITIONS)
        took_s = time.monotonic() - begun
        row(
            name="takeover",
            open_jobs=asked.open,
            takeover_s=round(took_s, 2),
            session_timeout_s=SESSION_TIMEOUT_S,
            peak_rss_mib=peak_rss_mib(third),
        )
        second.wait(30)
    finally:
        bench.stop()
        shutil.rmtree(home, ignore_errors=True)
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    replace("scale", as_table(rows))


def as_table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as they stand in the docs."""
    told = {
        "cost": lambda row: ("CPU of the coordinator for a job of five tasks", f"{row['cpu_ms_per_job']} ms"),
        "restore": lambda row: (
            "from the start of a coordinator to all partitions restored",
            f"{row['restore_s']} s",
        ),
        "takeover": lambda row: (
            f"from SIGKILL to another one's last partition restored (session timeout {row['session_timeout_s']} s)",
            f"{row['takeover_s']} s",
        ),
    }
    lines = []
    for row in rows:
        what, figure = told[row["name"]](row)
        lines.append([f"{row['open_jobs']:,}", what, figure, row.get("peak_rss_mib"), row["load"]])
    return table(["open jobs", "measured", "figure", "peak memory, MiB", "load"], lines)


def cost_ms(bench: Bench, process: subprocess.Popen[bytes], jobs: int) -> float:
    """Return the processor time of a coordinator for each of so many jobs of five tasks, in milliseconds."""
    before_s = cpu_s(process)
    asyncio.run(work_off(bench.bootstrap, jobs))
    return round((cpu_s(process) - before_s) / jobs * 1000, 2)


async def work_off(bootstrap: str, jobs: int) -> None:
    """Put jobs on the log and wait for all of their ends."""
    events = [accepted(BATCH) for _ in range(jobs)]
    waited = {event.job_id for event in events}
    async with Tail(bootstrap, ["media.jobs"]) as tail, Publisher(bootstrap) as publisher:
        sent = [
            await publisher.send(
                "media.log", event.job_id, log_type(event), event, id=event.job_id, subject=event.job_id
            )
            for event in events
        ]
        await publisher.acknowledged(*sent)
        deadline = time.monotonic() + 300
        while waited:
            if time.monotonic() > deadline:
                raise SystemExit(f"{len(waited)} of {jobs} jobs did not end")
            for record in await tail.poll():
                if dict(record.headers)["ce_type"].decode() in TERMINAL_TYPES:
                    waited.discard(record.key.decode())


async def fill(bootstrap: str, count: int) -> None:
    """Write the state of open jobs as a coordinator would, up to where the log is folded."""
    ends = await end_offsets(bootstrap, "media.log", "read_uncommitted")
    writers = {number: PartitionWriter(bootstrap, "media", number) for number in ends}
    for writer in writers.values():
        await writer.start()
    jobs = open_jobs(count)
    while some := list(islice(jobs, AT_ONCE)):
        batches: dict[int, list[ProducerRecord]] = {number: [] for number in writers}
        for key, value in some:
            number = partition_of(key, PARTITIONS)
            batches[number].append(ProducerRecord("media.state", number, key.encode(), value))
        for number, batch in batches.items():
            await writers[number].commit(batch)
    for number, writer in writers.items():
        offset = pack_offset(Checkpoint(ends[number]))
        await writer.commit([ProducerRecord("media.state", number, NEXT_OFFSET.encode(), offset)])
        await writer.discard()


def open_jobs(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield the records of jobs that wait for a worker; their ids, keys and digests differ as real ones do."""
    job, _ = reduce(None, accepted(TASK), time.time_ns() // 1_000_000)
    if job is None:
        raise AssertionError("an accepted request is a job")
    for _ in range(count):
        job.job_id = str(uuid.uuid4())
        job.request_id = job.idempotency_key = str(uuid.uuid4())
        job.request_digest = uuid.uuid4().hex + uuid.uuid4().hex
        parts = parts_of(job)
        yield from packed(job, parts, parts).items()


def accepted(request: dict[str, Any]) -> JobAccepted:
    """Return the event of a request that nobody made before."""
    key = str(uuid.uuid4())
    return accept(request, request_id=key, event_id=key, requested_ms=0, inputs={})


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_mib(process: subprocess.Popen[bytes]) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
