"""How files come to an order and go from it: inputs fetched and verified, products measured and made durable."""

from __future__ import annotations

from pathlib import Path

from catalog.models import PLACEHOLDER
from engines.contract import Input, Product
from runtime.errors import AssetInvalid, AssetNotFound, EngineFailed
from schemas.assets import TEXT_BYTES, Asset
from schemas.codes import ErrorCode
from schemas.orders import WorkOrder
from storage.store import Store
from worker.context import WorkerContext
from worker.measuring import measured_in
from worker.report import TaskReport


async def fetch_inputs(order: WorkOrder, store: Store, workdir: Path) -> dict[str, Input]:
    """Bring the inputs here, each digest verified; an asset used twice is fetched once.

    A stand-in takes those that are still there.
    """
    files: dict[str, Path] = {}
    inputs = order.every_input()
    for asset in inputs.values():
        files.setdefault(asset.sha256, workdir / f"input-{len(files)}")
    fetched: set[str] = set()
    found: set[str] = set()
    for asset in inputs.values():
        if asset.sha256 in fetched:
            continue
        fetched.add(asset.sha256)
        try:
            await store.fetch(
                asset.key, files[asset.sha256], sha256=asset.sha256, size_bytes=asset.size_bytes
            )
        except AssetNotFound as error:
            if order.engine == PLACEHOLDER.name:
                continue
            raise AssetNotFound(f"an input of {order.node_id} is no longer in the store") from error
        found.add(asset.sha256)
    return {
        pointer: Input(path=files[asset.sha256], media_type=asset.media_type)
        for pointer, asset in inputs.items()
        if asset.sha256 in found
    }


async def fetch_checkpoint(order: WorkOrder, store: Store, workdir: Path) -> Path | None:
    """Bring here what an earlier attempt left; None without, or when it is gone: then the work begins anew."""
    left = order.checkpoint
    if left is None:
        return None
    path = workdir / "checkpoint"
    try:
        await store.fetch(left.key, path, sha256=left.sha256, size_bytes=left.size_bytes)
    except (AssetNotFound, AssetInvalid):
        return None
    return path


async def store_product(
    order: WorkOrder, product: Product, context: WorkerContext, report: TaskReport
) -> Asset:
    """Measure a product and make it durable before anybody hears of it."""
    path, media_type, text = product.path, product.media_type, carried(product)
    blob = await context.store.put_file(path, media_type)
    facts: dict[str, object] = {}
    if media_type.split("/")[0] in {"image", "video", "audio"}:
        try:
            if context.hosts is not None:
                facts = await measured_in(context.hosts, path, context.scratch, report)
            else:
                facts = await context.threads.run(order.task_id, context.measure, path)
        except AssetInvalid as error:
            raise EngineFailed("the engine made a file that cannot be read back") from error
    return Asset.model_validate(
        {
            **facts,
            "asset_id": f"sha256:{blob.sha256}",
            "bucket": blob.bucket,
            "key": blob.key,
            "sha256": blob.sha256,
            "size_bytes": blob.size_bytes,
            "media_type": media_type,
            "text": text,
        },
        strict=False,
    )


def carried(product: Product) -> str | None:
    """Return as much of a text as events may carry; JSON that was cut would be none, so it is left to the file."""
    data = (product.text or "").encode()
    if len(data) <= TEXT_BYTES:
        return product.text
    return None if product.media_type == "application/json" else data[:TEXT_BYTES].decode(errors="ignore")


def cut_text(product: Product) -> tuple[str, str]:
    """Return the code and the words that tell of a text that was left to the file."""
    return (
        ErrorCode.UNSUPPORTED.value,
        f"its text of {len(product.text or '')} characters is whole in its file only",
    )
