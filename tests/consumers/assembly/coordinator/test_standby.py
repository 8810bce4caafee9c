"""Reading a state takes as long as it is large; only a reading that stands still is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from consumers.assembly.coordinator.standby import Standby
from planning.partition.records import OBEYED, pack_note
from runtime.errors import BusUnreachable

RECORDS, EACH_S = 20, 0.05
PLACE = TopicPartition("media.state", 0)


class Slow:
    """As much of a consumer as a standby needs: it gives one record at a time, up to where it gets stuck."""

    def __init__(self, stuck_at: int) -> None:
        self.stuck_at = stuck_at
        self._position = 0
        self._closed = True
        self._fetcher = None
        cluster = SimpleNamespace(brokers=lambda: {"it": "is there"})
        self._client = SimpleNamespace(
            fetch_all_metadata=self._metadata, close=self.stop, cluster=cluster, _conns={}
        )

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Close."""

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, RECORDS)

    async def position(self, place: TopicPartition) -> int:
        return self._position

    async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(EACH_S)
        if self._position == self.stuck_at:
            return {}
        offset, self._position = self._position, self._position + 1
        key, value = f"{OBEYED}{offset}".encode(), pack_note(0)
        return {PLACE: [SimpleNamespace(offset=offset, key=key, value=value, headers=())]}

    def assign(self, places: list[TopicPartition]) -> None:
        """Read this one."""

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._position = offset

    def pause(self, place: TopicPartition) -> None:
        """Read no more."""

    async def _metadata(self) -> Any:
        return SimpleNamespace(partitions_for_topic=lambda _: {0})


@asynccontextmanager
async def following(consumer: Slow) -> AsyncIterator[Standby]:
    standby = Standby("", "media", 1, build=lambda **_: consumer)
    task = asyncio.create_task(standby.follow())
    try:
        yield standby
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_reading_that_goes_on_may_take_longer_than_the_patience() -> None:
    async with following(Slow(stuck_at=RECORDS)) as standby, asyncio.timeout(60):
        replica = await standby.take(0, RECORDS * EACH_S / 2)
    assert len(replica.entries) == RECORDS


async def test_a_reading_that_stands_still_is_given_up_and_what_was_read_is_kept() -> None:
    consumer = Slow(stuck_at=3)
    async with following(consumer) as standby, asyncio.timeout(60):
        with pytest.raises(BusUnreachable):
            await standby.take(0, 0.5)
        consumer.stuck_at = RECORDS
        assert len((await standby.take(0, 30.0)).entries) == RECORDS
