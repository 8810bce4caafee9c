"""When the partitions of topics can be written: a topic that was just made has no leaders yet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.offset import OffsetRequest, OffsetResetStrategy

from schemas.topics import TopicSpec

LED_WITHIN_S = 15.0


async def wait_until_led(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    """Return when each partition answers through its leader, so that a caller may publish at once.

    Metadata names a leader some time (seconds on a busy machine) before that broker has opened the partition.
    """
    waiting = {spec.name for spec in specs}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LED_WITHIN_S):
            while waiting:
                described = [entry for entry in await admin.describe_topics() if entry["topic"] in waiting]
                for name in await _led(admin, described):
                    waiting.discard(name)
                if waiting:
                    await asyncio.sleep(0.05)


async def _led(admin: AIOKafkaAdminClient, described: list[dict[str, Any]]) -> set[str]:
    """Return the topics whose partitions all tell their end offset."""
    by_leader: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for entry in described:
        for part in entry["partitions"]:
            asked = by_leader.setdefault(part["leader"], {}).setdefault(entry["topic"], [])
            asked.append((part["partition"], OffsetResetStrategy.LATEST))
    unled = set(by_leader.pop(-1, {}))
    for leader, topics in by_leader.items():
        answer = await admin._send_request_to_node(leader, OffsetRequest(-1, 0, list(topics.items())))
        unled |= {name for name, parts in answer.topics if any(error for _, error, *_ in parts)}
    return {entry["topic"] for entry in described} - unled
