"""What the coordinator needs from the world: a log to read, a fenced place to write, and a way to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from consumers.assembly.coordinator.partition import Logged
from planning.commands import Dispatch, Show, Stop, Tell


class Log(Protocol):
    """The partitions of `media.log` that the group gave to this process."""

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation of the assignment and its partitions; new ones are paused until `resume`."""

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[Logged]]:
        """Return the next events by partition, as soon as there are any, or nothing after the timeout."""

    def resume(self, partition: int, offset: int) -> None:
        """Read a partition from this offset on."""

    def pause(self, partition: int) -> None:
        """Stop reading a partition."""


class Ledger(Protocol):
    """The only writer of one partition's state and public facts. Errors end it: a new one must be opened."""

    async def restore(self) -> tuple[Mapping[str, bytes], int]:
        """Return the entries of `media.state` and the next log offset, after every older writer is fenced."""

    async def commit(self, states: Mapping[str, bytes], next_offset: int, facts: Sequence[Tell]) -> None:
        """Write states, offset and facts: all of them or nothing."""

    async def close(self) -> None:
        """Let go of the partition."""


class Ledgers(Protocol):
    """Where ledgers come from."""

    async def open(self, partition: int) -> Ledger:
        """Become the partition's only writer."""


class Outgoing(Protocol):
    """What may be sent twice without harm, at once and outside transactions."""

    async def send(self, orders: Sequence[Dispatch], stops: Sequence[Stop], shows: Iterable[Show]) -> None:
        """Send orders and stops until they are acknowledged; progress is sent and forgotten."""

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        """Append TimerFired for these (job_id, due_ms) to the log, until acknowledged."""
