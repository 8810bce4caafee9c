"""Whether every asset that an event or a state names is in the store, with the bytes that were promised."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator

from operations.verify.reading import NamedAsset, Snapshot, named_asset
from operations.verify.states import readable
from operations.verify.violations import Violation, Window
from planning.partition.records import is_job
from runtime.errors import AssetNotFound
from schemas.assets import Asset
from storage.store import Store

_AT_ONCE = 12
_MANY = 100
"""From so many assets on, the whole store is listed instead: a thousand sizes in one request."""


async def check_assets(named: Iterable[NamedAsset], store: Store, *, digests: bool) -> list[Violation]:
    """Return what is missing or different; with `digests` every byte is read.

    Raises:
        StoreUnreachable: The store does not answer.
    """
    different = {(asset.key, asset.sha256, asset.size_bytes): asset for asset in named}
    slots = asyncio.Semaphore(_AT_ONCE)
    listed: dict[str, int] = {}
    if len(different) >= _MANY:
        listed = {entry.key: entry.size_bytes for entry in await store.list("blobs/")}

    async def check(asset: NamedAsset) -> Violation | None:
        async with slots:
            return await _check(asset, store, listed.get(asset.key), digests=digests)

    found = await asyncio.gather(*(check(asset) for asset in different.values()))
    return [violation for violation in found if violation is not None]


def named_assets(snapshot: Snapshot, window: Window) -> Iterator[NamedAsset]:
    """Yield every asset that the events and states of the window name."""
    for published in snapshot.every_published():
        if window.holds(published.at_ms):
            yield from published.assets
    for partition, states in snapshot.states.items():
        for key in filter(is_job, states):
            job = readable(key, states)
            if job is None or not window.holds(
                snapshot.folds[partition].touched_ms.get(key, job.ended_ms or job.accepted_ms)
            ):
                continue
            values = [*job.inputs.values(), *(p.asset for n in job.nodes.values() for p in n.products)]
            for asset in values:
                yield named_asset(Asset.model_validate(asset, strict=False), f"{snapshot.prefix}.state {key}")


async def _check(
    asset: NamedAsset, store: Store, size_bytes: int | None, *, digests: bool
) -> Violation | None:
    if asset.asset_id != f"sha256:{asset.sha256}":
        return Violation("asset_id", asset.key, f"its asset_id and its digest differ: {asset.where}")
    if size_bytes is None:
        head = await store.head(asset.key)
        if head is None:
            return Violation(
                "asset_missing", asset.key, f"it is not in the store, and {asset.where} names it"
            )
        size_bytes = head.size_bytes
    if size_bytes != asset.size_bytes:
        return Violation(
            "asset_size",
            asset.key,
            f"it has {size_bytes} bytes, and {asset.where} says {asset.size_bytes}",
        )
    if digests and await _digest(asset.key, store) != asset.sha256:
        return Violation(
            "asset_digest", asset.key, f"its bytes do not have the digest that {asset.where} says"
        )
    return None


async def _digest(key: str, store: Store) -> str:
    digest = hashlib.sha256()
    try:
        async with await store.open_range(key) as body:
            async for chunk in body.chunks():
                digest.update(chunk)
    except AssetNotFound:
        return ""
    return digest.hexdigest()
