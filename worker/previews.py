"""How an early picture of what is being made comes to whoever watches: small, seldom, and lost without harm."""

from __future__ import annotations

import asyncio
from pathlib import Path

from runtime.errors import ReelbusError
from runtime.telemetry import get_logger
from schemas.assets import Asset
from schemas.orders import WorkOrder
from storage.store import Store
from worker.events import TaskEvents
from worker.report import TaskReport

EVERY_S = 2.0
"""At most one picture in this time for each task."""
PREVIEW_BYTES = 64_000
_LOOK_S = 0.5

log = get_logger(__name__)


async def show_previews(order: WorkOrder, report: TaskReport, events: TaskEvents, store: Store) -> None:
    """Show each early picture that the engine offers, until cancelled."""
    while True:
        await asyncio.sleep(_LOOK_S)
        path = report.take_preview()
        if path is not None:
            await show_preview(path, order, report, events, store)
            await asyncio.sleep(EVERY_S - _LOOK_S)


async def show_preview(
    path: Path, order: WorkOrder, report: TaskReport, events: TaskEvents, store: Store
) -> None:
    """Store an early picture and tell of it; one that is no small picture, or that meets a fault, is lost."""
    try:
        data = await asyncio.to_thread(_read, path)
        media_type = _kind(data)
        blob = await store.put_preview(data, media_type)
        asset = Asset(
            asset_id=f"sha256:{blob.sha256}",
            bucket=blob.bucket,
            key=blob.key,
            sha256=blob.sha256,
            size_bytes=blob.size_bytes,
            media_type=media_type,
        )
        await events.preview(order, report, asset)
    except (OSError, ValueError, ReelbusError) as error:
        log.info("work.preview_lost", task_id=order.task_id, reason=type(error).__name__)


def _read(path: Path) -> bytes:
    """Return the bytes of a preview.

    Raises:
        ValueError: it is larger than one may be.
        OSError: it cannot be read; the engine may have replaced it.
    """
    with path.open("rb") as file:
        data = file.read(PREVIEW_BYTES + 1)
    if len(data) > PREVIEW_BYTES:
        raise ValueError("a preview is too large")
    return data


def _kind(data: bytes) -> str:
    """Return the media type of a preview by its first bytes.

    Raises:
        ValueError: it is no JPEG and no WebP.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise ValueError("a preview is neither JPEG nor WebP")
