"""How bytes come out of the store: a whole file that is verified, or a stream of a part."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from urllib3.response import BaseHTTPResponse

from runtime.errors import AssetInvalid, Cancelled, InvalidRequest
from storage import media_types
from storage.connection import Connection

_CHUNK_BYTES = 1024 * 1024


def fetch_file(
    connection: Connection,
    key: str,
    to: Path,
    *,
    sha256: str | None,
    size_bytes: int | None,
    given_up: threading.Event,
) -> None:
    """Write the object to `to`, which appears only when it is complete and verified; blocking.

    Raises:
        Cancelled: nobody waits for it any more.
        AssetInvalid: size or digest differ from what was expected.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{to.name[:40]}.", suffix=".part", dir=to.parent)
    fresh = Path(name)
    try:
        digest = hashlib.sha256()
        size = 0
        with os.fdopen(handle, "wb") as sink, _opened(connection, key) as response:
            # A cut body raises IncompleteRead here: urllib3 enforces the Content-Length.
            for chunk in response.stream(_CHUNK_BYTES):
                if given_up.is_set():
                    raise Cancelled("the download was given up.")
                digest.update(chunk)
                size += len(chunk)
                if size_bytes is not None and size > size_bytes:  # it may be any size: not another byte
                    raise AssetInvalid(f"{key} has more than {size_bytes} bytes.")
                sink.write(chunk)
        if size_bytes is not None and size != size_bytes:
            raise AssetInvalid(f"{key} has {size} bytes, not {size_bytes}.")
        if sha256 is not None and digest.hexdigest() != sha256:
            raise AssetInvalid(f"{key} does not have the digest it should have.")
        fresh.chmod(0o644)
        fresh.replace(to)
    finally:
        fresh.unlink(missing_ok=True)


@dataclass
class OpenObject:
    """A part of an object that is being read: `async with` it, and take its `chunks`."""

    connection: Connection
    response: BaseHTTPResponse
    media_type: str
    start: int
    size_bytes: int
    total_bytes: int

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come."""
        while chunk := await self.connection.once("download", self.response.read, _CHUNK_BYTES):
            yield chunk

    async def read(self) -> bytes:
        """Return all of the part."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def __aenter__(self) -> OpenObject:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A body that was not read to its end cannot give its socket back.
        self.response.close()
        self.response.release_conn()


def open_part(connection: Connection, key: str, start: int, length: int | None) -> OpenObject:
    """Open `length` bytes from `start`, or all that follow; blocking.

    Raises:
        InvalidRequest: the range is empty or negative.
    """
    if start < 0 or (length is not None and length < 1):
        raise InvalidRequest("a range begins at 0 or later and has 1 byte or more.")
    if start == 0 and length is None:
        response = connection.client.get_object(connection.bucket, key)
    else:
        response = connection.client.get_object(connection.bucket, key, offset=start, length=length or 0)
    size = int(response.headers.get("content-length", "0"))
    total = response.headers.get("content-range", "").rpartition("/")[2]
    return OpenObject(
        connection=connection,
        response=response,
        media_type=media_types.read(response.headers.get("content-type", "application/octet-stream")),
        start=start,
        size_bytes=size,
        total_bytes=int(total) if total.isdigit() else size,
    )


@contextlib.contextmanager
def _opened(connection: Connection, key: str) -> Iterator[BaseHTTPResponse]:
    response = connection.client.get_object(connection.bucket, key)
    try:
        yield response
    finally:
        response.close()
        response.release_conn()
