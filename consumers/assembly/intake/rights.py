"""What a tenant may read: what it uploaded, and what it gave or was made for it; all else is not there."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.base import TENANT
from schemas.identity import DEFAULT_TENANT
from storage.grants import grant_key, uploads_prefix
from storage.keys import blob_key
from storage.objects import Head
from storage.store import Store


def tenant_in(data: Any) -> str:
    """Return the tenant that a request names, valid or not."""
    tenant = data.get("tenant", DEFAULT_TENANT) if isinstance(data, dict) else DEFAULT_TENANT
    return tenant if isinstance(tenant, str) else DEFAULT_TENANT


async def readable_head(address: str, tenant: str, store: Store, bucket: str) -> Head | None:
    """Return what is known of an object that the tenant may read.

    None stands for what is absent and for what is another's alike: of a digest the store is asked the same, and
    of a key outside the tenant's uploads nothing.

    Raises:
        StorageFailed: the store did not answer.
    """
    if not TENANT.fullmatch(tenant):
        return None  # its request is refused anyway, and "a/b" would read what "a" has uploaded
    if address.startswith("sha256:"):
        sha256 = address.removeprefix("sha256:")
        grant, head = await asyncio.gather(
            store.head(grant_key(tenant, sha256)), store.head(blob_key(sha256))
        )
        return head if grant is not None else None
    given_bucket, _, key = address.removeprefix("s3://").partition("/")
    if given_bucket != bucket or not key.startswith(uploads_prefix(tenant)):
        return None
    return await store.head(key)
