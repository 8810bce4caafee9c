"""A coordinator follows what workers announce: the newest word counts, old words have their age, and nothing else is heard."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bus.admin import apply
from bus.publisher import Publisher
from consumers.assembly.coordinator.announcements import Announcements
from planning.placement.fleet import TRUSTED_S, Fleet
from runtime.settings import Settings
from schemas.orders import WORKER_TYPE, WorkerAnnounced
from schemas.topics import topic, topics
from worker.events import TaskEvents

NOBODY = "127.0.0.1:1"


def word(worker_id: str, slots: int = 2, number: int = 0) -> WorkerAnnounced:
    return WorkerAnnounced(
        worker_id=worker_id,
        modality="image",
        slots=slots,
        free=slots,
        draining=False,
        pool="image",
        partitions={"batch": (number,), "interactive": (number,), "replay": (number,)},
    )


def record(value: bytes | None, *, key: bytes = b"w1", kind: str = WORKER_TYPE, age_s: float = 0.0) -> Any:
    headers = [("ce_type", kind.encode())]
    at_ms = int((time.time() - age_s) * 1000)
    return SimpleNamespace(key=key, value=value, headers=headers, timestamp=at_ms)


@contextlib.asynccontextmanager
async def following(announcements: Announcements) -> AsyncIterator[None]:
    task = asyncio.create_task(announcements.follow())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30.0):
        while not true():  # noqa: ASYNC110  # what another task has read gives no event
            await asyncio.sleep(0.05)


@pytest.mark.stack
async def test_words_of_before_and_of_now_are_heard_and_a_farewell_too(settings: Settings) -> None:
    prefix, fleet = settings.topic_prefix, Fleet()
    name = topic(prefix, "workers")
    await apply(settings.kafka, [replace(s, partitions=1) for s in topics(prefix) if s.name == name])

    def slots() -> int:
        return fleet.pool("image", time.monotonic()).slots

    async with Publisher(settings.kafka, source="/test") as publisher:
        before, now = (TaskEvents(publisher, prefix, who, 6.0) for who in ("w1", "w2"))
        await before.announced(word("w1"))
        await publisher.publish(name, "w3", WORKER_TYPE, b"{}", id="broken")
        async with following(Announcements(settings.kafka, prefix, fleet)):
            await until(lambda: slots() == 2)
            await now.announced(word("w2", slots=3, number=1))
            await until(lambda: slots() == 5)
            await before.gone()
            await until(lambda: slots() == 3)


def test_what_was_said_before_this_process_began_is_as_old_as_its_record() -> None:
    fleet, clock = Fleet(), [1000.0]
    announcements = Announcements(NOBODY, "media", fleet, lambda: clock[0])
    value = word("w1").to_bytes()
    announcements.take(record(value, age_s=TRUSTED_S - 30), old=True)
    assert fleet.pool("image", clock[0]).slots == 2
    clock[0] += 40
    assert fleet.pool("image", clock[0]).slots == 0
    # What comes while it follows is new, whatever another machine's clock says.
    announcements.take(record(value, age_s=3600), old=False)
    assert fleet.pool("image", clock[0]).slots == 2


@pytest.mark.parametrize(
    "other",
    [
        record(b"{"),
        record(b'{"worker_id": 7}'),
        record(word("w1").to_bytes(), kind="media.something.v1"),
        record(None, key=b"\xff\xfe"),
    ],
    ids=["no JSON", "another shape", "another type", "a farewell of nobody"],
)
def test_what_is_no_word_of_a_worker_changes_nothing(other: Any) -> None:
    fleet = Fleet()
    announcements = Announcements(NOBODY, "media", fleet, lambda: 1000.0)
    announcements.take(record(word("w1").to_bytes()), old=False)
    announcements.take(other, old=False)
    assert fleet.pool("image", 1000.0).slots == 2


async def test_without_a_broker_it_goes_on_trying() -> None:
    async with following(Announcements(NOBODY, "media", Fleet())):
        await asyncio.sleep(0.3)  # the time in which it would end
