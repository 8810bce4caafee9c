"""Celery and Dramatiq, each with a Redis of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.install import Tools
from benchmarks.peers.system import System, await_port
from infra.local.ports import pick


class _OnRedis(System):
    safest = False

    def __init__(self, home: Path, tools: Tools) -> None:
        super().__init__(home)
        self._tools = tools
        self._port = pick()

    def start_servers(self) -> None:
        where = ["--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self.home)]
        self.spawn("redis", [str(self._tools.redis_server), *where], self._tools.redis_env)
        await_port(self._port)

    def stop_servers(self) -> None:
        self.end(["redis"])

    def environment(self) -> Mapping[str, str]:
        return {"BENCH_REDIS": f"redis://127.0.0.1:{self._port}/0", "BENCH_SAFEST": str(int(self.safest))}

    def ask_with_a_repeat(self, job: str, lengths: list[float]) -> None:
        """The message waits in the queue while no worker runs; a copy is put beside it."""
        self.kill_workers()
        self.ask("flood", job, 1, lengths)
        self.clients_done()
        self.start_client("repeat")
        self.clients_done()
        self.start_workers()

    def _python(self, *arguments: str) -> list[str]:
        return [str(self._tools.python), "-m", *arguments]


class Celery(_OnRedis):
    """Celery as it comes: a message is acknowledged when a worker has it."""

    name = "Celery, default"
    settings = "4 processes"

    def workers(self) -> Mapping[str, list[str]]:
        options = ["--concurrency", "4", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        return {"worker": self._python("celery", "-A", "benchmarks.peers.celery_jobs", "worker", *options)}

    def client(self) -> list[str]:
        return self._python("benchmarks.peers.celery_jobs")


class CelerySafest(Celery):
    """Celery with the settings that its documentation has against loss."""

    name = "Celery, safest"
    settings = "4 processes, `acks_late`, `reject_on_worker_lost`, prefetch 1, visibility timeout 10 s"
    safest = True


class DramatiqDefault(_OnRedis):
    """Dramatiq as it comes: it acknowledges late."""

    name = "Dramatiq, default"
    settings = "2 processes with 2 threads"

    def workers(self) -> Mapping[str, list[str]]:
        options = ["--processes", "2", "--threads", "2", "--skip-logging"]
        return {"worker": self._python("dramatiq", "benchmarks.peers.dramatiq_jobs", *options)}

    def client(self) -> list[str]:
        return self._python("benchmarks.peers.dramatiq_jobs")


class Dramatiq(DramatiqDefault):
    """Dramatiq in a hurry to find lost messages."""

    name = "Dramatiq"
    settings = "2 processes with 2 threads, heartbeat 6 s, maintenance at every tenth command"
    safest = True
