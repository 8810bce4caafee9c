"""Restate's side: the services that its server calls, and a client that asks for jobs.

`Jobs/calls` makes each task a durable call of its own, which any worker may serve; `Jobs/steps` runs the five as
steps of one invocation, in one process. Both run at most `SLOTS` tasks at a time, as the workers of the others do.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import queue
import threading
from typing import Any

import restate

from benchmarks.peers.diary import drive, note

SLOTS = 4
CONNECTIONS = 32

tasks = restate.Service("Tasks")
jobs = restate.Service("Jobs")
_slots = asyncio.Semaphore(SLOTS)


@tasks.handler()
async def work(context: restate.Context, asked: dict[str, Any]) -> int:
    """One of the five, as an invocation."""
    return await context.run_typed("work", _perform, asked=asked)


@jobs.handler()
async def calls(context: restate.Context, asked: dict[str, Any]) -> None:
    """Call five tasks and join them."""
    waiting = [context.service_call(work, arg=task) for task in _tasks(asked)]
    await restate.gather(*waiting)
    await context.run_typed("join", _join, job=asked["job"])


@jobs.handler()
async def steps(context: restate.Context, asked: dict[str, Any]) -> None:
    """Run five steps and join them."""
    waiting = [context.run_typed(f"work-{task['number']}", _perform, asked=task) for task in _tasks(asked)]
    await restate.gather(*waiting)
    await context.run_typed("join", _join, job=asked["job"])


def _tasks(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"job": asked["job"], "number": number, "seconds": seconds}
        for number, seconds in enumerate(asked["lengths"])
    ]


async def _perform(asked: dict[str, Any]) -> int:
    if asked["seconds"] > 0:
        async with _slots:
            note("began", asked["job"], asked["number"])
            await asyncio.sleep(asked["seconds"])
            note("ended", asked["job"], asked["number"])
    return int(asked["number"])


async def _join(job: str) -> None:
    note("joined", job)


app = restate.app([jobs, tasks])


def ask(wanted: list[tuple[str, list[float]]]) -> None:
    """Ask for all jobs through a few connections; each answer means that the server has the job on its disk."""
    waiting: queue.SimpleQueue[tuple[str, list[float]]] = queue.SimpleQueue()
    for job in wanted:
        waiting.put(job)
    senders = [threading.Thread(target=_send, args=(waiting,)) for _ in range(min(CONNECTIONS, len(wanted)))]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def _send(waiting: queue.SimpleQueue[tuple[str, list[float]]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["BENCH_INGRESS_PORT"]), timeout=60)
    handler = os.environ.get("BENCH_HANDLER", "calls")
    while True:
        try:
            job, lengths = waiting.get_nowait()
        except queue.Empty:
            connection.close()
            return
        body = json.dumps({"job": job, "lengths": lengths})
        # The same key twice is one invocation.
        headers = {"content-type": "application/json", "idempotency-key": job}
        connection.request("POST", f"/Jobs/{handler}/send", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"Restate refused the job {job}: {answer.status} {told!r}")


if __name__ == "__main__":
    drive(ask)
