"""What happens when the store is killed, hangs, is not there, or refuses."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import pick
from infra.local.stack import LocalStack
from runtime.errors import StorageFailed, StoreUnreachable
from runtime.settings import Settings
from storage.store import Store


@pytest.fixture(scope="module")
def own() -> Iterator[LocalStack]:
    """A store of this module alone, which its tests may kill; without a broker."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-outage-"))
    stack = LocalStack(home)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REELBUS_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()
            shutil.rmtree(home, ignore_errors=True)


def settings_of(stack: LocalStack, **changed: str) -> Settings:
    return Settings(**{"s3_endpoint": stack.endpoints().s3_endpoint, **changed})  # type: ignore[arg-type]


def freeze(pid: int) -> None:
    """Stop a process and return when none of its threads runs."""
    os.kill(pid, signal.SIGSTOP)
    while any(
        stat.read_text().rpartition(")")[2].split()[0] != "T"
        for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    ):
        time.sleep(0.01)


def nowhere() -> Settings:
    return Settings(s3_endpoint=f"http://127.0.0.1:{pick()}")


@pytest.mark.stack
async def test_uploads_go_on_when_the_store_is_killed_and_started_again(own: LocalStack) -> None:
    contents = [os.urandom(200_000) for _ in range(60)]
    async with Store.from_settings(settings_of(own)) as store:

        async def upload_all() -> list[str]:
            return [(await store.put_bytes(data, "image/png")).key for data in contents]

        uploads = asyncio.create_task(upload_all())
        while len(await store.list("blobs/")) < 3:
            assert not uploads.done()
        pid = own.status().store.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(own.start)
        keys = await uploads
        for key in keys:
            head = await store.head(key)
            assert head is not None
            assert head.size_bytes == 200_000


@pytest.mark.stack
async def test_a_store_that_hangs_is_not_ready(own: LocalStack) -> None:
    pid = own.status().store.pid
    assert pid is not None
    async with Store.from_settings(settings_of(own)) as store:
        await store.ready()
        await asyncio.to_thread(freeze, pid)
        try:
            began = time.monotonic()
            with pytest.raises(StoreUnreachable):
                await store.ready()
            assert time.monotonic() - began < 6
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.stack
async def test_wrong_keys_are_said_at_once_and_never_repeated_in_the_message(own: LocalStack) -> None:
    async with Store.from_settings(settings_of(own, s3_secret_key="my-very-secret-key")) as store:
        began = time.monotonic()
        with pytest.raises(StorageFailed, match="REELBUS_S3_SECRET_KEY") as refused:
            await store.put_bytes(b"x", "text/plain")
        assert time.monotonic() - began < 5
        assert "my-very-secret-key" not in refused.value.message


@pytest.mark.stack
async def test_a_missing_bucket_is_said_with_what_creates_it(own: LocalStack) -> None:
    async with Store.from_settings(settings_of(own, bucket="never-made")) as store:
        with pytest.raises(StorageFailed, match="reelbus stack start"):
            await store.put_bytes(b"x", "text/plain")
        with pytest.raises(StoreUnreachable, match="never-made"):
            await store.ready()


async def test_a_store_that_is_not_there_is_reported_within_the_patience(tmp_path: Path) -> None:
    async with Store(nowhere(), patience_s=0.5) as store:
        for attempt in (
            store.put_bytes(b"x", "text/plain"),
            store.fetch("blobs/aa/x", tmp_path / "x"),
            store.head("blobs/aa/x"),
            store.read_result("a" * 64),
            store.list("blobs/"),
        ):
            began = time.monotonic()
            with pytest.raises(StoreUnreachable, match="reelbus stack start") as failed:
                await attempt
            assert failed.value.retryable
            assert time.monotonic() - began < 5
    assert os.listdir(tmp_path) == []


async def test_readiness_is_denied_without_waiting() -> None:
    async with Store.from_settings(nowhere()) as store:
        began = time.monotonic()
        with pytest.raises(StoreUnreachable):
            await store.ready()
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "ftp://host", "http://", "http://host/path"])
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(StoreUnreachable, match="REELBUS_S3_ENDPOINT"):
        Store.from_settings(Settings(s3_endpoint=endpoint))
