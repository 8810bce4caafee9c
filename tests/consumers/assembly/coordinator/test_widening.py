"""Lanes become as wide as their pool has workers, and one coordinator of several sees to it."""

from __future__ import annotations

import pytest

from bus.admin import TopicsRefused, apply, widths_of
from consumers.assembly.coordinator.widening import Widening
from planning.placement.fleet import Fleet
from runtime.errors import BusUnreachable
from runtime.settings import Settings
from schemas.choices import LANES
from schemas.orders import WorkerAnnounced
from schemas.topics import tasks_topics, topics

NOBODY = "127.0.0.1:1"


def crowd(count: int, pool: str = "image") -> Fleet:
    """A fleet in which so many workers of a pool live."""
    fleet = Fleet()
    for number in range(count):
        word = WorkerAnnounced(
            worker_id=f"w{number}", modality="image", slots=1, free=1, draining=False, pool=pool
        )
        fleet.heard(word.worker_id, word, 1000.0)
    return fleet


def widening(settings: Settings, fleet: Fleet, *, servers: object = None) -> Widening:
    return Widening(
        servers or settings.kafka,  # type: ignore[arg-type]
        settings.topic_prefix,
        fleet,
        lambda: True,
        lambda: 1000.0,
    )


@pytest.mark.stack
async def test_every_lane_of_a_crowded_pool_gets_a_partition_for_each_worker(settings: Settings) -> None:
    prefix = settings.topic_prefix
    names = tasks_topics(prefix, "image")
    await apply(settings.kafka, [spec for spec in topics(prefix) if spec.name in names])
    before = await widths_of(settings.kafka, names)
    count = max(before.values()) + 2
    done = await widening(settings, crowd(count)).look()
    assert len(done) == len(LANES)
    assert all(sentence.startswith("widened ") for sentence in done)
    widths = await widths_of(settings.kafka, names)
    assert all(count <= width for width in widths.values())
    # What is wide enough is left alone, and becomes no narrower when they have gone.
    assert await widening(settings, crowd(count)).look() == []
    assert await widening(settings, crowd(1)).look() == []
    assert await widths_of(settings.kafka, names) == widths


@pytest.mark.stack
async def test_a_pool_whose_topics_are_not_there_is_passed_over(settings: Settings) -> None:
    try:
        assert await widening(settings, crowd(9, pool="unheard-of")).look() == []
    except TopicsRefused:
        pytest.fail("it asked for a topic that is not there")


async def test_a_small_pool_asks_no_broker_and_a_crowd_hears_that_there_is_none() -> None:
    settings = Settings()
    assert await widening(settings, crowd(4), servers=NOBODY).look() == []
    with pytest.raises(BusUnreachable):
        await widening(settings, crowd(5), servers=NOBODY).look()
