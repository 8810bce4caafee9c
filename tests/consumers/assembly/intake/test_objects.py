"""Whatever the store says of one object is an answer to whoever names it; only a store that is away is waited for."""

from __future__ import annotations

import hashlib
import http.server
import io
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from consumers.assembly.intake import given
from consumers.assembly.intake.handler import JOB, admit
from consumers.assembly.intake.objects import Objects
from engines.media.apart import Confines
from runtime.errors import StorageFailed
from runtime.settings import Settings
from schemas.log import JobAccepted, RequestRejected
from storage.store import Store

Answer = Callable[["_Handler"], None]

_BUFFER = io.BytesIO()
Image.new("RGB", (16, 16)).save(_BUFFER, "png")
PNG = _BUFFER.getvalue()
A, B = "uploads/default/a", "uploads/default/b"


class Shop(http.server.ThreadingHTTPServer):
    """A store over HTTP that holds objects, and answers badly where a test wants it to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.bad: dict[str, Answer] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def count(self, method: str, key: str) -> int:
        return self.asked.count(f"{method} {key}")


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Shop

    def _answer(self) -> None:
        key = self.path.partition("?")[0].removeprefix("/media").removeprefix("/")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked.append(f"{self.command} {key}")
        bad = self.server.bad.get(key) or self.server.bad.get(f"{self.command} {key}")
        if bad is not None:
            bad(self)
        elif self.command == "PUT":
            self.server.objects[key] = (body, self.headers.get("content-type", ""))
            self.reply(200, b"", "")
        elif not key:
            self.reply(200, b"", "application/xml")
        elif key in self.server.objects:
            self.reply(200, *self.server.objects[key])
        else:
            self.fail(404, "NoSuchKey")

    do_GET = do_HEAD = do_PUT = _answer  # noqa: N815

    def reply(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("ETag", '"e"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status: int, code: str) -> None:
        self.reply(status, f"<Error><Code>{code}</Code></Error>".encode(), "application/xml")

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as shop:
        serving = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield shop
        shop.shutdown()
        serving.join()


@asynccontextmanager
async def _objects(shop: Shop, largest_bytes: int = 1_000_000) -> AsyncIterator[Objects]:
    settings = Settings(
        s3_endpoint=f"http://127.0.0.1:{shop.server_address[1]}",
        s3_access_key="k",
        s3_secret_key=SecretStr("s"),
        bucket="media",
    )
    async with Store(settings, patience_s=0.3) as store:
        objects = Objects(store, "media", largest_bytes)
        try:
            yield objects
        finally:
            await objects.close()


async def _taken(objects: Objects, *images: str, wrong: bool = False) -> Any:
    items = [
        {"id": f"i{n}", "capability": "video-animation", "params": {"image": image}}
        for n, image in enumerate(images)
    ]
    data = {"kind": "batch", "items": items} | ({"foo": 1} if wrong else {})
    request = SimpleNamespace(type=JOB, id="w", data=data, traceparent=None, timestamp_ms=0)
    _, event = await admit(request, objects, allow_private_webhooks=False)
    return event


async def _refusal(shop: Shop, address: str = f"s3://media/{A}", **limits: int) -> tuple[str, str]:
    async with _objects(shop, **limits) as objects:
        event = await _taken(objects, address)
    assert isinstance(event, RequestRejected)
    (error,) = event.errors
    assert error.path == "/items/0/params/image"
    return error.code, error.message


@pytest.mark.parametrize("status", [400, 403, 405, 409, 416])
async def test_an_object_that_the_store_does_not_give_is_as_if_it_were_absent(
    shop: Shop, status: int
) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[A] = lambda asked: asked.fail(status, "AccessDenied" if status == 403 else "Odd")
    assert await _refusal(shop) == ("asset_not_found", "there is no such object in our bucket")
    shop.bad[f"GET {A}"] = shop.bad.pop(A)  # HEAD answers, GET does not
    assert await _refusal(shop) == ("asset_not_found", "there is no such object in our bucket")


async def test_an_object_that_makes_the_store_fail_is_asked_for_twice_and_then_refused(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[f"GET {A}"] = lambda asked: asked.fail(500, "InternalError")
    code, message = await _refusal(shop)
    assert code == "storage_failed"
    assert "send the request again" in message


async def test_a_store_that_fails_for_everybody_is_waited_for(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[f"GET {A}"] = shop.bad[""] = lambda asked: asked.fail(503, "SlowDown")
    async with _objects(shop) as objects:
        with pytest.raises(StorageFailed):
            await _taken(objects, f"s3://media/{A}")


async def test_keys_that_open_nothing_are_waited_for(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[A] = shop.bad[""] = lambda asked: asked.fail(403, "InvalidAccessKeyId")
    async with _objects(shop) as objects:
        with pytest.raises(StorageFailed):
            await _taken(objects, f"s3://media/{A}")


async def test_an_object_over_the_limit_is_refused_before_a_byte_of_it_is_read(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    code, message = await _refusal(shop, largest_bytes=len(PNG) - 1)
    assert code == "asset_invalid"
    assert str(len(PNG) - 1) in message
    assert shop.count("GET", A) == 0


async def test_an_object_that_grows_while_it_is_read_is_refused(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[f"GET {A}"] = lambda asked: asked.reply(200, PNG * 1000, "image/png")
    code, _ = await _refusal(shop)
    assert code == "asset_invalid"


async def test_what_is_larger_than_the_disk_is_told_as_our_own_fault(shop: Shop) -> None:
    def vast(asked: _Handler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Type", "image/png")
        asked.send_header("ETag", '"e"')
        asked.send_header("Content-Length", str(10**15))
        asked.end_headers()

    shop.bad[f"HEAD {A}"] = vast
    code, _ = await _refusal(shop, largest_bytes=10**16)
    assert code == "storage_failed"
    assert shop.count("GET", A) == 0


async def test_a_disk_that_is_full_stops_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.objects[A] = (PNG, "image/png")
    # Every write to this device fails with ENOSPC; no folder can be made in it.
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full")
    assert (await _refusal(shop))[0] == "storage_failed"


async def test_an_object_is_read_once_however_often_it_is_named(shop: Shop) -> None:
    shop.objects[A] = (PNG, "application/octet-stream")
    async with _objects(shop) as objects:
        event = await _taken(objects, *[f"s3://media/{A}"] * 5)
    assert isinstance(event, JobAccepted)
    assert shop.count("GET", A) == 1
    assert shop.count("HEAD", A) == 1
    (asset,) = event.inputs.values()
    assert asset.media_type == "image/png"
    assert asset.sha256 == hashlib.sha256(PNG).hexdigest()


async def test_many_assets_are_looked_for_at_the_same_time_but_not_all_at_once(shop: Shop) -> None:
    waiting = threading.Semaphore(0)
    lock = threading.Lock()
    under_way = [0, 0]

    def slow(asked: _Handler) -> None:
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
            if under_way[0] >= 4:  # so many came without waiting for each other
                waiting.release(100)
        waiting.acquire(timeout=10)
        asked.reply(200, b"", "image/png")
        with lock:
            under_way[0] -= 1

    addresses = [f"sha256:{n:064x}" for n in range(100)]
    for address in addresses:
        digest = address.removeprefix("sha256:")
        shop.objects[f"grants/default/{digest}"] = (b"{}", "application/json")
        shop.bad[f"blobs/{digest[:2]}/{digest}"] = slow
    async with _objects(shop) as objects:
        event = await _taken(objects, *addresses)
    assert isinstance(event, JobAccepted)
    assert 4 <= under_way[1] <= 12


async def test_more_assets_than_a_request_may_give_are_refused_without_a_look(shop: Shop) -> None:
    addresses = [f"sha256:{n:064x}" for n in range(given.GIVEN_AT_MOST + 1)]
    images = [
        {"id": f"c{n}", "description": "d", "images": addresses[n * 41 : n * 41 + 41]} for n in range(100)
    ]
    request = {"kind": "film", "brief": "b", "characters": images}
    async with _objects(shop) as objects:
        found, problems = await given.find_assets(request, objects)
    assert found == {}
    (problem,) = problems
    assert (problem.code, problem.path) == ("unsupported", "/characters/97/images/23")
    assert str(given.GIVEN_AT_MOST) in problem.message
    assert shop.asked == []


async def test_a_refused_request_hears_of_its_assets_too(shop: Shop) -> None:
    shop.objects[A] = (PNG, "image/png")
    shop.bad[B] = lambda asked: asked.fail(403, "AccessDenied")
    async with _objects(shop) as objects:
        event = await _taken(objects, f"s3://media/{A}", f"s3://media/{B}", wrong=True)
    assert {(e.path, e.code) for e in event.errors} == {
        ("/foo", "unknown_field"),
        ("/items/1/params/image", "asset_not_found"),
    }


async def test_what_no_key_can_be_is_not_there(shop: Shop) -> None:
    for odd in ("s3://media//", "s3://media/a/../b", "s3://media/" + "x" * 1000, "s3://media/a?b#c%00"):
        assert (await _refusal(shop, odd))[0] == "asset_not_found"


async def test_a_file_that_ends_whoever_reads_it_costs_its_own_request_alone(shop: Shop) -> None:
    shop.objects[A] = (b"\xff\xd8" + b"\xff" * 900_000, "application/octet-stream")
    shop.objects[B] = (PNG, "application/octet-stream")
    async with _objects(shop) as objects:
        objects.prober._confines = Confines(cpu_s=1, time_s=0.01)
        assert (await _taken(objects, f"s3://media/{A}")).errors[0].code == "asset_invalid"


def test_what_a_dead_intake_left_on_the_disk_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consumers.assembly.intake.objects import remove_leftovers

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (dead := tmp_path / "reelbus-intake-4194305-a").mkdir()  # above every pid that Linux gives
    (dead / "object").write_bytes(b"1")
    (alive := tmp_path / "reelbus-intake-1-b").mkdir()
    (other := tmp_path / "reelbus-other").mkdir()
    remove_leftovers()
    assert not dead.exists()
    assert alive.exists()
    assert other.exists()
