"""How racing attempts agree on one result: the first memo written under a fingerprint wins."""

from __future__ import annotations

from minio.error import S3Error

from runtime.errors import AssetNotFound, StorageFailed
from storage.connection import Connection
from storage.failures import PRECONDITION_FAILED, code_of
from storage.keys import memo_key
from storage.uploads import put_whole

_HEADERS = {"If-None-Match": "*", "Content-Type": "application/json"}
_ROUNDS = 3


async def read_memo(connection: Connection, fingerprint: str) -> bytes | None:
    """Return the memo of a fingerprint, or None when no attempt has committed one."""
    key = memo_key(fingerprint)
    try:
        return await connection.call(f"memo {fingerprint[:12]}", _read, connection, key)
    except AssetNotFound:
        return None


async def write_memo(connection: Connection, fingerprint: str, body: bytes) -> bytes:
    """Commit `body` as the memo of a fingerprint, and return what stands there: `body`, or the winner's.

    Raises:
        StorageFailed: the store did not take it.
    """
    key = memo_key(fingerprint)
    for _ in range(_ROUNDS):
        if await connection.call(f"memo {fingerprint[:12]}", _claim, connection, key, body):
            return body
        # Lost, or the answer to an earlier try of ours was lost: either way the store knows.
        winner = await read_memo(connection, fingerprint)
        if winner is not None:
            return winner
    raise StorageFailed(f"memo {fingerprint[:12]}: the store refuses it, but has none.")


def _claim(connection: Connection, key: str, body: bytes) -> bool:
    try:
        put_whole(connection, key, body, _HEADERS)
    except S3Error as error:
        if code_of(error) == PRECONDITION_FAILED:
            return False
        raise
    return True


def _read(connection: Connection, key: str) -> bytes:
    response = connection.client.get_object(connection.bucket, key)
    try:
        return bytes(response.read())
    finally:
        response.close()
        response.release_conn()
