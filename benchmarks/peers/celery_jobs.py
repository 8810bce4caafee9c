"""Celery's side: the tasks that its workers run, and a client that asks for chords."""

from __future__ import annotations

import base64
import json
import os
import sys

import redis
from celery import Celery, chord

from benchmarks.peers.diary import drive, note, perform

SAFEST = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "broker_transport_options": {"visibility_timeout": 10},
    "result_backend_transport_options": {"visibility_timeout": 10},
}
URL = os.environ["BENCH_REDIS"]

app = Celery("bench", broker=URL, backend=URL)
app.conf.broker_connection_retry_on_startup = True
if os.environ["BENCH_SAFEST"] == "1":
    app.conf.update(SAFEST)


@app.task(name="work")
def work(job: str, number: int, seconds: float) -> int:
    """One of the five."""
    perform(job, number, seconds)
    return number


@app.task(name="join")
def join(results: list[int], job: str) -> None:
    """What follows when all five are done."""
    note("joined", job)


def ask(jobs: list[tuple[str, list[float]]]) -> None:
    """Ask for each job as a chord."""
    for job, lengths in jobs:
        chord([work.s(job, number, seconds) for number, seconds in enumerate(lengths)])(join.s(job))


def repeat() -> None:
    """Put the message of a first task into the queue once more, as it is: delivered twice."""
    client = redis.Redis.from_url(URL)
    for message in client.lrange("celery", 0, -1):
        arguments = json.loads(base64.b64decode(json.loads(message)["body"]))[0]
        if arguments[1] == 0:
            client.rpush("celery", message)
            return
    raise SystemExit("no message of a first task is waiting")


if __name__ == "__main__":
    if sys.argv[1] == "repeat":
        repeat()
    else:
        drive(ask)
