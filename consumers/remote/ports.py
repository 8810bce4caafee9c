"""What the poller needs from the world: tickets to follow, strangers to ask, and a way to say what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engines.remote_contract import Standing
from schemas.log import TicketEnded
from schemas.orders import DeferredTicket


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One record of `media.deferred`; without a ticket its task is forgotten."""

    partition: int
    task_id: str
    ticket: DeferredTicket | None


class Tickets(Protocol):
    """The partitions of `media.deferred` that the group gave to this process, each read from its beginning."""

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation of the assignment and its partitions."""

    async def poll(self, timeout_s: float) -> Sequence[TicketRecord]:
        """Return the next records, as soon as there are any, or none after the timeout."""

    def caught_up(self, partition: int) -> bool:
        """Whether all that stood on a partition when it was given has been polled."""


class Strangers(Protocol):
    """The engines that can ask strangers. Whatever a call raises says nothing of the work."""

    async def check(self, engine: str, ticket: str) -> Standing:
        """Ask how work stands, within a deadline."""

    async def cancel(self, engine: str, ticket: str) -> None:
        """Tell a stranger that nobody wants the work, within a deadline."""

    def checks_per_s(self, engine: str) -> float:
        """Return how often a second an engine may be asked, all its tickets together."""


class Words(Protocol):
    """How the poller is heard. Both return when the broker has it, and raise BusUnreachable when that is not known."""

    async def ended(self, event: TicketEnded) -> None:
        """Append what came of a ticket to the log."""

    async def forget(self, task_id: str, partition: int) -> None:
        """Take a ticket out of `media.deferred`: a stranger was told that nobody wants its work."""
