"""Which engines run here, as workers say on `media.workers`: followed, or read once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from bus.cloudevents import Record, header
from bus.tail import Tail, read_topic
from catalog.fleet import read_pools
from planning.routing.announced import Announced
from planning.routing.availability import Fleet
from runtime.errors import BusUnreachable
from runtime.kafka_connection import Brokers
from runtime.retry import MEMBER, Tries
from runtime.settings import Settings
from runtime.telemetry import get_logger
from schemas.orders import WORKER_TYPE, WorkerAnnounced
from schemas.topics import topic

ANEW_EVERY_S = 1.0
"""What the words come to is found out at most so often."""

log = get_logger(__name__)


def take(announced: Announced, record: Record) -> None:
    """Take a word of a worker, or a tombstone that it left. What cannot be read says nothing."""
    worker_id = (record.key or b"").decode("utf-8", "replace")
    word = None
    if record.value is not None:
        if header(record.headers, "ce_type") != WORKER_TYPE:
            return
        try:
            word = WorkerAnnounced.model_validate_json(record.value)
        except ValidationError:
            return
    announced.heard(worker_id, word, record.timestamp)


async def read_announced(settings: Settings) -> Announced:
    """Return what workers have said up to now.

    Raises:
        BusUnreachable: no broker, or no such topic.
        FleetInvalid: the fleet file of the settings cannot be used.
    """
    announced = Announced(read_pools(settings.fleet))
    name = topic(settings.topic_prefix, "workers")
    async for records in read_topic(settings.kafka, name, isolation="read_uncommitted"):
        for record in records:
            take(announced, record)
    return announced


@dataclass(slots=True)
class FleetWatch:
    """What runs here, kept up to date by `follow`."""

    announced: Announced
    now_s: Callable[[], float] = time.time
    _fleet: Fleet | None = None
    _found_s: float = 0.0

    def fleet(self) -> Fleet:
        """Return which engines run here now."""
        now_s = self.now_s()
        if self._fleet is None or not 0.0 <= now_s - self._found_s < ANEW_EVERY_S:
            self._fleet, self._found_s = self.announced.fleet(int(now_s * 1000)), now_s
        return self._fleet

    async def follow(self, servers: Brokers, name: str) -> None:
        """Read what workers have said and go on to say, until cancelled; a broker that is away is waited for.

        Meanwhile what is declared counts.
        """
        tries = Tries(MEMBER)
        while True:
            try:
                async with Tail(
                    servers, [name], start="beginning", isolation="read_uncommitted", idle_wait_s=5.0
                ) as tail:
                    tries.succeeded()
                    async for record in tail:
                        take(self.announced, record)
            except BusUnreachable as error:
                log.warning("fleet.unknown", reason=error.message)
            await asyncio.sleep(tries.pause_s())
