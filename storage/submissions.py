"""How attempts agree on one submission: what is known of it stands under its key, and only who saw the newest replaces it."""

from __future__ import annotations

import msgspec

from runtime.telemetry import get_logger
from storage.connection import Connection
from storage.keys import submission_key
from storage.result_cache import ResultEntry, read_entry, write_entry

log = get_logger(__name__)


class Note(msgspec.Struct, omit_defaults=True):
    """What the store knows of a submission: who means to ask the stranger (`by`), then the ticket that came of it.

    Neither: it was surely not taken, and whoever comes next may ask as if it were the first. Notes of before there was
    a `job_id` have none.
    """

    by: str = ""
    ticket: str = ""
    check_at_ms: int = 0
    expires_at_ms: int = 0
    job_id: str = ""
    answered: bool = False
    """Whether the stranger gave the result at once."""

    @property
    def open(self) -> bool:
        """Whether somebody meant to ask, and nobody knows what came of it."""
        return bool(self.by) and not (self.ticket or self.answered)


def encode_note(note: Note) -> bytes:
    """Return a note as it stands in the store."""
    return msgspec.json.encode(note)


def decode_note(body: bytes) -> Note | None:
    """Return a note, or None for one that cannot be read: then nobody knows what it said."""
    try:
        return msgspec.json.decode(body, type=Note)
    except msgspec.DecodeError:
        log.warning("work.submission_unreadable")
        return None


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
