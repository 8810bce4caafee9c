"""How engines of the family `remote` are asked: in a host for each, within a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from catalog.models import Model, model
from engines.host import asking
from engines.host.asking import Question
from engines.host.hosts import Hosts
from engines.remote_contract import CALL_WITHIN_S, CHECKS_PER_S, Standing
from runtime.errors import EngineUnavailable, TimedOut

R = TypeVar("R")


class HostStrangers:
    """The remote engines of the catalogue, each in a process that begins when it is first asked for and may die.

    A call that goes on for too long ends that process, and with it the calls beside it: they are asked again.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        row_of: Callable[[str], Model | None] = model,
        within_s: float = CALL_WITHIN_S + 1.0,
    ) -> None:
        self._hosts, self._row_of, self._within_s = hosts, row_of, within_s

    def checks_per_s(self, engine: str) -> float:
        """Return how often a second an engine may be asked."""
        return self._hosts.checks_per_s(engine) or CHECKS_PER_S

    async def check(self, engine: str, ticket: str) -> Standing:
        """Ask how work stands.

        Raises:
            EngineUnavailable: Nobody here can ask.
            TimedOut: It took too long.
            HandedBack, ReelbusError: It answered with something else, or its process ended.
        """
        return await self._ask(engine, asking.check(ticket))

    async def cancel(self, engine: str, ticket: str) -> None:
        """Tell a stranger that nobody wants the work.

        Raises:
            EngineUnavailable, TimedOut, HandedBack, ReelbusError: as `check`.
        """
        await self._ask(engine, asking.cancel(ticket))

    async def _ask(self, name: str, question: Question[R]) -> R:
        row = self._row_of(name)
        if row is None or row.family != "remote":
            raise EngineUnavailable(f"the catalogue of this poller has no remote engine {name}")
        try:
            async with asyncio.timeout(self._within_s):
                return await self._hosts.ask(row, question)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {self._within_s:.0f} s") from error
