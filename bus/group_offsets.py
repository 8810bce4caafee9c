"""Where a consumer group goes on in its topics, as the broker knows it."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from bus.connections import open_admin, unreachable
from runtime.kafka_connection import Brokers

_ANSWERS_WITHIN_S = 15.0
_RETRY_S = 0.2


async def committed_offsets(bootstrap: Brokers, group: str) -> dict[TopicPartition, int]:
    """Return where a consumer group goes on, by partition; empty for a group that never committed.

    Raises:
        BusUnreachable: No broker answered in time.
    """
    admin = await open_admin(bootstrap)
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            found = await offsets_of_group(admin, group)
    except (KafkaError, TimeoutError, OSError) as error:
        raise unreachable(bootstrap, error) from error
    finally:
        await admin.close()
    return {place: known.offset for place, known in found.items() if known.offset >= 0}


async def offsets_of_group(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, Any]:
    """Return where a group goes on, as the client tells it; wait for a broker that never had a group."""
    while True:
        try:
            found: dict[TopicPartition, Any] = await admin.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_RETRY_S)  # a broker that never had a group first makes the topic for them
        else:
            return found
