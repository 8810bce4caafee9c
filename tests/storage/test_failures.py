"""Whether a store that stumbles is waited for, and a store that lies is not believed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.errors import AssetInvalid, AssetNotFound, ReelbusError, StorageFailed, StoreUnreachable
from runtime.settings import Settings
from storage.store import Store
from tests.storage.scripted import Answer, Script, content, hang_up, serving, status

BODY = b"the content"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Script, Settings]]]:
    with contextlib.ExitStack() as running:

        def start(*answers: Answer) -> tuple[Script, Settings]:
            server = Script(*answers)
            endpoint = running.enter_context(serving(server))
            return server, Settings(s3_endpoint=endpoint, s3_secret_key="hidden-word")  # type: ignore[arg-type]

        yield start


Serve = Callable[..., tuple[Script, Settings]]


@pytest.mark.parametrize(
    "stumble",
    [status(503, "SlowDown"), status(500, "InternalError"), status(502), hang_up],
    ids=["slow down", "internal error", "bad gateway", "hang up"],
)
async def test_what_passes_is_waited_for(serve: Serve, tmp_path: Path, stumble: Answer) -> None:
    server, settings = serve(stumble, stumble, content(BODY))
    async with Store.from_settings(settings) as store:
        await store.fetch("blobs/aa/x", tmp_path / "x", sha256=DIGEST)
    assert (tmp_path / "x").read_bytes() == BODY
    assert len(server.asked) == 3


async def test_a_body_that_breaks_off_is_asked_for_again(serve: Serve, tmp_path: Path) -> None:
    server, settings = serve(content(BODY[:4], promised_bytes=len(BODY)), content(BODY))
    async with Store.from_settings(settings) as store:
        await store.fetch("blobs/aa/x", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == BODY
    assert len(server.asked) == 2


async def test_a_download_that_is_given_up_leaves_no_file(serve: Serve, tmp_path: Path) -> None:
    go_on = threading.Event()

    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        content(BODY[:4], promised_bytes=len(BODY))(handler)
        go_on.wait(20)
        handler.wfile.write(BODY[4:])

    _, settings = serve(slow)
    async with Store.from_settings(settings) as store:
        task = asyncio.create_task(store.fetch("blobs/aa/x", tmp_path / "x"))
        while not os.listdir(tmp_path):
            await asyncio.sleep(0)
            assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (status(404, "NoSuchKey"), AssetNotFound),
        (status(404, "NoSuchBucket"), StorageFailed),
        (status(403, "AccessDenied"), StorageFailed),
        (status(403, "SignatureDoesNotMatch"), StorageFailed),
        (status(400, "InvalidArgument"), StorageFailed),
        (content(b"something else"), AssetInvalid),
    ],
)
async def test_a_refusal_is_final_at_once(
    serve: Serve, tmp_path: Path, refusal: Answer, expected: type[ReelbusError]
) -> None:
    server, settings = serve(refusal)
    async with Store.from_settings(settings) as store:
        with pytest.raises(expected) as raised:
            await store.fetch("blobs/aa/x", tmp_path / "x", sha256=DIGEST)
    assert len(server.asked) == 1
    assert "hidden-word" not in raised.value.message
    assert "Signature=" not in raised.value.message


async def test_trouble_without_end_is_reported_after_the_patience(serve: Serve) -> None:
    server, settings = serve(hang_up)
    async with Store(settings, patience_s=0.5) as store:
        with pytest.raises(StoreUnreachable):
            await store.head("blobs/aa/x")
    assert 2 <= len(server.asked) <= 8


async def test_an_upload_that_is_not_there_afterwards_is_not_reported_durable(serve: Serve) -> None:
    _, settings = serve(status(404), status(200, ETag='"x"'), status(404))
    async with Store.from_settings(settings) as store:
        with pytest.raises(StorageFailed, match="after its upload"):
            await store.put_bytes(BODY, "text/plain")


async def test_a_claim_whose_answer_was_lost_is_still_ours(serve: Serve) -> None:
    server, settings = serve(hang_up, status(412, "PreconditionFailed"), content(b'{"mine": 1}'))
    async with Store.from_settings(settings) as store:
        assert await store.write_result("a" * 64, b'{"mine": 1}') == b'{"mine": 1}'
    assert [line.partition(" ")[0] for line in server.asked] == ["PUT", "PUT", "GET"]


async def test_an_object_of_another_size_under_the_same_digest_is_written_again(serve: Serve) -> None:
    right = status(200, ETag='"x"')

    def head_of(size: int) -> Answer:
        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(size))
            handler.end_headers()

        return answer

    server, settings = serve(head_of(3), right, head_of(len(BODY)))
    async with Store.from_settings(settings) as store:
        assert (await store.put_bytes(BODY, "text/plain")).size_bytes == len(BODY)
    assert [line.partition(" ")[0] for line in server.asked] == ["HEAD", "PUT", "HEAD"]
