"""A whole system as its users run it: `reelbus up` in a home of its own, spoken to over Kafka, S3 and the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

TERMINAL = {"media.job.succeeded.v1", "media.job.failed.v1", "media.job.cancelled.v1"}


@dataclass(frozen=True)
class Told:
    """One public event as any Kafka client reads it."""

    topic: str
    type: str
    id: str
    data: dict[str, Any]


@dataclass(frozen=True)
class System:
    """A running system and how a stranger uses it: nothing of ours is imported here."""

    home: Path
    bootstrap: str
    env: Mapping[str, str] = field(default_factory=dict)

    def cli(
        self, *arguments: str, check: bool = True, timeout_s: float = 150.0
    ) -> subprocess.CompletedProcess[str]:
        return cli(self.home, *arguments, check=check, timeout_s=timeout_s, env=self.env)

    def processes(self) -> list[dict[str, Any]]:
        processes: list[dict[str, Any]] = json.loads(self.cli("status", "--json").stdout)["processes"]
        return processes

    def pids(self, role: str) -> list[int]:
        return [p["pid"] for p in self.processes() if p["role"] == role and p["pid"]]

    async def send(
        self, value: Any, headers: dict[str, str] | None = None, *, topic: str = "media.requests"
    ) -> str:
        """Produce one record as kcat would; returns its position, which is a plain record's request id."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            place = await producer.send_and_wait(
                topic, body, headers=[(k, v.encode()) for k, v in (headers or {}).items()]
            )
        finally:
            await producer.stop()
        return f"{place.topic}/{place.partition}/{place.offset}"

    async def until(
        self,
        done: Callable[[list[Told]], bool],
        *,
        topics: tuple[str, ...] = ("jobs", "assets"),
        timeout_s: float = 120.0,
    ) -> list[Told]:
        """Read the topics from their beginning, committed records only, until `done` holds of all that was read."""
        deadline = time.monotonic() + timeout_s
        consumer = await self._reader(topics, deadline)
        told: list[Told] = []
        try:
            while not done(told):
                assert time.monotonic() < deadline, (
                    f"not told in {timeout_s} s; heard {[t.type for t in told][-20:]}"
                )
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    told += [_told(record) for record in records]
        finally:
            await consumer.stop()
        return told

    async def _reader(self, topics: tuple[str, ...], deadline: float) -> AIOKafkaConsumer:
        """Connect, also while the broker is being started again."""
        while True:
            consumer = AIOKafkaConsumer(
                *(f"media.{name}" for name in topics),
                bootstrap_servers=self.bootstrap,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
            )
            try:
                await consumer.start()
            except KafkaError:
                await consumer.stop()
                assert time.monotonic() < deadline, "the broker did not come back"
            else:
                return consumer

    async def end_of(self, job_id: str, *, timeout_s: float = 120.0) -> Told:
        """Wait for the job's terminal event."""
        told = await self.until(
            lambda heard: any(t.data.get("job_id") == job_id and t.type in TERMINAL for t in heard),
            topics=("jobs",),
            timeout_s=timeout_s,
        )
        return next(t for t in told if t.data.get("job_id") == job_id and t.type in TERMINAL)


@contextmanager
def running(name: str, *options: str, env: Mapping[str, str] | None = None) -> Iterator[System]:
    """A system in a home of its own, up until the end of the block."""
    home = Path(tempfile.mkdtemp(prefix=f"reelbus-{name}-"))
    env = env or {}
    try:
        up = cli(home, "up", "--detach", *options, timeout_s=300.0, env=env)
        assert up.stdout.startswith("ready")
        yield System(home, json.loads(cli(home, "status", "--json", env=env).stdout)["bootstrap"], env)
    finally:
        cli(home, "down", check=False, timeout_s=120.0, env=env)
        shutil.rmtree(home, ignore_errors=True)


def cli(
    home: Path,
    *arguments: str,
    check: bool = True,
    timeout_s: float = 150.0,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "producers.cli", *arguments],
        env={**os.environ, "REELBUS_HOME": str(home), **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def job_id_of(key: str, tenant: str = "default") -> str:
    """The job's id, computed as the contract says."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "reelbus:" + tenant), key))


def _told(record: ConsumerRecord) -> Told:
    headers = {name: value.decode() for name, value in record.headers}
    return Told(record.topic, headers["ce_type"], headers["ce_id"], json.loads(record.value))
