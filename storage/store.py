"""What the rest of the system may ask of the object store."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from runtime.errors import AssetNotFound, StorageFailed, StoreRefused, StoreUnreachable
from runtime.settings import Settings
from storage import media_types, result_cache, submissions
from storage.connection import Connection
from storage.downloads import OpenObject, fetch_file, open_part
from storage.failures import converted
from storage.grants import write_grant
from storage.keys import PREVIEWS, blob_key, checked, is_valid
from storage.objects import Blob, Head, Listed, copy_inside, listing, look, make_bucket
from storage.result_cache import ResultEntry
from storage.signing import SignedPut, Signer
from storage.spans import in_trace
from storage.uploads import PART_BYTES, abandon, digest_of, put_parts, put_whole

__all__ = ["Blob", "Head", "Listed", "ResultEntry", "SignedPut", "Store"]

DEFAULT_PATIENCE_S = 10.0
_READY_WITHIN_S = 3.0


class Store:
    """One bucket of an S3 store, for one process; blocking work runs in a bounded pool of threads.

    Every method waits out passing failures (no answer, 5xx) for `patience_s`. They raise:
        AssetNotFound: there is no such object.
        StoreUnreachable: the store did not answer in that time; retryable.
        StorageFailed: it refused, for example the keys; retryable.
        InvalidRequest: a key that no store can hold.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        patience_s: float = DEFAULT_PATIENCE_S,
        connection: Connection | None = None,
    ) -> None:
        self._connection = connection or Connection(settings, patience_s=patience_s)
        self._signer = Signer(
            self._connection.public_endpoint,
            settings.bucket,
            settings.s3_region,
            self._connection.keys.retrieve,
        )
        self.bucket = settings.bucket

    @classmethod
    def from_settings(cls, settings: Settings) -> Store:
        """Return the store that the settings name; nothing is connected yet."""
        return cls(settings)

    @in_trace("put")
    async def put_file(self, path: Path, media_type: str) -> Blob:
        """Store a file under its own digest, and return when it is durable."""
        what = f"upload of {path.name}"
        sha256, size_bytes = await self._connection.once(what, digest_of, path)
        if size_bytes <= PART_BYTES:
            return await self.put_bytes(await self._connection.once(what, path.read_bytes), media_type)
        key = blob_key(sha256)
        if not await self._has(key, size_bytes):
            await put_parts(self._connection, key, path, media_type, sha256=sha256, size_bytes=size_bytes)
        return await self._durable(key, sha256, size_bytes)

    async def put_bytes(self, data: bytes, media_type: str) -> Blob:
        """Store bytes under their own digest, and return when they are durable."""
        sha256 = hashlib.sha256(data).hexdigest()
        key = blob_key(sha256)
        if not await self._has(key, len(data)):
            await self._connection.call(
                f"upload of {key}",
                put_whole,
                self._connection,
                key,
                data,
                {"Content-Type": media_types.written(media_type)},
            )
        return await self._durable(key, sha256, len(data))

    async def put_preview(self, data: bytes, media_type: str) -> Blob:
        """Store an early picture where whatever is a day old is swept away. Tried once: the next one comes soon."""
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"{PREVIEWS}{sha256}"
        headers = {"Content-Type": media_types.written(media_type)}
        await self._connection.once(f"upload of {key}", put_whole, self._connection, key, data, headers)
        return Blob(self.bucket, key, sha256, len(data))

    @in_trace("get")
    async def fetch(
        self, key: str, to: Path, *, sha256: str | None = None, size_bytes: int | None = None
    ) -> None:
        """Write an object to the file `to`, which appears only when it is complete and verified.

        Raises:
            AssetInvalid: size or digest are not the given ones.
        """
        self._must_be_possible(key)
        given_up = threading.Event()
        try:
            await self._connection.call(
                f"download of {key}",
                fetch_file,
                self._connection,
                key,
                to,
                sha256=sha256,
                size_bytes=size_bytes,
                given_up=given_up,
            )
        finally:
            given_up.set()  # a thread cannot be cancelled: it looks

    async def open_range(self, key: str, *, start: int = 0, length: int | None = None) -> OpenObject:
        """Open `length` bytes from `start`, or all that follow; use it with `async with`.

        Raises:
            InvalidRequest: the range is empty, negative, or begins behind the end.
        """
        self._must_be_possible(key)
        return await self._connection.call(
            f"download of {key}", open_part, self._connection, key, start, length
        )

    async def head(self, key: str) -> Head | None:
        """Return what is known of an object, or None when there is none."""
        if not is_valid(key):
            return None
        try:
            return await self._connection.call(f"look at {key}", look, self._connection, key)
        except AssetNotFound:
            return None

    async def read_result(self, fingerprint: str) -> bytes | None:
        """Return the cached result of a fingerprint, or None when no attempt has committed one."""
        entry = await self.read_result_entry(fingerprint)
        return None if entry is None else entry.body

    @in_trace("read memo")
    async def read_result_entry(self, fingerprint: str) -> ResultEntry | None:
        """Return the cached result of a fingerprint with the name of its version, or None when there is none."""
        return await result_cache.read_result(self._connection, fingerprint)

    @in_trace("write memo")
    async def write_result(self, fingerprint: str, body: bytes, replaces: str | None = None) -> bytes:
        """Commit a cached result unless one stands there, and return the one that stands: of racers, one wins.

        With `replaces` the version of that ETag makes way.
        """
        return await result_cache.write_result(self._connection, fingerprint, body, replaces)

    @in_trace("read submission")
    async def read_submission(self, key: str) -> ResultEntry | None:
        """Return what is noted of a submission to a stranger, or None when nobody has begun it."""
        return await submissions.read_submission(self._connection, key)

    @in_trace("write submission")
    async def write_submission(self, key: str, body: bytes, replaces: str | None = None) -> bytes:
        """Note something of a submission unless another has, and return what stands; `replaces` is the ETag that makes way."""
        return await submissions.write_submission(self._connection, key, body, replaces)

    async def grant(self, tenant: str, digests: Iterable[str]) -> None:
        """Let the tenant name these blobs, and return when it may."""
        await asyncio.gather(*(write_grant(self._connection, tenant, sha256) for sha256 in set(digests)))

    @in_trace("copy")
    async def copy(self, source_key: str, target_key: str, media_type: str | None = None) -> None:
        """Copy an object inside the store, with another media type when one is given."""
        self._must_be_possible(source_key)
        checked(target_key)
        what = f"copy of {source_key}"
        await self._connection.call(what, copy_inside, self._connection, source_key, target_key, media_type)

    async def list(self, prefix: str) -> Sequence[Listed]:
        """Return all objects whose keys begin with `prefix`, in the order of their keys."""
        return await self._connection.call(f"list of {prefix}", listing, self._connection, prefix)

    async def delete(self, key: str) -> None:
        """Remove an object; harmless when there is none."""
        await self._connection.call(
            f"removal of {key}", self._connection.client.remove_object, self.bucket, checked(key)
        )

    async def abandon_uploads(self, older_than_s: float) -> int:
        """Remove what is left of large uploads that were cut off that long ago, and return how many."""
        return await self._connection.call("removal of uploads", abandon, self._connection, older_than_s)

    def presign_get(self, key: str, expires_s: int, download_name: str | None = None) -> str:
        """Return an address that anyone may read for `expires_s`; never log it."""
        return self._signer.get_url(checked(key), expires_s, download_name)

    def presign_put(
        self, key: str, media_type: str, size_bytes: int, sha256: str, expires_s: int
    ) -> SignedPut:
        """Return an address that takes exactly this type, size and digest for `expires_s`; never log it."""
        return self._signer.put(checked(key), media_type, size_bytes, sha256, expires_s)

    async def ready(self) -> None:
        """Return when the store answers and has the bucket, at once.

        Raises:
            StoreUnreachable: it does not; the sentence says what to start.
        """
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                there = await self._connection.once(
                    "the store", self._connection.client.bucket_exists, self.bucket
                )
        except TimeoutError as error:
            raise converted(error, "the store", self._connection.endpoint) from error
        except StoreRefused as error:
            raise StoreUnreachable(error.message) from error
        if not there:
            raise StoreUnreachable(
                f"the bucket {self.bucket} does not exist at {self._connection.endpoint}: "
                "`reelbus stack start` creates it."
            )

    async def ensure_bucket(self) -> None:
        """Create the bucket when it does not exist."""
        await self._connection.call(f"bucket {self.bucket}", make_bucket, self._connection)

    async def close(self) -> None:
        """Give up threads and sockets, after the requests that are under way."""
        await asyncio.to_thread(self._connection.close)

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _has(self, key: str, size_bytes: int) -> bool:
        known = await self.head(key)
        return known is not None and known.size_bytes == size_bytes

    async def _durable(self, key: str, sha256: str, size_bytes: int) -> Blob:
        if not await self._has(key, size_bytes):
            raise StorageFailed(f"{key} is not in the store with {size_bytes} bytes after its upload.")
        return Blob(bucket=self.bucket, key=key, sha256=sha256, size_bytes=size_bytes)

    def _must_be_possible(self, key: str) -> None:
        if not is_valid(key):
            raise AssetNotFound("no object can have that key.")
