"""Whether a stack of three brokers keeps serving while one of them is dead."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bus.admin import apply
from infra.local.child import recorded
from infra.local.home import Home
from infra.local.stack import LocalStack
from runtime.alive import process_start
from schemas.topics import TopicSpec

pytestmark = [pytest.mark.stack, pytest.mark.slow]

KEPT = TopicSpec("kept", "kept", "any", 1, 3, "of a test", config={"min.insync.replicas": "2"})


@pytest.fixture
def three() -> Iterator[LocalStack]:
    home = Path(tempfile.mkdtemp(prefix="reelbus-three-"))
    stack = LocalStack(home, brokers=3)
    try:
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)


async def published(bootstrap: str, *values: bytes) -> list[bytes]:
    """Add values to the topic and return all that it holds."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        last = [await producer.send_and_wait("kept", value) for value in values][-1]
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(last.offset + 1)]
    finally:
        await consumer.stop()


async def test_two_of_three_brokers_serve_and_the_third_is_repaired(three: LocalStack) -> None:
    bootstrap = three.start().bootstrap
    assert len(bootstrap.split(",")) == 3
    await apply(bootstrap, [KEPT])
    assert await published(bootstrap, b"one") == [b"one"]
    victim = recorded(three.home.pid_file("broker2"))
    assert victim is not None
    os.kill(victim.pid, signal.SIGKILL)
    while process_start(victim.pid) is not None:
        os.sched_yield()
    assert [server.state for server in three.status().brokers] == ["running", "stopped", "running"]
    assert three.status().running
    assert three.dead()
    assert await published(bootstrap, b"two") == [b"one", b"two"]

    assert three.start().bootstrap == bootstrap
    assert not three.dead()
    assert await published(bootstrap, b"three") == [b"one", b"two", b"three"]


def test_a_home_remembers_how_many_brokers_it_has(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    first = home.memory(brokers=3)
    assert len({port for node in first.nodes for port in node} | {first.store_port}) == 7
    assert home.memory() == first
    assert home.broker_ports_free() == first


def test_a_home_from_before_there_were_several_brokers_has_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = {"cluster_id": "M", "broker_port": 1, "controller_port": 2, "store_port": 3}
    home.memory_file.write_text(json.dumps(old), "utf-8")
    found = home.recall()
    assert found is not None
    assert found.nodes == ((1, 2),)
