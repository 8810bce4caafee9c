"""How long work orders have been waiting, and how far consumer groups are behind: what one scales by.

It is read from the broker, so it is known when no worker lives: what its group has not committed nobody has claimed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from bus.connections import build_consumer, open_admin, start_consumer, stop_consumer
from bus.group_offsets import offsets_of_group
from catalog.pools import DEFAULT_POOLS
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers
from runtime.metrics import GROUP_LAG, NODES_READY, OLDEST_UNCLAIMED, ORDERS_UNCLAIMED
from runtime.telemetry import get_logger
from schemas.topics import tasks_topics, topic

LOOK_EVERY_S = 10.0
_LOOK_WITHIN_S = 8.0
_FETCH_BYTES = 4096
"""A fetch gives at least one batch of each partition: more than its first record is not wanted."""

log = get_logger(__name__)


@dataclass(slots=True)
class Waiting:
    """What waits in one topic for one group; `oldest_s` is the age of its first record, by the record's time."""

    records: int = 0
    oldest_s: float = 0.0


@dataclass
class QueueWatch:
    """Looks at all queues of a system now and then, as long as this process is the one that shall.

    `mine` says so: the owner of one log partition, for one of several coordinators is enough.
    """

    bootstrap: Brokers
    prefix: str
    mine: Callable[[], bool]
    ready: Callable[[], Mapping[str, int]] = dict
    """How many nodes of the partitions of this process are ready and wait for a slot, by pool: each process says its own."""
    now_s: Callable[[], float] = time.time
    pools: tuple[str, ...] = DEFAULT_POOLS.names
    _admin: AIOKafkaAdminClient | None = None
    _reader: AIOKafkaConsumer | None = None
    _shown: bool = False
    _groups: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._groups = {pool: list(tasks_topics(self.prefix, pool)) for pool in sorted(self.pools)}
        self._groups |= {"intake": [topic(self.prefix, "requests")], "names": [topic(self.prefix, "jobs")]}

    async def run(self) -> None:
        """Keep the gauges true until cancelled; without a broker they are empty, and nobody is disturbed."""
        try:
            while True:
                for pool, count in self.ready().items():
                    NODES_READY.labels(pool).set(count)
                if self.mine():
                    await self._try()
                elif self._shown:
                    self._forget()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            NODES_READY.clear()
            self._forget()
            await self._close()

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S):
                found = await self.look()
        except (KafkaError, BusUnreachable, TimeoutError, OSError) as error:
            log.info("queues.unknown", error=type(error).__name__)
            self._forget()
            await self._close()
        else:
            self._show(found)

    async def look(self) -> Mapping[tuple[str, str], Waiting]:
        """Return what waits, by group (its last word) and topic.

        Raises:
            BusUnreachable: no broker answered; also KafkaError.
        """
        admin, reader = await self._clients()
        described = {entry["topic"]: entry for entry in await admin.describe_topics()}
        # Lanes become wider than they began; one that is not there has nothing waiting.
        sizes = {name: len(entry["partitions"]) for name, entry in described.items()}
        places = [
            TopicPartition(name, number)
            for names in self._groups.values()
            for name in names
            for number in range(sizes.get(name, 0))
        ]
        ends = await reader.end_offsets(places)
        firsts = await reader.beginning_offsets(places)
        found = {(group, name): Waiting() for group, names in self._groups.items() for name in names}
        behind: dict[TopicPartition, tuple[str, int]] = {}
        for group, names in self._groups.items():
            committed = await offsets_of_group(admin, f"{self.prefix}-{group}")
            for place in (place for place in places if place.topic in names):
                known = committed.get(place)
                at = max(known.offset if known is not None else 0, firsts[place])
                if at < ends[place]:
                    behind[place] = (group, at)
                    found[group, place.topic].records += ends[place] - at
        for place, at_ms in (await self._first_times(reader, behind)).items():
            waiting = found[behind[place][0], place.topic]
            waiting.oldest_s = max(waiting.oldest_s, self.now_s() - at_ms / 1000)
        return found

    async def _first_times(
        self, reader: AIOKafkaConsumer, behind: Mapping[TopicPartition, tuple[str, int]]
    ) -> dict[TopicPartition, int]:
        """Return when the broker took the first waiting record of each partition."""
        times: dict[TopicPartition, int] = {}
        if not behind:
            return times
        reader.assign(list(behind))
        try:
            for place, (_, at) in behind.items():
                reader.seek(place, at)
            while missing := behind.keys() - times.keys():
                for place, records in (await reader.getmany(*missing, timeout_ms=1000)).items():
                    times[place] = records[0].timestamp
                    reader.pause(place)
        finally:
            reader.unsubscribe()
        return times

    async def _clients(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._admin is None:
            self._admin = await open_admin(self.bootstrap)
        if self._reader is None:
            reader = build_consumer(
                bootstrap=self.bootstrap,
                isolation_level="read_uncommitted",
                max_partition_fetch_bytes=_FETCH_BYTES,
                fetch_max_wait_ms=200,
            )
            await start_consumer(reader, self.bootstrap)
            self._reader = reader
        return self._admin, self._reader

    async def _close(self) -> None:
        admin, self._admin = self._admin, None
        reader, self._reader = self._reader, None
        if admin is not None:
            await admin.close()
        if reader is not None:
            await stop_consumer(reader)

    def _show(self, found: Mapping[tuple[str, str], Waiting]) -> None:
        self._shown = True
        lags = dict.fromkeys(self._groups, 0)
        for (group, name), waiting in found.items():
            lags[group] += waiting.records
            if group in self.pools:
                lane = name.rpartition(".")[2]
                ORDERS_UNCLAIMED.labels(group, lane).set(waiting.records)
                OLDEST_UNCLAIMED.labels(group, lane).set(round(max(waiting.oldest_s, 0.0), 3))
        for group, lag in lags.items():
            GROUP_LAG.labels(group).set(lag)

    def _forget(self) -> None:
        """Say nothing rather than what may be wrong, or is another process's to say."""
        self._shown = False
        for gauge in (ORDERS_UNCLAIMED, OLDEST_UNCLAIMED, GROUP_LAG):
            gauge.clear()
