"""How attempts agree on one submission: what is known of it stands under its key, and only who saw the newest replaces it."""

from __future__ import annotations

from storage.connection import Connection
from storage.keys import submission_key
from storage.result_cache import ResultEntry, read_entry, write_entry


async def read_submission(connection: Connection, key: str) -> ResultEntry | None:
    """Return what is noted of a submission, or None when nobody has begun it."""
    return await read_entry(connection, submission_key(key), f"submission {key[:12]}")


async def write_submission(
    connection: Connection, key: str, body: bytes, replaces: str | None = None
) -> bytes:
    """Note `body` of a submission, and return what stands there: `body`, or what another attempt has noted.

    With `replaces` the version of that ETag makes way.

    Raises:
        StorageFailed: the store did not take it.
    """
    return await write_entry(connection, submission_key(key), f"submission {key[:12]}", body, replaces)
