"""Which results are remembered: the first of racing attempts, for as long as it can be read and its files are there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from planning.job.acceptance import digest
from runtime.telemetry import get_logger
from schemas.orders import WorkOrder
from storage.store import Store

_ROUNDS = 3

log = get_logger(__name__)


class CachedResult(msgspec.Struct):
    """What is remembered of finished work: its products under their own roles, and what they lack."""

    products: list[tuple[str | None, dict[str, object]]]
    degraded: list[tuple[str, str]] = []


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in the cache under a mark: `result` is None where it is of no use; `etag` says which version."""

    result: CachedResult | None
    etag: str


async def recall(mark: str, store: Store) -> Found | None:
    """Return what is remembered under this fingerprint, or None where nothing is."""
    entry = await store.read_result_entry(mark)
    return None if entry is None else Found(await _usable(mark, entry.body, store), entry.etag)


async def remember(mark: str, made: CachedResult, store: Store, found: Found | None) -> CachedResult:
    """Commit fresh work, and return what counts: of racing attempts the first; what is of no use is replaced.

    `found` is what `recall` returned before the work; a usable one there is replaced as well: the work was
    asked for again.
    """
    body = msgspec.json.encode(made)
    for _ in range(_ROUNDS):
        stands = await store.write_result(mark, body, found.etag if found is not None else None)
        if stands == body:
            return made
        winner = await _usable(mark, stands, store)
        if winner is not None:
            return winner
        found = await recall(mark, store)
    log.warning("work.memo_contended", fingerprint=mark)
    return made  # its files are durable, and this attempt vouches for them


def mark_of_run(mark: str, order: WorkOrder) -> str:
    """Return the name for work that one run asked for again: its next attempt finds it, other runs do not."""
    return digest({"again": mark, "job_id": order.job_id, "run": order.run})


async def _usable(mark: str, body: bytes, store: Store) -> CachedResult | None:
    """Return the cached result when it is readable and all its files still exist."""
    try:
        result = msgspec.json.decode(body, type=CachedResult)
        wanted = [(str(asset["key"]), asset["size_bytes"]) for _, asset in result.products]
    except (msgspec.DecodeError, KeyError):
        log.warning("work.memo_unreadable", fingerprint=mark)
        return None
    heads = await asyncio.gather(*(store.head(key) for key, _ in wanted))
    there = all(
        head is not None and head.size_bytes == size for head, (_, size) in zip(heads, wanted, strict=True)
    )
    return result if wanted and there else None
