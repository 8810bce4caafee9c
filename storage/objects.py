"""What is known of an object, and the small requests that look at, list and copy objects; all blocking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from minio.commonconfig import REPLACE, CopySource
from minio.error import S3Error

from runtime.errors import StoreRefused
from storage import media_types
from storage.connection import Connection

_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Blob:
    """Content that is durable in the store."""

    bucket: str
    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Head:
    """What the store knows of an object without its content."""

    key: str
    size_bytes: int
    media_type: str
    etag: str
    modified_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """One line of a listing."""

    key: str
    size_bytes: int
    modified_at: datetime | None


def look(connection: Connection, key: str) -> Head:
    """Return what is known of an object.

    Raises:
        StoreRefused: the store says something that the SDK cannot read (a 409 without a body).
    """
    try:
        stat = connection.client.stat_object(connection.bucket, key)
    except ValueError as error:
        raise StoreRefused(f"look at {key}: the store's answer has no meaning.") from error
    return Head(
        key=key,
        size_bytes=int(stat.size or 0),
        media_type=media_types.read(stat.content_type or _UNKNOWN_TYPE),
        etag=stat.etag or "",
        modified_at=stat.last_modified,
    )


def listing(connection: Connection, prefix: str) -> Sequence[Listed]:
    """Return all objects whose keys begin with `prefix`, in the order of their keys."""
    found = connection.client.list_objects(connection.bucket, prefix=prefix, recursive=True)
    return [Listed(entry.object_name or "", int(entry.size or 0), entry.last_modified) for entry in found]


def copy_inside(connection: Connection, source_key: str, target_key: str, media_type: str | None) -> None:
    """Copy an object inside the bucket, with another media type when one is given."""
    connection.client.copy_object(
        connection.bucket,
        target_key,
        CopySource(connection.bucket, source_key),
        metadata={"Content-Type": media_types.written(media_type)} if media_type else None,
        metadata_directive=REPLACE if media_type else None,
    )


def make_bucket(connection: Connection) -> None:
    """Create the bucket when it does not exist; of racers, the later ones find it made."""
    if connection.client.bucket_exists(connection.bucket):
        return
    try:
        connection.client.make_bucket(connection.bucket)
    except S3Error as error:
        if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
