"""How a worker obeys an operator who wants an engine loaded before there is work for it, or unloaded."""

from __future__ import annotations

import asyncio

from catalog.models import Model
from engines.host.hosts import Hosts
from runtime.errors import ReelbusError
from runtime.telemetry import get_logger
from schemas.orders import EngineWanted
from worker.context import WorkerContext

log = get_logger(__name__)

MOST_AT_ONCE = 16
"""So many wishes are carried out at the same time; what comes beyond is passed over, and can be said again."""


class WantedEngines:
    """Carries out the wishes for engines of one worker; those that it does not offer are no matter of its."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._under_way: set[asyncio.Task[None]] = set()

    def heard(self, wish: EngineWanted) -> None:
        """Begin to carry a wish out."""
        hosts, row = self._context.hosts, self._context.find(wish.engine)
        mine = row is not None and row.name in self._context.offering.loadable and row.runs_in != "thread"
        if hosts is None or row is None or not mine or len(self._under_way) >= MOST_AT_ONCE:
            return
        working = asyncio.create_task(_carry_out(wish, row, hosts))
        self._under_way.add(working)
        working.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for working in self._under_way:
            working.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)


async def _carry_out(wish: EngineWanted, row: Model, hosts: Hosts) -> None:
    try:
        if wish.loaded:
            await hosts.ready(row)
        else:
            await hosts.leave(row.name)
    except ReelbusError as error:
        log.warning("engine.not_as_wanted", engine=row.name, loaded=wish.loaded, reason=error.message)
