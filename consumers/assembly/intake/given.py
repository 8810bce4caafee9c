"""Which assets a wish gives: each found in the store, its kind told, its digest pinned."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from consumers.assembly.intake.rights import readable_head, tenant_in
from engines.media.probe import probe
from planning.intake import AssetInput, asset_inputs
from runtime.errors import AssetInvalid, AssetNotFound
from schemas.assets import Asset
from schemas.capabilities import media_kind
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.references import ASSET_ADDRESS
from storage.objects import Head
from storage.store import Store

LOOKED_FOR_AT_MOST = 100
"""Of a wish that is refused anyway, so many assets are looked for; an accepted one has all of its found."""


async def missing_assets(wish: Mapping[str, Any], store: Store, bucket: str) -> list[Problem]:
    """Say which assets of a wish that is refused anyway are missing, so that it is told everything at once."""
    problems = []
    wanted = [item for item in asset_inputs(wish) if ASSET_ADDRESS.fullmatch(item.address)]
    for item in wanted[:LOOKED_FOR_AT_MOST]:
        head = await readable_head(item.address, tenant_in(wish), store, bucket)
        media_type = await _media_type(head, store) if head else None
        if media_type is None or media_kind(media_type) not in item.kinds:
            problems.append(_problem(item, media_type))
    return problems


async def find_assets(
    wish: Mapping[str, Any], store: Store, bucket: str
) -> tuple[dict[str, Asset], list[Problem]]:
    """Find every given asset in the store and pin its digest."""
    found: dict[str, Asset] = {}
    problems = []
    for item in asset_inputs(wish):
        asset = found.get(item.address) or await _find(item.address, tenant_in(wish), store, bucket)
        if asset is None or media_kind(asset.media_type) not in item.kinds:
            problems.append(_problem(item, asset.media_type if asset else None))
        else:
            found[item.address] = asset
    return found, problems


def _problem(item: AssetInput, media_type: str | None) -> Problem:
    """Say that an asset is not there (None), or of another kind than is wanted."""
    if media_type is None:
        return Problem(code=ErrorCode.ASSET_NOT_FOUND, path=item.pointer, message=_missing(item.address))
    allowed = " or ".join(sorted(item.kinds))
    message = f"this asset is {media_type}; {allowed} is wanted here"
    return Problem(code=ErrorCode.ASSET_INVALID, path=item.pointer, message=message)


async def _media_type(head: Head, store: Store) -> str:
    """What an object is: what was said when it was put there, else what its bytes say."""
    if media_kind(head.media_type) is not None:
        return head.media_type
    with tempfile.TemporaryDirectory(prefix="reelbus-intake-") as folder:
        copy = Path(folder) / "object"
        try:
            await store.fetch(head.key, copy)
            return (await asyncio.to_thread(probe, copy)).media_type
        except (AssetInvalid, AssetNotFound):
            return head.media_type


async def _find(address: str, tenant: str, store: Store, bucket: str) -> Asset | None:
    head = await readable_head(address, tenant, store, bucket)
    if head is None:
        return None
    media_type = await _media_type(head, store)
    if address.startswith("sha256:"):
        sha256 = address.removeprefix("sha256:")
        return _asset(bucket, f"blobs/{sha256[:2]}/{sha256}", sha256, head.size_bytes, media_type)
    key = address.removeprefix("s3://").partition("/")[2]
    # The digest of a named object is pinned now: what stands there later is another thing.
    with tempfile.TemporaryDirectory(prefix="reelbus-intake-") as folder:
        copy = Path(folder) / "object"
        try:
            await store.fetch(key, copy)
        except AssetNotFound:
            return None
        blob = await store.put_file(copy, media_type)
        await store.grant(tenant, [blob.sha256])
    return _asset(bucket, blob.key, blob.sha256, blob.size_bytes, media_type)


def _asset(bucket: str, key: str, sha256: str, size_bytes: int, media_type: str) -> Asset:
    return Asset(
        asset_id=f"sha256:{sha256}",
        bucket=bucket,
        key=key,
        sha256=sha256,
        size_bytes=size_bytes,
        media_type=media_type,
    )


def _missing(address: str) -> str:
    if address.startswith("s3://"):
        return "there is no such object in our bucket"
    return "there is no asset with this id"
