"""Which partition a key belongs to, as every Java-compatible client computes it."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2

_KEYS_REMEMBERED = 4096


@lru_cache(_KEYS_REMEMBERED)  # the client computes murmur2 in Python, and a job's records share one key
def partition_of(key: str | bytes, partitions: int) -> int:
    """Return the partition of a key: murmur2, the sign bit cleared, modulo the number of partitions.

    Source: `BuiltInPartitioner.partitionForKey` of Apache Kafka.
    """
    raw = key.encode() if isinstance(key, str) else key
    return int((murmur2(raw) & 0x7FFFFFFF) % partitions)
