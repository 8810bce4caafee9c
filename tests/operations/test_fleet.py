"""Words of workers are taken from the bus as they are, and what cannot be read says nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bus.admin import apply
from bus.publisher import Publisher
from operations.fleet import FleetWatch, read_announced
from planning.routing.announced import Announced
from runtime.settings import Settings
from schemas.orders import WORKER_TYPE, WorkerAnnounced
from schemas.topics import topic, topics
from worker.events import TaskEvents


def word(worker_id: str, **more: object) -> WorkerAnnounced:
    base = WorkerAnnounced(
        worker_id=worker_id, modality="image", slots=1, free=1, draining=False, pool="image"
    )
    return base.model_copy(update=more)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30.0):
        while not true():  # noqa: ASYNC110  # what another task has read gives no event
            await asyncio.sleep(0.05)


async def test_intake_follows_what_workers_say_and_a_command_reads_the_same(settings: Settings) -> None:
    prefix = settings.topic_prefix
    name = topic(prefix, "workers")
    await apply(settings.kafka, [replace(s, partitions=1) for s in topics(prefix) if s.name == name])
    watch = FleetWatch(Announced())
    assert watch.fleet().runs("draft-scene")
    following = asyncio.create_task(watch.follow(settings.kafka, name))

    def offering() -> tuple[str, ...]:
        return watch.announced.offering("draft-scene", int(time.time() * 1000))

    async with Publisher(settings.kafka) as publisher:
        await publisher.publish(name, "w0", WORKER_TYPE, b"{}", id="broken")
        one, two = (TaskEvents(publisher, prefix, who, 6.0) for who in ("w1", "w2"))
        await one.announced(word("w1", loadable=("draft-scene",)))
        await two.announced(word("w2", missing={"draft-scene": "without PIL"}))
        await until(lambda: offering() == ("w1",))
        here = await read_announced(settings)
        assert here.offering("draft-scene", int(time.time() * 1000)) == ("w1",)
        await one.gone()
        await until(lambda: offering() == ())
        assert watch.fleet().runs("draft-scene")  # it may come back
        here = await read_announced(settings)
        assert here.fleet(int(time.time() * 1000)).runs("draft-scene")
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following


@pytest.mark.timeout(60)
async def test_a_broker_that_is_away_hinders_nobody() -> None:
    watch = FleetWatch(Announced())
    following = asyncio.create_task(watch.follow("127.0.0.1:9", "media.workers"))
    await asyncio.sleep(0)
    assert watch.fleet().runs("draft-scene")
    following.cancel()
    await asyncio.wait([following])
    assert following.cancelled()
