"""How long work survives its worker: what an engine hands out as a checkpoint is stored, and told with a renewal."""

from __future__ import annotations

import asyncio
from pathlib import Path

from runtime.errors import ReelbusError
from runtime.telemetry import get_logger
from schemas.assets import Asset
from schemas.orders import WorkOrder
from storage.store import Store
from worker.report import TaskReport

EVERY_S = 10.0
"""At most one checkpoint of a task in this time; while its worker stops, each."""
MEDIA_TYPE = "application/octet-stream"

log = get_logger(__name__)


class Checkpoints:
    """Stores the newest checkpoint of one attempt, beside the renewals: however long that takes, the lease is kept."""

    def __init__(self, order: WorkOrder, report: TaskReport, store: Store) -> None:
        self._order, self._report, self._store = order, report, store
        self._storing: asyncio.Task[Asset | None] | None = None
        self._next_at_s = 0.0

    def stored(self) -> Asset | None:
        """Return a checkpoint that has become durable since the last call, and begin to store a newer one."""
        now_s = asyncio.get_running_loop().time()
        found = None
        if self._storing is not None and self._storing.done():
            found, self._storing = self._storing.result(), None
        if self._storing is None and (now_s >= self._next_at_s or self._report.wants_checkpoint):
            path = self._report.take_checkpoint()
            if path is not None:
                self._next_at_s = now_s + EVERY_S
                self._storing = asyncio.create_task(self._store_file(path))
        return found

    async def close(self) -> None:
        """Give up what is being stored."""
        if self._storing is not None:
            self._storing.cancel()
            await asyncio.wait([self._storing])

    async def _store_file(self, path: Path) -> Asset | None:
        try:
            blob = await self._store.put_file(path, MEDIA_TYPE)
            await self._store.grant(self._order.tenant, [blob.sha256])
        except (OSError, ReelbusError) as error:  # the next one may be luckier
            log.warning("work.checkpoint_lost", task_id=self._order.task_id, reason=type(error).__name__)
            return None
        return Asset(
            asset_id=f"sha256:{blob.sha256}",
            bucket=blob.bucket,
            key=blob.key,
            sha256=blob.sha256,
            size_bytes=blob.size_bytes,
            media_type=MEDIA_TYPE,
        )
