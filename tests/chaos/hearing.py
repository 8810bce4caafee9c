"""What a stranger hears on the public topics: committed records only, through every outage."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

TERMINAL = frozenset(f"media.job.{end}.v1" for end in ("succeeded", "failed", "cancelled"))
ACCEPTED, REJECTED = "media.job.accepted.v1", "media.job.rejected.v1"
PARTITIONS = 4
QUIET_S = 3.0


@dataclass(frozen=True)
class Heard:
    """One event with its place in the topic."""

    partition: int
    offset: int
    type: str
    id: str
    data: dict[str, Any]

    @property
    def ends(self) -> bool:
        """Whether it ends a run."""
        return self.type in TERMINAL


@dataclass
class Hearing:
    """Follows one topic from its beginning and tells `hear` of each event, in the order of its partition."""

    bootstrap: str
    topic: str
    hear: Callable[[Heard], None]
    events: list[Heard] = field(default_factory=list)
    longest_silence_s: float = 0.0
    _next: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PARTITIONS), 0))
    heard_at: float = field(default_factory=time.monotonic)

    async def follow(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError):
                await asyncio.sleep(0.5)

    async def to_end(self) -> list[Heard]:
        """Listen until nothing more comes for some seconds, and return everything."""
        listening = asyncio.create_task(self.follow())
        count = -1
        while count != len(self.events):
            count = len(self.events)
            await asyncio.sleep(QUIET_S)
        listening.cancel()
        await asyncio.wait([listening])
        return self.events

    async def anything_after(self, moment: float, within_s: float) -> float | None:
        """Wait for the first event after a moment of the monotonic clock; returns the seconds between, None if late."""
        while self.heard_at <= moment:
            if time.monotonic() - moment > within_s:
                return None
            await asyncio.sleep(0.05)
        return self.heard_at - moment

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", enable_auto_commit=False
        )
        try:
            await consumer.start()
            places = {TopicPartition(self.topic, number): offset for number, offset in self._next.items()}
            consumer.assign(list(places))
            for place, offset in places.items():
                consumer.seek(place, offset)
            while True:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        self._take(record)
        finally:
            await consumer.stop()

    def _take(self, record: ConsumerRecord) -> None:
        now = time.monotonic()
        self.longest_silence_s = max(self.longest_silence_s, now - self.heard_at)
        self.heard_at = now
        self._next[record.partition] = record.offset + 1
        headers = {name: value.decode() for name, value in record.headers}
        heard = Heard(
            record.partition, record.offset, headers["ce_type"], headers["ce_id"], json.loads(record.value)
        )
        self.events.append(heard)
        self.hear(heard)
