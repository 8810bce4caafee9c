"""Three brokers of which one is killed at a time, each time one that leads something that matters."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.chaos.faults import Fault, Scene
from tests.chaos.ground import Ground, gone, send_signal

LEADERS_OF = ("__consumer_offsets", "__transaction_state", "media.log", "media.state", "media.requests")
"""Groups, transactions, and the truth: who leads the first partition of these is killed, in turn."""
IN_SYNC_WITHIN_S = 60.0


def leader_killed(topic: str) -> Fault:
    """Return the fault that kills the broker which leads a topic, and lasts until it has caught up again."""

    async def fault(scene: Scene) -> None:
        ground = scene.ground
        number = await leader_of(ground, topic)
        server = ground.server("broker" if number == 1 else f"broker{number}")
        if server is None:
            return
        with scene.diary.fault("kill -9", f"leader of {topic}: broker {number}"):
            send_signal(server.pid, signal.SIGKILL)
            scene.diary.killed("broker")
            await gone(server.pid, 5.0)
            await asyncio.sleep(scene.outage_s)
            await ground.servers_back()
            await in_sync(ground)

    return fault


async def leader_of(ground: Ground, topic: str) -> int:
    """Return the id of the broker that leads the topic's first partition."""
    described = await _described(ground, [topic])
    leaders = {partition["partition"]: partition["leader"] for partition in described[0]["partitions"]}
    return int(leaders[0])


async def in_sync(ground: Ground) -> None:
    """Wait until every partition has all its copies again: only then may the next broker die."""
    async with asyncio.timeout(IN_SYNC_WITHIN_S):
        while any(
            len(partition["isr"]) < len(partition["replicas"])
            for topic in await _described(ground, None)
            for partition in topic["partitions"]
        ):
            await asyncio.sleep(0.2)


async def _described(ground: Ground, names: list[str] | None) -> list[dict[str, Any]]:
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=ground.bootstrap)
        try:
            await admin.start()
            described: list[dict[str, Any]] = await admin.describe_topics(names)
        except (KafkaError, OSError):
            await asyncio.sleep(0.3)
        else:
            return described
        finally:
            await admin.close()
