"""Dramatiq's side: the actors that its workers run, and a client that asks for groups with a callback."""

from __future__ import annotations

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend

from benchmarks.peers.diary import drive, note, perform

URL = os.environ["BENCH_REDIS"]
EAGER = {"heartbeat_timeout": 6_000, "maintenance_chance": 100_000}
"""A worker silent for 6 s has lost its messages (default 60 s); they are looked for at every tenth command
(default every thousandth)."""

broker = RedisBroker(url=URL, **(EAGER if os.environ["BENCH_SAFEST"] == "1" else {}))
broker.add_middleware(GroupCallbacks(RedisBackend(url=URL)))
dramatiq.set_broker(broker)


@dramatiq.actor
def work(job: str, number: int, seconds: float) -> None:
    """One of the five."""
    perform(job, number, seconds)


@dramatiq.actor
def join(job: str) -> None:
    """What follows when all five are done."""
    note("joined", job)


def ask(jobs: list[tuple[str, list[float]]]) -> None:
    """Ask for each job as a group with a completion callback."""
    for job, lengths in jobs:
        tasks = [work.message(job, number, seconds) for number, seconds in enumerate(lengths)]
        group = dramatiq.group(tasks)
        group.add_completion_callback(join.message(job))
        group.run()


def repeat() -> None:
    """Enqueue the message of a first task once more, as it is: delivered twice."""
    for waiting in broker.client.hvals("dramatiq:default.msgs"):
        message = dramatiq.Message.decode(waiting)
        if message.args[1] == 0:
            broker.enqueue(message)
            return
    raise SystemExit("no message of a first task is waiting")


if __name__ == "__main__":
    if sys.argv[1] == "repeat":
        repeat()
    else:
        drive(ask)
