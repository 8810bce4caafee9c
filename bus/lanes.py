"""How a group member reads several topics, the most urgent first, and shows life whatever it waits for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import ConsumerRecord, TopicPartition

from bus.circuit_breaker import CircuitBreakers
from bus.connections import WIDER_WITHIN_MS, build_consumer, forget, start_consumer, stop_consumer
from bus.paused_partitions import PausedPartitions
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers
from runtime.retry import MEMBER, Tries
from runtime.telemetry import get_logger

_log = get_logger("bus.lanes")

_POLL_S = 0.5
"""How long an idle poll waits; an order that comes, a free slot and a stop end it at once."""
_POLL_LONGEST_S = 40.0
"""A rebalance keeps a poll waiting, for 30 s at most; a poll that does not come back needs a new membership."""
_COMMIT_WITHIN_S = 5.0

_NOWHERE = TopicPartition("", 0)
"""A poll of this partition shows that we live, and takes no record."""


@dataclass(frozen=True)
class GroupTimings:
    """How the group notices the living and the dead.

    A member that was killed is missed after `session_timeout_ms`, and until then a group that somebody joins waits
    for it: hence the least that brokers allow (`group.min.session.timeout.ms`), which is also the length of a lease.
    `rebalance_timeout_ms` is explicit because aiokafka would take the session timeout for it;
    `max_poll_ms` only detects a stuck event loop, since nothing of ours waits long between two polls.
    """

    session_timeout_ms: int = 6_000
    heartbeat_ms: int = 1_000
    rebalance_timeout_ms: int = 30_000
    max_poll_ms: int = 600_000


class LaneReader:
    """A member of a consumer group that survives its connection: `reconnect` begins a new membership."""

    def __init__(
        self,
        bootstrap: Brokers,
        group: str,
        lanes: Sequence[str],
        timings: GroupTimings | None = None,
        *,
        build: Callable[..., AIOKafkaConsumer] = build_consumer,
    ) -> None:
        """`lanes` are topics, the most urgent first; `build` makes the client of each membership."""
        self.paused = PausedPartitions(CircuitBreakers(), fails=lambda _: False)
        self._bootstrap = bootstrap
        self._group = group
        self._lanes = list(lanes)
        self._timings = timings or GroupTimings()
        self._build = build
        self._consumer: AIOKafkaConsumer | None = None
        self._poll: asyncio.Task[dict[TopicPartition, list[ConsumerRecord]]] | None = None
        self._wake = asyncio.Event()
        self._polled_at = time.monotonic()

    @property
    def connected(self) -> bool:
        """Whether there is a membership at all; during a rebalance there is."""
        return self._consumer is not None

    @property
    def last_poll_age_s(self) -> float:
        """Seconds since the last poll came back, or a new membership was tried."""
        return time.monotonic() - self._polled_at

    @property
    def assignment(self) -> list[tuple[str, int]]:
        """The (topic, partition) pairs that this member owns now."""
        return sorted(self._consumer.assignment()) if self._consumer is not None else []

    def wake(self) -> None:
        """End the present wait: a slot is free, or we stop."""
        self._wake.set()

    async def connect(self) -> None:
        """Join the group.

        Raises:
            BusUnreachable: No broker answered in time, or a topic is missing.
        """
        timings = self._timings
        consumer = self._build(
            *self._lanes,
            bootstrap=self._bootstrap,
            group_id=self._group,
            auto_offset_reset="earliest",
            # The sticky assignor of aiokafka shares its memory between all consumers of a process (#1175).
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=timings.session_timeout_ms,
            heartbeat_interval_ms=timings.heartbeat_ms,
            rebalance_timeout_ms=timings.rebalance_timeout_ms,
            max_poll_interval_ms=timings.max_poll_ms,
            metadata_max_age_ms=WIDER_WITHIN_MS,
        )
        await start_consumer(consumer, self._bootstrap)
        self._consumer = consumer

    async def disconnect(self) -> None:
        """Leave the group, within a few seconds even when no broker answers."""
        consumer, self._consumer = self._consumer, None
        poll, self._poll = self._poll, None
        if poll is not None:
            poll.add_done_callback(forget)  # a stopped consumer ends it with an error
        if consumer is not None:
            await stop_consumer(consumer)
        if poll is not None:
            poll.cancel()
            await asyncio.wait([poll])

    async def reconnect(self) -> None:
        """Join again, however long the brokers are away."""
        await self.disconnect()
        tries = Tries(MEMBER, asyncio.get_running_loop().time)
        while self._consumer is None:
            self._polled_at = time.monotonic()
            await asyncio.sleep(tries.pause_s())
            try:
                await self.connect()
            except BusUnreachable as error:
                _log.warning("bus.unreachable", error=error.message)

    async def idle(self) -> None:
        """Wait a moment, or until `wake`, and show life; take nothing.

        Pausing the partitions would do as well, but it throws away what has been fetched already, and with it
        the choice between lanes when the next slot is free.
        """
        self._wake.clear()
        try:
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        # It may be an older poll that ends here, one that a rebalance had kept waiting: what it found is for later.
        self._put_back(await self._poll_once([_NOWHERE], 0.0, 1))

    async def poll(self, most: int) -> list[ConsumerRecord]:
        """Return at most `most` records of the most urgent lane that has any; none after a moment without."""
        for lane in self._lanes:
            if records := await self._poll_lane(lane, most):
                return records
        records = await self._poll_once((), _POLL_S, 1)
        return await self._more_urgent(records) or records

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Commit these offsets where the partition is still ours; a failure is harmless and only logged."""
        consumer = self._member()
        owned = consumer.assignment()
        kept = {place: offset for place, offset in offsets.items() if place in owned}
        if not kept:
            return
        try:
            async with asyncio.timeout(_COMMIT_WITHIN_S):
                await consumer.commit(kept)
        except (KafkaError, TimeoutError) as error:
            # A rebalance took the partition: its next owner reads the order again, and the claim refuses it.
            _log.info("bus.commit_skipped", group=self._group, error=type(error).__name__)

    def read_again(self, offsets: dict[TopicPartition, int]) -> None:
        """Go back to these offsets where the partition is still ours."""
        consumer = self._member()
        for place, offset in offsets.items():
            if place in consumer.assignment():
                consumer.seek(place, offset)

    def pause(self, place: TopicPartition, offset: int) -> None:
        """Take nothing from this partition while its breaker is open, then go on at this offset."""
        self.paused.hold(self._member(), place, offset)

    async def _poll_lane(self, lane: str, most: int) -> list[ConsumerRecord]:
        places = [place for place in self._member().assignment() if place.topic == lane]
        return await self._poll_once(places, 0.0, most) if places else []

    async def _more_urgent(self, records: list[ConsumerRecord]) -> list[ConsumerRecord]:
        """Return an order of a more urgent lane that came with `records`, which are then left for later."""
        if not records:
            return []
        for lane in self._lanes[: self._lanes.index(records[0].topic)]:
            if urgent := await self._poll_lane(lane, 1):
                self._put_back(records)
                return urgent
        return []

    def _put_back(self, records: list[ConsumerRecord]) -> None:
        """Leave records for later: each partition is read again from its first of them."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        self.read_again(first)

    async def _poll_once(
        self, places: Iterable[TopicPartition], timeout_s: float, most: int
    ) -> list[ConsumerRecord]:
        """Poll, or go on with a poll that was left waiting; return early when something else is due.

        A poll is never cancelled: aiokafka would count it as pending for ever and stop checking for life.

        Raises:
            KafkaError: it does not come back.
        """
        if self._poll is None:
            polling = self._member().getmany(*places, timeout_ms=int(timeout_s * 1000), max_records=most)
            self._poll = asyncio.create_task(polling)
        self._wake.clear()
        waking = asyncio.create_task(self._wake.wait())
        try:
            done, _ = await asyncio.wait(
                {self._poll, waking}, timeout=_POLL_LONGEST_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waking.cancel()
        if not done:
            raise KafkaTimeoutError
        self._polled_at = time.monotonic()
        if not self._poll.done():
            return []
        poll, self._poll = self._poll, None
        consumer = self._member()
        found = self.paused.sift(consumer, poll.result(), consumer.assignment())
        return [record for records in found.values() for record in records]

    def _member(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise KafkaError("not a member")
        return self._consumer
