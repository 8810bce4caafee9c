"""What any S3 server must do for us to use it; every server that we support passes this suite."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import urllib.parse
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from runtime.errors import AssetInvalid, AssetNotFound, InvalidRequest, StorageFailed
from storage.keys import blob_key
from storage.store import Store
from storage.uploads import PART_BYTES

LARGE_BYTES = 20_000_000
UNICODE_KEY = "jobs/ß-é/映画 – 予告+編 (1)&=%.mp4"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def request(method: str, url: str, body: bytes | None = None, **headers: str) -> urllib3.HTTPResponse:
    """Ask as a stranger would: with an address alone."""
    with urllib3.PoolManager(retries=False, timeout=10) as strangers:
        answer = strangers.request(method, url, body=body, headers=headers, preload_content=True)
        answer.close()
        return answer


def upload(store: Store, data: bytes, **changed: str | int) -> tuple[str, dict[str, str], str]:
    """Sign an upload of `data`, or of something else where `changed` says so."""
    key = f"uploads/{os.urandom(6).hex()}"
    asked = {
        "media_type": "image/png",
        "size_bytes": len(data),
        "sha256": sha(data),
        "expires_s": 60,
        **changed,
    }
    signed = store.presign_put(key, **asked)  # type: ignore[arg-type]
    return signed.url, dict(signed.headers), key


class StoreContract:
    """Inherit from this and give a fixture `store` with a bucket of its own."""

    async def test_bytes_come_back_as_they_went(self, store: Store, tmp_path: Path) -> None:
        data = os.urandom(70_000)
        blob = await store.put_bytes(data, "image/png")
        assert (blob.bucket, blob.key) == (store.bucket, blob_key(sha(data)))
        assert (blob.sha256, blob.size_bytes) == (sha(data), 70_000)
        await store.fetch(blob.key, tmp_path / "deep" / "x", sha256=blob.sha256, size_bytes=70_000)
        assert (tmp_path / "deep" / "x").read_bytes() == data

    async def test_an_empty_object_is_an_object(self, store: Store, tmp_path: Path) -> None:
        blob = await store.put_bytes(b"", "text/plain")
        await store.fetch(blob.key, tmp_path / "empty", sha256=sha(b""), size_bytes=0)
        assert (tmp_path / "empty").read_bytes() == b""

    async def test_the_head_tells_size_and_media_type(self, store: Store) -> None:
        blob = await store.put_bytes(b"RIFF....WAVE", "audio/wav")
        head = await store.head(blob.key)
        assert head is not None
        assert (head.key, head.size_bytes, head.media_type) == (blob.key, 12, "audio/wav")
        assert head.modified_at is not None

    async def test_a_text_is_served_as_utf_8_and_told_without_a_charset(
        self, store: Store, tmp_path: Path
    ) -> None:
        words = "Füchse in München".encode()
        small = await store.put_bytes(words, "text/plain")
        (tmp_path / "large.txt").write_bytes(words * 1_200_000)  # two parts
        large = await store.put_file(tmp_path / "large.txt", "text/plain")
        await store.copy(small.key, "jobs/x/result.txt", "text/plain")
        for key in (small.key, large.key, "jobs/x/result.txt"):
            answer = request("GET", store.presign_get(key, 60), Range="bytes=0-17")
            assert answer.headers["content-type"].replace(" ", "") == "text/plain;charset=utf-8"
            head = await store.head(key)
            assert head is not None
            assert head.media_type == "text/plain"

    async def test_what_is_not_there_has_no_head_and_cannot_be_fetched(
        self, store: Store, tmp_path: Path
    ) -> None:
        assert await store.head("blobs/00/none") is None
        with pytest.raises(AssetNotFound):
            await store.fetch("blobs/00/none", tmp_path / "x")
        with pytest.raises(AssetNotFound):
            await store.open_range("blobs/00/none")
        assert os.listdir(tmp_path) == []

    async def test_a_large_file_goes_in_parts_and_comes_back_whole(
        self, store: Store, tmp_path: Path
    ) -> None:
        path = tmp_path / "large.mp4"
        path.write_bytes(os.urandom(1_000_000) * (LARGE_BYTES // 1_000_000))
        blob = await store.put_file(path, "video/mp4")
        assert blob.size_bytes == LARGE_BYTES
        head = await store.head(blob.key)
        assert head is not None
        assert head.media_type == "video/mp4"
        await store.fetch(blob.key, tmp_path / "back", sha256=blob.sha256, size_bytes=LARGE_BYTES)
        assert await store.put_file(path, "video/mp4") == blob

    async def test_a_cancelled_upload_leaves_neither_object_nor_parts(
        self, store: Store, tmp_path: Path
    ) -> None:
        path = tmp_path / "large.mp4"
        path.touch()
        os.truncate(path, 20 * PART_BYTES)
        client = store._connection.client
        task = asyncio.create_task(store.put_file(path, "video/mp4"))
        while not (begun := await asyncio.to_thread(_pending_uploads, client, store.bucket)):
            assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(_pending_uploads, client, store.bucket) == []
        assert await store.head(begun[0]) is None

    async def test_the_remains_of_a_killed_upload_can_be_removed(self, store: Store) -> None:
        client = store._connection.client
        await asyncio.to_thread(client._create_multipart_upload, store.bucket, "blobs/zz/cut", {})
        assert await store.abandon_uploads(older_than_s=3600) == 0
        assert await asyncio.to_thread(_pending_uploads, client, store.bucket) == ["blobs/zz/cut"]
        assert await store.abandon_uploads(older_than_s=-3600) == 1
        assert await asyncio.to_thread(_pending_uploads, client, store.bucket) == []

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [(0, 4, b"0123"), (4, 3, b"456"), (7, None, b"789"), (8, 100, b"89"), (0, None, b"0123456789")],
    )
    async def test_a_range_is_exactly_that(
        self, store: Store, start: int, length: int | None, expected: bytes
    ) -> None:
        blob = await store.put_bytes(b"0123456789", "text/plain")
        async with await store.open_range(blob.key, start=start, length=length) as part:
            assert await part.read() == expected
            assert (part.size_bytes, part.total_bytes) == (len(expected), 10)
            assert part.media_type == "text/plain"

    @pytest.mark.parametrize(("start", "length"), [(10, None), (99, 1), (-1, 2), (0, 0), (5, -1)])
    async def test_a_range_outside_of_the_object_is_refused(
        self, store: Store, start: int, length: int | None
    ) -> None:
        blob = await store.put_bytes(b"0123456789", "text/plain")
        with pytest.raises(InvalidRequest):
            await store.open_range(blob.key, start=start, length=length)

    async def test_a_file_that_is_not_there_cannot_be_stored(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(StorageFailed, match="No such file"):
            await store.put_file(tmp_path / "none", "image/png")

    async def test_a_stream_may_be_left_in_the_middle(self, store: Store) -> None:
        blob = await store.put_bytes(os.urandom(3_000_000), "video/mp4")
        for _ in range(20):
            async with await store.open_range(blob.key) as part:
                async for chunk in part.chunks():
                    assert chunk
                    break

    async def test_a_digest_or_size_that_differs_is_refused_and_leaves_no_file(
        self, store: Store, tmp_path: Path
    ) -> None:
        blob = await store.put_bytes(b"what it is", "text/plain")
        with pytest.raises(AssetInvalid):
            await store.fetch(blob.key, tmp_path / "x", sha256=sha(b"something else"))
        with pytest.raises(AssetInvalid):
            await store.fetch(blob.key, tmp_path / "x", size_bytes=3)
        assert os.listdir(tmp_path) == []

    async def test_any_script_may_stand_in_a_key(self, store: Store, tmp_path: Path) -> None:
        blob = await store.put_bytes("été 映画".encode(), "text/plain")
        await store.copy(blob.key, UNICODE_KEY)
        await store.fetch(UNICODE_KEY, tmp_path / "x", sha256=blob.sha256)
        assert [found.key for found in await store.list("jobs/ß-é/")] == [UNICODE_KEY]
        await store.copy(UNICODE_KEY, "jobs/ß-é/copy")
        assert request("GET", store.presign_get(UNICODE_KEY, 60)).data.decode() == "été 映画"
        await store.delete(UNICODE_KEY)
        assert await store.head(UNICODE_KEY) is None

    async def test_a_copy_may_change_the_media_type(self, store: Store) -> None:
        blob = await store.put_bytes(b"WEBVTT", "text/plain")
        await store.copy(blob.key, "jobs/j/same.txt")
        await store.copy(blob.key, "jobs/j/captions.vtt", "text/vtt")
        same, changed = await store.head("jobs/j/same.txt"), await store.head("jobs/j/captions.vtt")
        assert same is not None
        assert changed is not None
        assert (same.media_type, changed.media_type, changed.size_bytes) == ("text/plain", "text/vtt", 6)
        with pytest.raises(AssetNotFound):
            await store.copy("blobs/no/such", "jobs/j/x")

    async def test_a_listing_is_complete_and_in_order(self, store: Store) -> None:
        blob = await store.put_bytes(b".", "text/plain")
        names = [f"many/{number:04d}" for number in range(60)]
        await asyncio.gather(*(store.copy(blob.key, name) for name in reversed(names)))
        assert [found.key for found in await store.list("many/")] == names
        assert await store.list("none/") == []

    async def test_removing_twice_is_harmless(self, store: Store) -> None:
        blob = await store.put_bytes(b"to be removed", "text/plain")
        await store.delete(blob.key)
        await store.delete(blob.key)
        assert await store.head(blob.key) is None

    async def test_of_twenty_racers_one_writes_the_memo_and_all_return_it(self, store: Store) -> None:
        for number in range(5):
            fingerprint = sha(f"race {number}".encode())
            assert await store.read_result(fingerprint) is None
            bodies = [f'{{"racer": {racer}}}'.encode() for racer in range(20)]
            answers = await asyncio.gather(*(store.write_result(fingerprint, body) for body in bodies))
            assert len(set(answers)) == 1
            assert answers[0] in bodies
            assert await store.read_result(fingerprint) == answers[0]

    async def test_a_signed_address_reads_one_object_under_a_given_name(self, store: Store) -> None:
        blob = await store.put_bytes(b"film", "video/mp4")
        answer = request("GET", store.presign_get(blob.key, 60, download_name='Mein "Film" – 映画.mp4'))
        assert (answer.status, answer.data) == (200, b"film")
        disposition = answer.headers["content-disposition"]
        assert urllib.parse.unquote(disposition.partition("''")[2]) == 'Mein "Film" – 映画.mp4'
        ranged = request("GET", store.presign_get(blob.key, 60), Range="bytes=1-2")
        assert (ranged.status, ranged.data) == (206, b"il")

    async def test_a_signed_address_of_one_object_reads_no_other(self, store: Store) -> None:
        mine, other = (
            await store.put_bytes(b"mine", "text/plain"),
            await store.put_bytes(b"other", "text/plain"),
        )
        forged = (
            store.presign_get(mine.key, 60)
            .replace(mine.sha256, other.sha256)
            .replace(f"/{mine.sha256[:2]}/", f"/{other.sha256[:2]}/")
        )
        assert request("GET", forged).status == 403

    async def test_an_expired_address_is_refused(self, store: Store) -> None:
        blob = await store.put_bytes(b"late", "text/plain")
        an_hour_ago = replace(store._signer, clock=lambda: datetime.now(UTC) - timedelta(hours=1))
        expired = an_hour_ago.get_url(blob.key, 60, None)
        assert request("GET", expired).status in (400, 403)

    async def test_without_a_signature_nothing_is_readable(self, store: Store) -> None:
        blob = await store.put_bytes(b"private", "text/plain")
        assert request("GET", store.presign_get(blob.key, 60).partition("?")[0]).status == 403

    async def test_a_signed_upload_takes_what_was_signed(self, store: Store, tmp_path: Path) -> None:
        data = os.urandom(50_000)
        url, headers, key = upload(store, data)
        assert request("PUT", url, data, **headers).status == 200
        head = await store.head(key)
        assert head is not None
        assert (head.size_bytes, head.media_type) == (50_000, "image/png")
        await store.fetch(key, tmp_path / "x", sha256=sha(data), size_bytes=50_000)

    @pytest.mark.parametrize("lie", ["content-type", "content-length", "x-amz-checksum-sha256"])
    async def test_a_signed_upload_with_another_type_size_or_digest_is_refused(
        self, store: Store, lie: str
    ) -> None:
        data = b"a picture"
        url, headers, key = upload(store, data)
        lies = {"content-type": "text/html", "content-length": "3", "x-amz-checksum-sha256": "A" * 43 + "="}
        body = data[:3] if lie == "content-length" else data
        assert request("PUT", url, body, **{**headers, lie: lies[lie]}).status in (400, 403)
        assert await store.head(key) is None

    async def test_a_signed_upload_of_other_bytes_of_that_size_is_refused(self, store: Store) -> None:
        url, headers, key = upload(store, b"a picture")
        assert request("PUT", url, b"A PICTURE", **headers).status == 400
        assert await store.head(key) is None

    async def test_a_signed_upload_with_a_header_left_out_is_refused(self, store: Store) -> None:
        url, headers, key = upload(store, b"a picture")
        del headers["content-type"]
        assert request("PUT", url, b"a picture", **headers).status in (400, 403)
        assert await store.head(key) is None

    async def test_an_upload_that_breaks_off_leaves_nothing(self, store: Store) -> None:
        data = os.urandom(3_000_000)
        url, headers, key = upload(store, data)
        place = urllib.parse.urlsplit(url)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = f"PUT {place.path}?{place.query} HTTP/1.1\r\nHost: {place.netloc}\r\n{lines}\r\n".encode()
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=10) as broken:
            broken.sendall(start + data[:1_000_000])
            broken.shutdown(socket.SHUT_WR)
            assert b" 200 " not in broken.recv(4096).partition(b"\r\n")[0]
        assert await store.head(key) is None

    @pytest.mark.parametrize(
        "key", ["", "/a", "a/", "a//b", "a/../b", "./a", "a\nb", "ä" * 128, "x/" * 512 + "x"]
    )
    async def test_a_key_that_not_every_store_can_hold_is_refused_by_us(
        self, store: Store, key: str, tmp_path: Path
    ) -> None:
        blob = await store.put_bytes(b"x", "text/plain")
        with pytest.raises(InvalidRequest):
            await store.copy(blob.key, key)
        with pytest.raises(AssetNotFound):
            await store.fetch(key, tmp_path / "x")
        assert await store.head(key) is None

    async def test_the_longest_key_segment_works(self, store: Store) -> None:
        blob = await store.put_bytes(b"x", "text/plain")
        await store.copy(blob.key, "long/" + "n" * 200)
        assert await store.head("long/" + "n" * 200) is not None


def _pending_uploads(client: Any, bucket: str) -> list[str]:
    return [upload.object_name for upload in client._list_multipart_uploads(bucket).uploads]
