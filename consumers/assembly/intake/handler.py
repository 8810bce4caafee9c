"""What happens to one wish: everything about it is checked at once, then it stands in the log, or is refused."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Protocol

from engines.media.probe import probe
from planning.intake import Accepted, AssetInput, asset_inputs, examine
from planning.offered import offers
from planning.plan import accept
from runtime.errors import AssetInvalid, AssetNotFound, EngineUnavailable
from schemas.assets import Asset
from schemas.base import Fact
from schemas.capabilities import media_kind
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import CancelRequested, ReplayRequested, WishRejected
from storage.store import Store

JOB, CANCEL, REPLAY = (
    "media.job.requested.v1",
    "media.job.cancel-requested.v1",
    "media.job.replay-requested.v1",
)


class Wish(Protocol):
    """A wish as it came."""

    @property
    def type(self) -> str:
        """Its CloudEvents type."""

    @property
    def id(self) -> str:
        """Its id, which is the request's."""

    @property
    def data(self) -> dict[str, Any]:
        """What is wished, as JSON."""

    @property
    def traceparent(self) -> str | None:
        """The trace it belongs to (W3C)."""

    @property
    def timestamp_ms(self) -> int:
        """When the broker took it, in milliseconds since the epoch."""


async def take_in(wish: Wish, store: Store, *, bucket: str, allow_private_webhooks: bool) -> tuple[str, Fact]:
    """Return the key and the event that the wish puts on the log: its acceptance, or its refusal.

    Raises:
        StorageFailed: the store did not answer; the wish shall be tried again.
    """
    verdict = examine(wish.type, wish.data, offers=offers(), allow_private_webhooks=allow_private_webhooks)
    if not isinstance(verdict, Accepted):
        return wish.id, _refusal(wish, verdict.problems)
    data = verdict.data
    tenant = _tenant(data)
    if wish.type == CANCEL:
        job_id = data["job_id"]
        return job_id, CancelRequested(
            job_id=job_id, request_id=wish.id, tenant=tenant, reason=data.get("reason", "")
        )
    if wish.type == REPLAY:
        job_id = data["job_id"]
        return job_id, ReplayRequested(
            job_id=job_id,
            request_id=wish.id,
            tenant=tenant,
            from_node=data.get("from_node"),
            engines=data.get("engines", {}),
            seed=int(data["seed"]) if "seed" in data else None,
        )
    inputs, problems = await _look_up(asset_inputs(data), store, bucket)
    if problems:
        return wish.id, _refusal(wish, problems)
    try:
        event = accept(
            data,
            request_id=wish.id,
            event_id=wish.id,
            requested_ms=wish.timestamp_ms,
            inputs=inputs,
            traceparent=wish.traceparent,
        )
    except EngineUnavailable as error:
        return wish.id, _refusal(wish, [Problem(code=error.code, path="/quality", message=error.message)])
    return event.job_id, event


async def _look_up(
    wanted: tuple[AssetInput, ...], store: Store, bucket: str
) -> tuple[dict[str, Asset], list[Problem]]:
    """Find every given asset in the store and pin its digest."""
    found: dict[str, Asset] = {}
    problems = []
    for item in wanted:
        asset = found.get(item.address) or await _find(item.address, store, bucket)
        if asset is None:
            problems.append(
                Problem(code=ErrorCode.ASSET_NOT_FOUND, path=item.pointer, message=_missing(item.address))
            )
        elif media_kind(asset.media_type) not in item.kinds:
            allowed = " or ".join(sorted(item.kinds))
            message = f"this asset is {asset.media_type}; {allowed} is wanted here"
            problems.append(Problem(code=ErrorCode.ASSET_INVALID, path=item.pointer, message=message))
        else:
            found[item.address] = asset
    return found, problems


async def _find(address: str, store: Store, bucket: str) -> Asset | None:
    if address.startswith("sha256:"):
        sha256 = address.removeprefix("sha256:")
        key = f"blobs/{sha256[:2]}/{sha256}"
        head = await store.head(key)
        if head is None:
            return None
        media_type = head.media_type
        if media_kind(media_type) is None:
            with tempfile.TemporaryDirectory(prefix="reelbus-intake-") as folder:
                media_type = await _measured(store, key, Path(folder) / "object") or media_type
        return _asset(bucket, key, sha256, head.size_bytes, media_type)
    given_bucket, _, key = address.removeprefix("s3://").partition("/")
    if given_bucket != bucket:
        return None
    head = await store.head(key)
    if head is None:
        return None
    # The digest of a named object is pinned now: what stands there later is another thing.
    with tempfile.TemporaryDirectory(prefix="reelbus-intake-") as folder:
        copy = Path(folder) / "object"
        try:
            await store.fetch(key, copy)
        except AssetNotFound:
            return None
        media_type = head.media_type
        if media_kind(media_type) is None:
            media_type = (await asyncio.to_thread(_type_of, copy)) or media_type
        blob = await store.put_file(copy, media_type)
    return _asset(bucket, blob.key, blob.sha256, blob.size_bytes, media_type)


async def _measured(store: Store, key: str, copy: Path) -> str:
    """Return the type that an object's bytes have, or nothing: S3 clients that are told none send application/octet-stream."""
    try:
        await store.fetch(key, copy)
    except AssetNotFound:
        return ""
    return await asyncio.to_thread(_type_of, copy)


def _type_of(path: Path) -> str:
    try:
        return probe(path).media_type
    except AssetInvalid:
        return ""


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


def _refusal(wish: Wish, problems: Any) -> WishRejected:
    return WishRejected(request_id=wish.id, tenant=_tenant(wish.data), errors=tuple(problems))


def _tenant(data: Any) -> str:
    tenant = data.get("tenant", "default") if isinstance(data, dict) else "default"
    return tenant if isinstance(tenant, str) else "default"
