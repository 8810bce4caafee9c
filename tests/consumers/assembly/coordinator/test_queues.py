"""How long orders wait is known from the broker alone, also when no worker ever lived."""

from __future__ import annotations

import time
from dataclasses import replace

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from prometheus_client import REGISTRY

from bus.admin import apply
from bus.publisher import Publisher
from consumers.assembly.coordinator.queues import QueueWatch
from runtime.settings import Settings
from schemas.topics import topic, topics


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def claim(settings: Settings, group: str, place: TopicPartition, offset: int) -> None:
    """Commit as a worker of that group does when it has claimed everything before this offset."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.commit({place: OffsetAndMetadata(offset, "")})
    finally:
        await consumer.stop()


async def test_orders_that_nobody_takes_are_counted_with_the_age_of_the_oldest(settings: Settings) -> None:
    prefix = settings.topic_prefix
    await apply(settings.bootstrap_servers, [replace(spec) for spec in topics(prefix)])
    lane = topic(prefix, "tasks", "image", "interactive")
    async with Publisher(settings.bootstrap_servers) as publisher:
        for number in range(3):
            await publisher.publish(lane, "k", "t", b"{}", id=str(number), partition=number % 2)
        await publisher.publish(topic(prefix, "requests"), "k", "t", b"{}", id="r")
    mine = True
    watch = QueueWatch(settings.bootstrap_servers, prefix, lambda: mine, now_s=lambda: time.time() + 100.0)
    try:
        found = await watch.look()
        waiting = found["image", lane]
        assert waiting.records == 3
        assert 100.0 <= waiting.oldest_s < 160.0
        assert found["intake", topic(prefix, "requests")].records == 1
        assert sum(each.records for each in found.values()) == 4

        await claim(settings, f"{prefix}-image", TopicPartition(lane, 0), 2)
        again = (await watch.look())["image", lane]
        assert (again.records, again.oldest_s > 0) == (1, True)
        await claim(settings, f"{prefix}-image", TopicPartition(lane, 1), 1)
        none = (await watch.look())["image", lane]
        assert (none.records, none.oldest_s) == (0, 0.0)
    finally:
        await watch._close()


async def test_the_gauges_say_it_by_modality_and_lane_and_nothing_when_another_process_shall(
    settings: Settings,
) -> None:
    watch = QueueWatch(settings.bootstrap_servers, settings.topic_prefix, lambda: True)
    try:
        await watch._try()
        labels = {"modality": "audio", "lane": "batch"}
        assert value("reelbus_orders_unclaimed", **labels) == 0.0
        assert value("reelbus_oldest_unclaimed_order_seconds", **labels) == 0.0
        assert value("reelbus_group_lag_records", group="intake") == 1.0
        assert value("reelbus_group_lag_records", group="audio") == 0.0
    finally:
        watch._forget()
        await watch._close()
    assert value("reelbus_orders_unclaimed", **labels) is None


async def test_without_a_broker_the_gauges_are_empty_and_nothing_is_raised() -> None:
    watch = QueueWatch("127.0.0.1:9", "media", lambda: True)
    await watch._try()
    assert value("reelbus_group_lag_records", group="intake") is None
