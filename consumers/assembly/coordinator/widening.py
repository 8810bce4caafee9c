"""How the lanes of a pool come to have a partition for each of its workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bus.admin import widen, widths_of
from planning.placement.fleet import Fleet
from runtime.errors import ReelbusError
from runtime.kafka_connection import Brokers
from runtime.telemetry import get_logger
from schemas.choices import LANES
from schemas.topics import topic

LOOK_EVERY_S = 5.0
_WITHIN_S = 30.0
_NARROWEST = 4
"""Fewer partitions no lane has (`schemas.topics`)."""

log = get_logger(__name__)


class Widening:
    """Adds partitions where more workers of a pool live than a lane has: those without one would never get an order.

    `mine` says whether this process is the one that shall: one of several coordinators is enough.
    """

    def __init__(
        self,
        bootstrap: Brokers,
        prefix: str,
        fleet: Fleet,
        mine: Callable[[], bool],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._fleet, self._mine, self._clock_s = fleet, mine, clock_s

    async def run(self) -> None:
        """Look now and then until cancelled. A broker that is away, or refuses it, disturbs nobody."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._mine():
                continue
            try:
                async with asyncio.timeout(_WITHIN_S):
                    await self.look()
            except (ReelbusError, TimeoutError) as error:
                log.warning("coordinator.lanes_not_widened", error=str(error) or type(error).__name__)

    async def look(self) -> list[str]:
        """Widen what is too narrow now, and return what was done, a sentence each.

        Raises:
            BusUnreachable: no broker answered, or it refuses us the right.
            TopicsRefused: it did not accept the change.
        """
        now_s = self._clock_s()
        # Until a pool has more workers than the narrowest lane has partitions there is nothing to ask a broker for.
        crowded = self._fleet.pools_above(_NARROWEST, now_s)
        if not crowded:
            return []
        lanes: list[tuple[str, str]] = [(pool, lane) for pool in crowded for lane in LANES]
        names = {topic(self._prefix, "tasks", *place): place for place in lanes}
        widths = {names[name]: width for name, width in (await widths_of(self._bootstrap, names)).items()}
        wanted = self._fleet.grown(now_s, widths)
        if not wanted:
            return []
        return await widen(
            self._bootstrap, {topic(self._prefix, "tasks", *lane): width for lane, width in wanted.items()}
        )
