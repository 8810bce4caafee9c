"""What 10,000 deferred tasks cost their poller: memory and computing of a real process over real topics and a real HTTP stranger.

`REELBUS_HOME=/tmp/bench .venv/bin/reelbus stack start`, then `.venv/bin/python -m benchmarks.deferred --home /tmp/bench`.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.far_away import PORT
from bus.admin import apply
from bus.publisher import Publisher
from catalog.models import Model
from infra.local.stack import LocalStack
from runtime.process import Stopping
from runtime.settings import Settings
from schemas.identity import job_id, task_id
from schemas.orders import TICKET_TYPE, DeferredTicket
from schemas.topics import topic, topics

ROW = Model(
    name="far-away",
    capabilities=("text-generation",),
    family="remote",
    target="benchmarks.far_away:FarAway",
    revision="1",
    description="A stranger over HTTP.",
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"state": "working"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _poll(settings: Settings) -> None:
    """The process that is measured."""
    from consumers.remote.app import run

    asyncio.run(run(settings, Stopping(), lambda name: ROW))


async def _fill(settings: Settings, count: int) -> None:
    await apply(
        settings.bootstrap_servers, [s for s in topics(settings.topic_prefix, 1) if ".tasks." not in s.name]
    )
    now_ms = time.time_ns() // 1_000_000
    async with Publisher(settings.kafka, source="/benchmark") as publisher:
        waiting = []
        for number in range(count):
            job = job_id("default", f"bench-{number}")
            ticket = DeferredTicket(
                job_id=job,
                run=1,
                node_id="result",
                attempt=1,
                task_id=task_id(job, 1, "result", 1),
                engine=ROW.name,
                ticket=f"{uuid.uuid4()}/{'x' * 160}",
                check_at_ms=now_ms,
                expires_at_ms=now_ms + 86_400_000,
            )
            name = topic(settings.topic_prefix, "deferred")
            waiting.append(
                await publisher.send(
                    name, ticket.task_id, TICKET_TYPE, ticket, id=ticket.task_id, subject=job
                )
            )
        await publisher.acknowledged(*waiting)


def _used(pid: int) -> tuple[float, float]:
    """Return seconds of CPU and MB of memory of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return cpu_s, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _below(pid: int) -> dict[str, int]:
    """Return the process that hosts are copies of, and its host."""
    warm = _child(pid)
    return {"its warm parent": warm, "its host": _child(warm)}


def _child(pid: int) -> int:
    while not (found := Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        time.sleep(0.1)
    return int(found[0])


def main() -> None:
    """Fill the topic, start a poller, and look at it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deferred")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    settings = Settings(
        home=given.home,
        bootstrap_servers=LocalStack(given.home).endpoints().bootstrap,
        topic_prefix=f"bench{uuid.uuid4().hex[:6]}",
        log_level="error",
    )
    asyncio.run(_fill(settings, given.tickets))
    served = [0]

    class Counting(_Handler):
        def do_GET(self) -> None:
            served[0] += 1
            super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ[PORT] = str(server.server_port)
        poller = multiprocessing.get_context("spawn").Process(target=_poll, args=(settings,))
        poller.start()
        assert poller.pid is not None
        time.sleep(15.0)  # it has read everything
        processes, asked = {"poller": poller.pid, **_below(poller.pid)}, served[0]
        before_s = {name: _used(pid)[0] for name, pid in processes.items()}
        time.sleep(given.seconds)
        print(f"{given.tickets} tickets, {(served[0] - asked) / given.seconds:.1f} checks/s")
        for name, pid in processes.items():
            after_s, rss_mb = _used(pid)
            share = (after_s - before_s[name]) / given.seconds * 100
            print(f"{name}: {rss_mb:.0f} MB, {share:.1f} % of a core")
        poller.terminate()
        poller.join()
        server.shutdown()


if __name__ == "__main__":
    main()
