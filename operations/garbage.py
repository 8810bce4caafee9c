"""Which objects nobody names any more, and how they are removed without taking one that somebody is about to name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from operations.named import Names, digests_in, named_since, read_names
from operations.settled import settled_notes
from runtime.errors import InvalidRequest, ReelbusError
from runtime.settings import Settings
from runtime.telemetry import get_logger
from storage.grants import GRANTS
from storage.keys import PREVIEWS, SUBMISSIONS
from storage.store import Listed, Store

_TEMPORARY = re.compile(r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
"""What S3Proxy appends to a key while it writes it; a kill leaves such an object behind."""
_BLOB = re.compile(r"blobs/[0-9a-f]{2}/([0-9a-f]{64})\Z")
_RESULT = re.compile(r"memo/([0-9a-f]{64})\.json\Z")
_GRANT = re.compile(r"grants/[^/]+/([0-9a-f]{64})\Z")
_COPY = re.compile(r"jobs/([^/]+)/.+\Z", re.DOTALL)
_OPEN_JOBS_S = 3600.0
"""While jobs are open, what is younger stays: work stores its bytes first and tells of them when all are there."""
_PREVIEWS_S = 86400.0
"""So long a preview is kept, whatever else is."""
_CLOCKS_APART = timedelta(minutes=10)
_BATCH = 200
_AT_ONCE = 12

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Garbage:
    """What may go, in the order in which it goes."""

    copies: tuple[Listed, ...]
    results: tuple[Listed, ...]
    blobs: tuple[Listed, ...]
    grants: tuple[Listed, ...]
    kept_for_memos: int

    def all(self) -> tuple[Listed, ...]:
        """All of it."""
        return self.copies + self.results + self.grants + self.blobs


@dataclass(frozen=True, slots=True)
class Swept:
    """What went: keys, their bytes, and how many uploads that had been cut off."""

    keys: tuple[str, ...]
    size_bytes: int
    uploads: int
    older_than_s: float
    kept_for_memos: int


async def sweep(
    settings: Settings,
    store: Store,
    *,
    older_than_s: float,
    dry_run: bool = False,
    even_if_nothing_is_named: bool = False,
) -> Swept:
    """Remove objects older than `older_than_s` that no retained event, no state and no cached result names.

    The store is listed before the topics are read, and before each batch is removed the log is read on and
    each object is looked at again: what somebody named or wrote meanwhile stays. A cached result goes first and what it
    named goes at the next sweep, for a worker may be reading it. Previews are nobody's result: they go after a day.
    What is noted of work that strangers did goes when its job has ended so long ago (`settled_notes`).

    Raises:
        InvalidRequest: The topics name none of the objects, so they belong to another store.
        BusUnreachable: No broker, or no such topic; nothing is removed.
        StoreUnreachable: The store does not answer.
    """
    begun = datetime.now(UTC)
    listed = [
        entry
        for prefix in ("blobs/", "memo/", "jobs/", GRANTS, PREVIEWS, SUBMISSIONS)
        for entry in await store.list(prefix)
    ]
    names = await read_names(settings)
    if names.open_jobs:
        older_than_s = max(older_than_s, _OPEN_JOBS_S)
    edge = begun - timedelta(seconds=older_than_s)
    garbage = await _garbage(listed, names, store, edge)
    day_ago = max(edge, begun - timedelta(seconds=_PREVIEWS_S))
    previews = [e for e in listed if e.key.startswith(PREVIEWS) and _is_old(e, day_ago)]
    notes = await settled_notes(listed, names, store, edge)
    if (notes or garbage.all()) and not even_if_nothing_is_named and not _any_named(listed, names):
        raise InvalidRequest(
            f"the topics at {settings.kafka} name none of the {len(listed)} objects in bucket "
            f"{settings.bucket}: is it the store of this broker? --force sweeps it all the same"
        )
    if dry_run:
        gone: Sequence[Listed] = (*previews, *notes, *garbage.all())
        uploads = 0
    else:
        gone = [entry for entry in previews if await _remove_one(store, entry, day_ago)]
        gone += [entry for entry in notes if await _remove_one(store, entry, edge)]
        gone += await _remove(settings, store, garbage, names, edge, begun)
        uploads = await store.abandon_uploads(older_than_s)
    return Swept(
        keys=tuple(entry.key for entry in gone),
        size_bytes=sum(entry.size_bytes for entry in gone),
        uploads=uploads,
        older_than_s=older_than_s,
        kept_for_memos=garbage.kept_for_memos,
    )


async def _garbage(listed: Sequence[Listed], names: Names, store: Store, edge: datetime) -> Garbage:
    old = [entry for entry in listed if _is_old(entry, edge)]
    copies = [e for e in old if (found := _COPY.match(e.key)) and found[1] not in names.jobs]
    temporary = [e for e in old if e.key.startswith(("blobs/", "memo/", GRANTS)) and _TEMPORARY.search(e.key)]
    blobs = {bytes.fromhex(found[1]): e for e in old if (found := _BLOB.match(e.key))}
    unnamed = {digest: e for digest, e in blobs.items() if digest not in names.digests}
    results: list[Listed] = []
    kept = 0
    if unnamed or any(_RESULT.match(e.key) for e in old):
        # A cached result is worth keeping while an event tells of it, or while anything that it gives is kept anyway.
        bodies = await _results(listed, store)
        for entry, fingerprint, named in bodies:
            is_named = fingerprint in names.digests or bool(named & names.digests)
            if not is_named and _is_old(entry, edge):
                results.append(entry)
            kept += sum(unnamed.pop(digest, None) is not None for digest in named)
    grants = _grants(listed, names, gone=unnamed.keys(), edge=edge)
    return Garbage(tuple(copies), tuple(results), (*temporary, *unnamed.values()), grants, kept)


def _grants(
    listed: Iterable[Listed], names: Names, *, gone: Collection[bytes], edge: datetime
) -> tuple[Listed, ...]:
    """Return the grants of blobs that go, or are not there; a grant alone keeps no blob."""
    there = {bytes.fromhex(found[1]) for e in listed if (found := _BLOB.match(e.key))}
    kept = (there | names.digests) - set(gone)
    return tuple(
        e
        for e in listed
        if (found := _GRANT.match(e.key)) and _is_old(e, edge) and bytes.fromhex(found[1]) not in kept
    )


async def _results(listed: Iterable[Listed], store: Store) -> list[tuple[Listed, bytes, set[bytes]]]:
    """Return every cached result with its fingerprint and the digests that it names."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def read(entry: Listed, fingerprint: str) -> tuple[Listed, bytes, set[bytes]]:
        async with slots:
            return entry, bytes.fromhex(fingerprint), digests_in(await store.read_result(fingerprint))

    return await asyncio.gather(
        *(read(entry, found[1]) for entry in listed if (found := _RESULT.match(entry.key)))
    )


async def _remove(
    settings: Settings, store: Store, garbage: Garbage, names: Names, edge: datetime, begun: datetime
) -> list[Listed]:
    gone: list[Listed] = []
    slots = asyncio.Semaphore(_AT_ONCE)

    async def remove(entry: Listed) -> Listed | None:
        async with slots:
            return entry if await _remove_one(store, entry, edge) else None

    everything = garbage.all()
    for begin in range(0, len(everything), _BATCH):
        batch = everything[begin : begin + _BATCH]
        news = await named_since(settings, names)
        news |= await _named_by_new_results(store, begun - _CLOCKS_APART)
        still = [entry for entry in batch if not any(name in entry.key for name in news)]
        gone += [entry for entry in await asyncio.gather(*map(remove, still)) if entry is not None]
    return gone


async def _remove_one(store: Store, entry: Listed, edge: datetime) -> bool:
    """Remove an object unless it was written again since it was listed; whether it is gone."""
    head = await store.head(entry.key)
    if head is None or head.modified_at is None or head.modified_at > edge:
        return False
    try:
        await store.delete(entry.key)
    except ReelbusError as error:  # one object that the store does not give up must not keep the others
        log.warning("sweep.kept", key=entry.key, error=error.message)
        return False
    return True


async def _named_by_new_results(store: Store, since: datetime) -> set[str]:
    """Return the digests that new cached results name: a worker may have found its bytes there already, unnamed."""
    young = [entry for entry in await store.list("memo/") if not _is_old(entry, since)]
    return {digest.hex() for _, _, named in await _results(young, store) for digest in named}


def _any_named(listed: Iterable[Listed], names: Names) -> bool:
    return any((found := _BLOB.match(e.key)) and bytes.fromhex(found[1]) in names.digests for e in listed)


def _is_old(entry: Listed, edge: datetime) -> bool:
    return entry.modified_at is not None and entry.modified_at <= edge
