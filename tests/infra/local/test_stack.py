"""Whether the stack starts, survives kills, repairs itself and stops."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local import __main__ as command_line
from infra.local.failures import ServerFailed
from infra.local.home import Home
from infra.local.probe import broker_cluster, http_ok
from infra.local.stack import LocalStack
from runtime.alive import process_start

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def own() -> Iterator[LocalStack]:
    """A stack of this module alone, which its tests may kill."""
    home = Path(tempfile.mkdtemp(prefix="reelbus kill ü=\\映-"))
    stack = LocalStack(home)
    try:
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while process_start(pid) is not None:
        time.sleep(0.01)


async def publish(bootstrap: str, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("kept", 1, 1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for number in range(count):
            await producer.send_and_wait("kept", str(number).encode())
    finally:
        await producer.stop()


async def count_published(bootstrap: str, expected: int) -> int:
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return len([await consumer.getone() for _ in range(expected)])
    finally:
        await consumer.stop()


def test_before_its_first_start_a_stack_is_stopped_and_nowhere(own: LocalStack) -> None:
    status = own.status()
    assert not status.running
    assert status.endpoints is None
    own.stop()


async def test_what_was_published_outlives_kill_9_of_the_broker(own: LocalStack) -> None:
    first = await asyncio.to_thread(own.start)
    await publish(first.bootstrap, 50)
    before = own.status()
    assert before.running
    kill(before.broker.pid)
    again = await asyncio.to_thread(own.start)
    assert again == first
    after = own.status()
    assert after.running
    assert after.broker.pid != before.broker.pid
    assert after.store.pid == before.store.pid
    assert await count_published(again.bootstrap, 50) == 50


def test_starting_twice_changes_nothing(own: LocalStack) -> None:
    first = own.start()
    before = own.status()
    assert LocalStack(own.home.root).start() == first
    after = own.status()
    assert (after.broker.pid, after.store.pid) == (before.broker.pid, before.store.pid)


async def test_a_port_that_was_taken_in_between_is_exchanged_and_the_data_kept(own: LocalStack) -> None:
    first = await asyncio.to_thread(own.start)
    await asyncio.to_thread(own.stop)
    assert not own.status().running
    memory = own.home.memory()
    taken = (memory.broker_port, memory.controller_port, memory.store_port)
    strangers = [socket.create_server(("127.0.0.1", port)) for port in taken]
    try:
        second = await asyncio.to_thread(own.start)
    finally:
        for stranger in strangers:
            stranger.close()
    assert second.bootstrap != first.bootstrap
    assert second.s3_endpoint != first.s3_endpoint
    assert await count_published(second.bootstrap, 50) == 50


def test_two_starts_at_once_make_one_stack(own: LocalStack) -> None:
    own.stop()
    found = []
    starts = [
        threading.Thread(target=lambda: found.append(LocalStack(own.home.root).start())) for _ in range(2)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)
    assert len(found) == 2
    assert found[0] == found[1]


def test_another_home_is_another_cluster(own: LocalStack, stack: LocalStack) -> None:
    mine, other = own.start(), stack.endpoints()
    assert mine.bootstrap != other.bootstrap
    assert mine.s3_endpoint != other.s3_endpoint
    assert own.home.memory().cluster_id != stack.home.memory().cluster_id


def test_the_command_says_where_the_servers_are_and_after_a_stop_nothing_answers(
    own: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(own.home.root)]
    found = own.start()
    assert command_line.main(["status", *home, "--json"]) == 0
    assert found.bootstrap in capsys.readouterr().out
    assert command_line.main(["stop", *home]) == 0
    assert command_line.main(["status", *home]) == 3
    memory = own.home.memory()
    assert broker_cluster("127.0.0.1", memory.broker_port) is None
    assert not http_ok("127.0.0.1", memory.store_port, "/healthz")
    assert not list((own.home.root / "run").glob("*.pid"))
    assert command_line.main(["stop", *home]) == 0


def test_servers_that_the_environment_names_are_used_and_left_alone(
    stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = stack.endpoints()
    monkeypatch.setenv("REELBUS_BOOTSTRAP_SERVERS", given.bootstrap)
    monkeypatch.setenv("REELBUS_S3_ENDPOINT", given.s3_endpoint)
    other = LocalStack(tmp_path / "home")
    assert other.start() == given
    assert other.status().broker.state == other.status().store.state == "external"
    other.stop()
    assert stack.status().running


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(ServerFailed, match="REELBUS_HOME"):
        LocalStack(tmp_path / "file" / "home").start()


def test_a_broker_that_cannot_start_is_reported_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: LocalStack
) -> None:
    monkeypatch.setenv("REELBUS_S3_ENDPOINT", stack.endpoints().s3_endpoint)
    broken = LocalStack(tmp_path)
    data = broken.home.folder("broker") / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=7\n", "utf-8")
    with pytest.raises(ServerFailed, match=r"ended while it started: .*broker\.log"):
        broken.start()
    assert broken.status().broker.state == "stopped"


def test_a_home_that_kafka_cannot_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELBUS_S3_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ServerFailed, match="comma"):
        LocalStack(tmp_path / "a,b").start()


def test_a_damaged_memory_is_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "stack.json").write_text("{ not json", "utf-8")
    assert home.memory() == home.memory()
