"""How what was made before there were grants becomes its tenant's: read from what was told of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from bus.cloudevents import readable
from bus.tail import read_topic
from runtime.settings import Settings
from schemas.facts import TERMINAL_TYPES
from schemas.topics import topic
from storage.store import Store

_AT_ONCE = 12


async def grant_what_was_told(settings: Settings, store: Store) -> int:
    """Let each tenant name the assets of its jobs, as far as the topics still tell of them; returns how many.

    It may run at any time and again.

    Raises:
        BusUnreachable: no broker, or no such topic.
        StoreUnreachable: the store does not answer.
    """
    tenants: dict[str, str] = {}
    made: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("jobs", "assets"):
        async for records in read_topic(settings.kafka, topic(settings.topic_prefix, name)):
            for event in readable(records):
                job_id = str(event.data.get("job_id", ""))
                if event.type == "media.job.accepted.v1":
                    tenants[job_id] = event.data["tenant"]
                elif event.type == "media.asset.ready.v1":
                    made[job_id].add(event.data["asset"]["sha256"])
                elif event.type in TERMINAL_TYPES:
                    made[job_id] |= {asset["sha256"] for asset in event.data.get("outputs", {}).values()}
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    for job_id, digests in made.items():
        if job_id in tenants:
            theirs[tenants[job_id]] |= digests
    slots = asyncio.Semaphore(_AT_ONCE)

    async def grant(tenant: str, sha256: str) -> None:
        async with slots:
            await store.grant(tenant, [sha256])

    pairs = [(tenant, sha256) for tenant, digests in theirs.items() for sha256 in digests]
    await asyncio.gather(*(grant(*pair) for pair in pairs))
    return len(pairs)
