"""How a coordinator hears what workers announce: it follows `media.workers` beside its loop, and delays nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from bus.cloudevents import header
from bus.tail import Tail, end_offsets
from planning.placement.fleet import Fleet
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers
from runtime.retry import MEMBER, Tries
from runtime.telemetry import get_logger
from schemas.orders import WORKER_TYPE, WorkerAnnounced
from schemas.topics import topic

log = get_logger(__name__)


class Announcements:
    """Tells a fleet the newest word of each worker, the words of before this process began with their age."""

    def __init__(
        self, bootstrap: Brokers, prefix: str, fleet: Fleet, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic(prefix, "workers")
        self._fleet = fleet
        self._clock_s = clock_s

    async def follow(self) -> None:
        """Follow until cancelled. Without a broker nothing is heard, and what was heard grows old."""
        tries = Tries(MEMBER)
        while True:
            try:
                ends = await end_offsets(self._bootstrap, self._topic, "read_uncommitted")
                async with Tail(
                    self._bootstrap,
                    [self._topic],
                    start="beginning",
                    isolation="read_uncommitted",
                    idle_wait_s=5.0,
                ) as tail:
                    tries.succeeded()
                    async for record in tail:
                        self.take(record, old=record.offset < ends.get(record.partition, 0))
            except BusUnreachable as error:
                log.info("coordinator.hears_no_worker", error=error.message)
                await asyncio.sleep(tries.pause_s())

    def take(self, record: ConsumerRecord, *, old: bool) -> None:
        """Take the next record; what is no announcement is passed over: nothing depends on it."""
        worker_id = (record.key or b"").decode("utf-8", "replace")
        age_s = max(time.time() - record.timestamp / 1000, 0.0) if old else 0.0
        if record.value is None:
            self._fleet.heard(worker_id, None, self._clock_s())
        elif header(record.headers, "ce_type") == WORKER_TYPE:
            try:
                word = WorkerAnnounced.model_validate_json(record.value)
            except ValidationError:
                return
            self._fleet.heard(worker_id, word, self._clock_s(), age_s=age_s)
