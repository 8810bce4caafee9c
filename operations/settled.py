"""Which notes of submissions may go: those of jobs that have ended, but never one of which nobody knows what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from operations.named import Names
from storage.keys import SUBMISSIONS
from storage.objects import Listed
from storage.store import Store
from storage.submissions import decode_note

_AT_ONCE = 12
_SUFFIX = ".json"


async def settled_notes(listed: Iterable[Listed], names: Names, store: Store, edge: datetime) -> list[Listed]:
    """Return the notes older than `edge` whose jobs have ended before it, or are forgotten.

    One stays where somebody meant to ask and nobody knows what came of it, where a ticket of its job is still followed
    or called off, where its job is not known to have ended, and where it does not say whose it is or cannot be read.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def settled(entry: Listed) -> bool:
        key = entry.key.removeprefix(SUBMISSIONS).removesuffix(_SUFFIX)
        async with slots:
            found = await store.read_submission(key)
        note = decode_note(found.body) if found is not None else None
        if note is None or note.open or not note.job_id or names.deferred & {note.job_id, ""}:
            return False
        ended_ms = names.ended_ms.get(note.job_id)
        if ended_ms is None:
            return note.job_id not in names.jobs
        return ended_ms <= edge.timestamp() * 1000

    old = [
        entry
        for entry in listed
        if entry.key.startswith(SUBMISSIONS) and entry.modified_at is not None and entry.modified_at <= edge
    ]
    return [entry for entry, goes in zip(old, await asyncio.gather(*map(settled, old)), strict=True) if goes]
