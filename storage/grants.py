"""Who may name which blob: an object for each tenant and digest, there before anybody is told of the blob."""

from __future__ import annotations

from runtime.errors import InvalidRequest
from schemas.base import TENANT
from storage.connection import Connection
from storage.keys import blob_key
from storage.uploads import put_whole

GRANTS = "grants/"
_HEADERS = {"Content-Type": "application/json"}


def grant_key(tenant: str, sha256: str) -> str:
    """Return the key whose object lets a tenant name the content with this digest.

    Raises:
        InvalidRequest: one of them is no such name.
    """
    if not TENANT.fullmatch(tenant):
        raise InvalidRequest("a tenant is 1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first.")
    return f"{GRANTS}{tenant}/{blob_key(sha256).rpartition('/')[2]}"


def uploads_prefix(tenant: str) -> str:
    """Return what the keys of a tenant's own uploads begin with.

    Raises:
        InvalidRequest: it is no tenant's name.
    """
    if not TENANT.fullmatch(tenant):
        raise InvalidRequest("a tenant is 1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first.")
    return f"uploads/{tenant}/"


async def write_grant(connection: Connection, tenant: str, sha256: str) -> None:
    """Let the tenant name the blob; harmless when it may already."""
    key = grant_key(tenant, sha256)
    await connection.call(f"grant {sha256[:12]}", put_whole, connection, key, b"{}", _HEADERS)
