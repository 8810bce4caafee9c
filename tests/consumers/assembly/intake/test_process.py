"""The real intake process: it keeps its place in its group under load, and gets over what does not fit into memory."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bus.admin import apply
from infra.local.ports import pick
from runtime.settings import Settings
from schemas.topics import topic, topics
from storage.store import Store

MIB = 1024 * 1024

_START = """
import resource, runpy, sys
if room := int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
runpy.run_module("consumers.assembly.intake", run_name="__main__")
"""


@contextmanager
def _intake(
    settings: Settings, prefix: str, port: int, log: Path, room_bytes: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run intake alone; with `room_bytes` its address space is limited."""

    own = {
        "REELBUS_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "REELBUS_TOPIC_PREFIX": prefix,
        "REELBUS_S3_ENDPOINT": settings.s3_endpoint,
        "REELBUS_S3_ACCESS_KEY": settings.s3_access_key,
        "REELBUS_S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
        "REELBUS_BUCKET": settings.bucket,
        "REELBUS_PORT": str(port),
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(room_bytes)],
            env={**os.environ, **own, "MALLOC_ARENA_MAX": "2"},
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _page(port: int, path: str) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def _peak_bytes(pid: int) -> int:
    """The address space that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmPeak:")[2].split()[0]) * 1024


async def _until(seen: Any, timeout_s: float = 250.0) -> Any:
    async with asyncio.timeout(timeout_s):
        while not (found := await asyncio.to_thread(seen)):  # noqa: ASYNC110  # another process is looked at
            await asyncio.sleep(0.2)
    return found


@pytest.fixture
async def prefix(settings: Settings, store: Store) -> str:
    """Topics of a system whose requests are handed on as producers compressed them, as they once were."""
    specs = [replace(spec, partitions=1) for spec in topics(settings.topic_prefix)]
    older = [
        replace(spec, config={n: v for n, v in spec.config.items() if n != "compression.type"})
        for spec in specs
    ]
    await apply(settings.bootstrap_servers, older)
    return settings.topic_prefix


@pytest.mark.timeout(600)
async def test_a_request_that_inflates_beyond_the_memory_shows_and_is_passed(
    settings: Settings, prefix: str, tmp_path: Path
) -> None:
    log, port = tmp_path / "log", pick()
    requests = topic(prefix, "requests")
    with _intake(settings, prefix, port, log) as process:
        await _until(lambda: '"ready": true' in _page(port, "/readyz"))
        size = _peak_bytes(process.pid)
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, compression_type="gzip", max_request_size=2**30
    ) as producer:
        await producer.send_and_wait(requests, b'{"kind":"film","brief":"' + b"a" * (128 * MIB) + b'"}')
        await producer.send_and_wait(requests, b'{"kind":"film","brief":"a"}')
    reasons: set[str] = set()
    counted: set[str] = set()
    ends = []
    reading = asyncio.create_task(_read(settings, {topic(prefix, "dlq"): 1, topic(prefix, "log"): 1}))

    def ended(process: subprocess.Popen[bytes]) -> bool:
        state = _page(port, "/readyz")
        reasons.update(json.loads(state)["reasons"] if state else [])
        counted.update(
            line for line in _page(port, "/metrics").splitlines() if "memory_failures_total{" in line
        )
        return process.poll() is not None or reading.done()

    while not reading.done():
        with _intake(settings, prefix, port, log, size + 64 * MIB) as process:
            await _until(partial(ended, process))
            ends.append(process.poll())
        assert ends[-1] in (70, None), log.read_text()[-3000:]
    letters, events = await reading
    # One that was expelled while it inflated could not tell: then it takes one more.
    assert 3 <= ends.count(70) <= 4, log.read_text()[-3000:]
    assert f"{requests}/0 stands: its records do not fit into memory, tried 1 times" in reasons
    assert counted
    assert dict(letters[0].headers)["dlq_reason"] == b"crash_loop"
    assert dict(letters[0].headers)["dlq_offset"] == b"0"
    assert dict(events[0].headers)["ce_type"] == b"media.log.job-accepted.v1"


async def _read(settings: Settings, wanted: dict[str, int]) -> list[list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    async with (
        AIOKafkaConsumer(
            *wanted, bootstrap_servers=settings.bootstrap_servers, auto_offset_reset="earliest"
        ) as consumer,
        asyncio.timeout(400),
    ):
        while any(len(found[name]) < count for name, count in wanted.items()):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found[records[0].topic] += records
    return list(found.values())
