"""How bytes get into the store whole: in one request when small, in verified parts when large."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from minio.datatypes import Part

from runtime.errors import AssetInvalid, AssetNotFound, ReelbusError, StorageFailed
from storage import media_types
from storage.connection import Connection

PART_BYTES = 16 * 1024 * 1024
_READ_BYTES = 1024 * 1024


def digest_of(path: Path) -> tuple[str, int]:
    """Return sha256 in hexadecimal and size in bytes of a file."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as source:
        while chunk := source.read(_READ_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def put_whole(connection: Connection, key: str, body: bytes, headers: dict[str, str]) -> None:
    """Put `body` in one request; blocking.

    The payload's digest is part of the signature over http; over https, where the SDK leaves it out, it goes in
    a header beside the Content-MD5 that the SDK sends. So the server refuses a body that was cut or changed.
    """
    if connection.encrypted:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {**headers, "x-amz-checksum-sha256": digest}
    # The SDK's public put_object turns If-None-Match into plain metadata and overwrites.
    connection.client._execute(
        "PUT",
        connection.bucket,
        key,
        body=body,
        headers={**headers, "Content-Length": str(len(body))},
        no_body_trace=True,
    )


async def put_parts(
    connection: Connection, key: str, path: Path, media_type: str, *, sha256: str, size_bytes: int
) -> None:
    """Put a large file in parts, which the store joins only when all of it is there and is what it was.

    Raises:
        AssetInvalid: the file changed since its digest `sha256` was taken.
        StorageFailed: the store refused; nothing is left behind.
    """
    client, bucket = connection.client, connection.bucket
    what = f"upload of {key}"
    upload = await connection.call(
        what, client._create_multipart_upload, bucket, key, {"Content-Type": media_types.written(media_type)}
    )
    try:
        parts = await _send_parts(connection, key, path, upload, sha256)
        await _join(connection, key, upload, parts, size_bytes)
    except BaseException:
        # Shielded: a cancelled upload must not leave its parts in the store either.
        with contextlib.suppress(ReelbusError):
            await asyncio.shield(connection.once(what, client._abort_multipart_upload, bucket, key, upload))
        raise


async def _send_parts(connection: Connection, key: str, path: Path, upload: str, sha256: str) -> list[Part]:
    digest = hashlib.sha256()
    parts: list[Part] = []
    with path.open("rb") as source:
        while chunk := await connection.in_thread(_next_part, source, digest):
            number = len(parts) + 1
            etag = await connection.call(
                f"upload of {key}",
                connection.client._upload_part,
                connection.bucket,
                key,
                chunk,
                {},
                upload,
                number,
            )
            parts.append(Part(number, etag))
    if digest.hexdigest() != sha256:
        raise AssetInvalid("the file changed while it was uploaded.")
    return parts


def _next_part(source: BinaryIO, digest: hashlib._Hash) -> bytes:
    chunk = source.read(PART_BYTES)
    digest.update(chunk)
    return chunk


async def _join(connection: Connection, key: str, upload: str, parts: list[Part], size_bytes: int) -> None:
    try:
        await connection.call(
            f"upload of {key}",
            connection.client._complete_multipart_upload,
            connection.bucket,
            key,
            upload,
            parts,
        )
    except StorageFailed as failed:
        # The answer of a join that worked may be lost; a repeat then finds no such upload.
        try:
            stat = await connection.call(
                f"look at {key}", connection.client.stat_object, connection.bucket, key
            )
        except AssetNotFound:
            raise failed from None
        if stat.size != size_bytes:
            raise


def abandon(connection: Connection, older_than_s: float) -> int:
    """Remove the parts of uploads that began longer ago than that, and return how many; blocking.

    A process that is killed in the middle of a large upload leaves its parts; no listing shows them.
    """
    client, bucket = connection.client, connection.bucket
    oldest = datetime.now(UTC) - timedelta(seconds=older_than_s)
    stale = [
        upload
        for upload in client._list_multipart_uploads(bucket).uploads
        if upload.initiated_time is None or upload.initiated_time <= oldest
    ]
    for upload in stale:
        client._abort_multipart_upload(bucket, upload.object_name, upload.upload_id or "")
    return len(stale)
