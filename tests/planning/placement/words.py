"""Words of workers for tests."""

from __future__ import annotations

from typing import Any

from schemas.choices import LANES
from schemas.orders import WorkerAnnounced


def word(
    worker_id: str, *partitions: int, slots: int = 1, free: int | None = None, **said: Any
) -> WorkerAnnounced:
    """What a worker of pictures says that reads these partitions of each lane."""
    facts: dict[str, Any] = {
        "worker_id": worker_id,
        "modality": "image",
        "slots": slots,
        "free": slots if free is None else free,
        "draining": False,
        "pool": "image",
        "partitions": dict.fromkeys(LANES, partitions) if partitions else {},
    }
    return WorkerAnnounced(**(facts | said))
