"""How racing attempts agree on one result: the first result written under a fingerprint wins."""

from __future__ import annotations

from dataclasses import dataclass

from minio.error import S3Error

from runtime.errors import AssetNotFound, StorageFailed
from storage.connection import Connection
from storage.failures import PRECONDITION_FAILED, code_of, is_missing
from storage.keys import result_key
from storage.uploads import put_whole

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """A cached result as it stands in the store; `etag` names this version of it."""

    body: bytes
    etag: str


async def read_result(connection: Connection, fingerprint: str) -> ResultEntry | None:
    """Return the cached result of a fingerprint, or None when no attempt has committed one."""
    return await read_entry(connection, result_key(fingerprint), f"memo {fingerprint[:12]}")


async def write_result(
    connection: Connection, fingerprint: str, body: bytes, replaces: str | None = None
) -> bytes:
    """Commit `body` as the cached result of a fingerprint, and return what stands there: `body`, or the winner's.

    With `replaces` the version of that ETag makes way; what else was written meanwhile has won.

    Raises:
        StorageFailed: the store did not take it.
    """
    return await write_entry(connection, result_key(fingerprint), f"memo {fingerprint[:12]}", body, replaces)


async def read_entry(connection: Connection, key: str, what: str) -> ResultEntry | None:
    """Return a small object that attempts agree on, or None where there is none; `what` names it in errors."""
    try:
        return await connection.call(what, _read, connection, key)
    except AssetNotFound:
        return None


async def write_entry(
    connection: Connection, key: str, what: str, body: bytes, replaces: str | None = None
) -> bytes:
    """Write such an object unless another stands there, or in the place of one version; return what stands.

    Raises:
        StorageFailed: the store did not take it.
    """
    for _ in range(_ROUNDS):
        if await connection.call(what, _claim, connection, key, body, replaces):
            return body
        # Lost, or the answer to an earlier try of ours was lost: either way the store knows.
        winner = await read_entry(connection, key, what)
        if winner is None:
            replaces = None  # what was to make way is gone
        elif winner.etag != replaces:
            return winner.body
    raise StorageFailed(f"{what}: the store refuses it, but has none.")


def _claim(connection: Connection, key: str, body: bytes, replaces: str | None) -> bool:
    condition = {"If-None-Match": "*"} if replaces is None else {"If-Match": replaces}
    try:
        put_whole(connection, key, body, {**condition, "Content-Type": "application/json"})
    except S3Error as error:
        if code_of(error) == PRECONDITION_FAILED or is_missing(error):
            return False
        raise
    return True


def _read(connection: Connection, key: str) -> ResultEntry:
    response = connection.client.get_object(connection.bucket, key)
    try:
        return ResultEntry(bytes(response.read()), str(response.headers.get("etag", "")))
    finally:
        response.close()
        response.release_conn()
