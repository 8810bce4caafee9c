"""A worker whose engines die, and what became of its orders: a coordinator's part in few lines, worker and hosts real.

`python -m tests.chaos.hosts [--jobs 200] [--inside 70] [--outside 30] [--seed N]` prints a table of deaths.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import signal
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bus.cloudevents import encode
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from runtime.settings import Settings
from schemas.base import Message
from schemas.log import TaskFailed, TaskReleased, TaskStarted, TaskSucceeded
from schemas.orders import ORDER_TYPE, WorkOrder
from storage.objects import Blob
from tests.engines.host.hosting import VILLAIN
from worker.consumer import Worker
from worker.context import WorkerContext
from worker.engines import Engines
from worker.threads import EngineThreads

MIB = 1024 * 1024
INSIDE = (
    "segfaults",
    "is killed",
    "takes all memory",
    "holds the interpreter",
    "is stopped",
    "exits",
    "says garbage",
)
"""What an engine does on the first attempts of some jobs."""
OUTSIDE = (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV)
"""What is done to a host while it has work."""
ROWS = {
    name: replace(
        VILLAIN,
        name=name,
        capabilities=("text-generation",),
        target=f"tests.engines.host.villains:{target}",
        longest_silence_s=1.0,
        grace_s=0.5,
    )
    for name, target in {"villain": "Villain", "alone": "OneAtATime", "innocent": "Villain"}.items()
}


@dataclass
class Outcome:
    """What became of the jobs."""

    deaths: Counter[str] = field(default_factory=Counter)
    succeeded: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    charged: Counter[str] = field(default_factory=Counter)
    released: int = 0


class Coordinator:
    """Sends orders, and again those that failed or came back; hears what the worker says. It is reader and publisher."""

    connected, last_poll_age_s, assignment = True, 0.0, ()

    def __init__(self, orders: list[WorkOrder]) -> None:
        self.outcome = Outcome()
        self.done = asyncio.Event()
        self._waiting = deque(orders)
        self._orders = {order.job_id: order for order in orders}
        self._open = set(self._orders)
        self._news = asyncio.Event()

    async def connect(self) -> None: ...

    async def disconnect(self) -> None: ...

    async def commit(self, offsets: object) -> None: ...

    async def idle(self) -> None:
        await asyncio.sleep(0)

    def wake(self) -> None:
        self._news.set()

    def put(self, order: WorkOrder) -> None:
        """Have one more order."""
        self._waiting.append(order)
        self._news.set()

    async def poll(self, most: int) -> list[Any]:
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return [_record(self._waiting.popleft()) for _ in range(min(most, len(self._waiting)))]

    async def publish(
        self, topic: str, key: str, type: str, message: Message, /, *, id: str, subject: str
    ) -> None:
        if isinstance(message, TaskSucceeded):
            self.outcome.succeeded[message.job_id] += 1
            self._open.discard(message.job_id)
            if not self._open:
                self.done.set()
        elif isinstance(message, TaskFailed | TaskReleased):
            order = self._orders[message.job_id]
            if isinstance(message, TaskFailed):
                self.outcome.failures[message.code] += 1
                self.outcome.charged[order.engine] += 1
            else:
                self.outcome.released += 1
            again = order.model_copy(update={"attempt": order.attempt + 1, "params": _good(order)})
            self._orders[order.job_id] = again
            self._waiting.append(again)
            self._news.set()
        else:
            assert not isinstance(message, TaskStarted) or message.job_id in self._open

    async def publish_record(self, topic: str, key: str, value: bytes | None, headers: Any, /) -> None: ...


def _record(order: WorkOrder) -> Any:
    value, headers = encode(ORDER_TYPE, order.to_bytes(), id=order.task_id, source="/test")
    return SimpleNamespace(
        topic="t", partition=0, offset=0, timestamp=0, key=b"k", value=value, headers=headers
    )


def _good(order: WorkOrder) -> dict[str, Any]:
    return {**order.params, "prompt": order.params["prompt"].partition("|")[0]}


class Shelf:
    """A store that remembers nothing, and takes everything."""

    async def read_result_entry(self, fingerprint: str) -> None:
        return None

    async def write_result(self, fingerprint: str, body: bytes, etag: str | None) -> bytes:
        return body

    async def grant(self, tenant: str, digests: Iterable[str]) -> None: ...

    async def put_file(self, path: Path, media_type: str) -> Blob:
        data = path.read_bytes()  # noqa: ASYNC240  # some bytes
        sha256 = hashlib.sha256(data).hexdigest()
        return Blob(bucket="b", key=f"k/{sha256}", sha256=sha256, size_bytes=len(data))


class Everything:
    """A worker that can run whatever it is asked for."""

    loadable: tuple[str, ...] = tuple(ROWS)
    missing: dict[str, str] = {}  # noqa: RUF012  # nobody adds to it

    def why_not(self, engine: str) -> None: ...

    def look(self) -> None: ...


class Silence:
    """`media.control`, on which nobody says anything."""

    def __aiter__(self) -> Silence:
        return self

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()


def orders(jobs: int, deaths: int, draw: random.Random) -> list[WorkOrder]:
    """Return an order for each job; the engines of so many of them die of it at first."""
    deadly = set(draw.sample(range(jobs), deaths))
    found = []
    for number in range(jobs):
        engine = draw.choice(("villain", "alone")) if number in deadly else draw.choice(tuple(ROWS))
        deed = draw.choice(INSIDE) if number in deadly else ""
        found.append(
            WorkOrder(
                job_id=f"00000000-0000-5000-8000-{number:012d}",
                run=1,
                node_id="n",
                attempt=1,
                task_id=f"t{number}",
                tenant="default",
                lane="interactive",
                quality="draft",
                capability="text-generation",
                role="n",
                engine=engine,
                params={"prompt": f"{number}|{deed}"},
                seed=draw.randrange(2**31),
            )
        )
    return found


async def die(folder: Path, *, jobs: int, inside: int, outside: int, seed: int) -> Outcome:
    """Let a worker of four slots do its jobs while its hosts die from inside and from outside; bounded in time."""
    draw = random.Random(seed)
    asked = orders(jobs, inside, draw)
    coordinator = Coordinator(asked)
    for order in asked:
        if deed := order.params["prompt"].partition("|")[2]:
            coordinator.outcome.deaths[f"from inside: {deed}"] += 1
    hosts = Hosts(tuple(ROWS.values()), limits=Limits(memory_bytes=192 * MIB, work_bytes=64 * MIB))
    threads = EngineThreads(4)
    context = WorkerContext(
        "w",
        Engines(),
        Shelf(),  # type: ignore[arg-type]
        folder / "scratch",
        False,
        threads=threads,
        hosts=hosts,
        find=ROWS.get,
        offering=Everything(),
    )
    settings = Settings(worker_slots=4)
    silent: Any = Silence()
    reader: Any = coordinator
    worker = Worker("text", settings, reader, coordinator, SimpleNamespace(), context)
    running = asyncio.create_task(worker.run(silent))
    killing = asyncio.create_task(_kill(hosts, outside, draw, coordinator.outcome))
    try:
        async with asyncio.timeout(240):
            await asyncio.wait(
                [running, asyncio.create_task(coordinator.done.wait())], return_when="FIRST_COMPLETED"
            )
        assert not running.done(), running.exception()
    finally:
        killing.cancel()
        worker.loop.stop()
        await asyncio.wait([running, killing])
        await hosts.close()
        threads.close()
    return coordinator.outcome


async def _kill(hosts: Hosts, times: int, draw: random.Random, outcome: Outcome) -> None:
    """End a host from outside now and then; never that of the innocent engine."""
    while times:
        await asyncio.sleep(draw.uniform(0.0, 0.15))
        pids = [pid for name, pid in hosts.pids.items() if name != "innocent"]
        if pids:
            how = draw.choice(OUTSIDE)
            with suppress(ProcessLookupError):
                os.kill(draw.choice(pids), how)
                outcome.deaths[f"from outside: {how.name}"] += 1
                times -= 1


def main() -> None:
    """Let a worker's engines die, and print what became of its orders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--inside", type=int, default=70)
    parser.add_argument("--outside", type=int, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelbus-dying-") as folder:
        begun_s = time.monotonic()
        outcome = asyncio.run(
            die(Path(folder), jobs=asked.jobs, inside=asked.inside, outside=asked.outside, seed=asked.seed)
        )
    print(f"seed {asked.seed}: {asked.jobs} jobs in {time.monotonic() - begun_s:.0f} s")
    for how, times in sorted(outcome.deaths.items()):
        print(f"{times:5}  {how}")
    print(
        f"{asked.jobs - len(outcome.succeeded)} lost, {sum(n - 1 for n in outcome.succeeded.values())} doubled, ",
        end="",
    )
    print(f"{dict(outcome.failures)} failures, {outcome.released} released, charged {dict(outcome.charged)}")


if __name__ == "__main__":
    main()
