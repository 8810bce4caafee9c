"""Which processes a system is made of, and how many of each find work."""

from __future__ import annotations

import os

from catalog.pools import DEFAULT_POOLS, Pool, Pools
from planning.placement.fleet import MOST_PARTITIONS
from runtime.keys import has_key
from runtime.settings import Settings
from schemas.topics import topic, topics

MODULES = {
    "intake": "consumers.assembly.intake",
    "coordinator": "consumers.assembly.coordinator",
    "text": "consumers.text",
    "image": "consumers.image",
    "video": "consumers.video",
    "audio": "consumers.audio",
    "composer": "consumers.assembly.composer",
    "remote": "consumers.remote",
}
"""The module of each role: processes meet on topics, so whoever starts them knows nothing else of them."""


_ROLE_OF = {"assembly": "composer"}
"""The workers of most modalities are called as they are."""


def role_of(pool: Pool) -> str:
    """Return the role of the workers of a pool: its own name, where it is no modality's."""
    return pool.name if pool.name != pool.modality else _ROLE_OF.get(pool.name, pool.name)


def module_of(role: str, pools: Pools = DEFAULT_POOLS) -> str:
    """Return the module of a role, also of the workers of a pool.

    Raises:
        KeyError: There is no such role.
    """
    if role in MODULES:
        return MODULES[role]
    modality = pools.pools[role].modality
    return MODULES[_ROLE_OF.get(modality, modality)]


def environment_of(role: str, pools: Pools = DEFAULT_POOLS) -> dict[str, str]:
    """Return which settings make a worker one of its pool: none but its own are inherited."""
    pool = next((pool for pool in pools.pools.values() if role_of(pool) == role), None)
    if pool is None:
        return {}
    slots = {"REELBUS_WORKER_SLOTS": str(pool.slots)} if pool.slots is not None else {}
    own = pool.name if pool.name != pool.modality else ""
    return {"REELBUS_WORKER_POOL": own, "REELBUS_WORKER_ENGINES": "", **slots}


def most(role: str, pools: Pools = DEFAULT_POOLS) -> int:
    """Return how many processes of a role find work: each needs a partition of its own, and lanes grow with their workers."""
    settings = Settings()
    specs = topics(settings.topic_prefix, settings.topic_partitions, pools=pools.names)
    named = {spec.name: spec.partitions for spec in specs}
    read = {"intake": "requests", "coordinator": "log", "remote": "deferred"}
    return named[topic(settings.topic_prefix, read[role])] if role in read else MOST_PARTITIONS


def default_counts(pools: Pools = DEFAULT_POOLS) -> dict[str, int]:
    """Return how many processes of each role a machine like this one can use, or as many as its pool declares.

    There are tickets to follow only where an engine that gives its work away has its keys.
    """
    away = any(row.family == "remote" and all(has_key(name) for name in row.keys) for row in pools.models)
    counts = dict.fromkeys(MODULES, 1) | {"video": 2 if (os.cpu_count() or 1) > 1 else 1, "remote": int(away)}
    for pool in pools.pools.values():
        if pool.workers is not None or (pool.declared and role_of(pool) not in counts):
            counts[role_of(pool)] = 1 if pool.workers is None else pool.workers
    return counts
