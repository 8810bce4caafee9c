"""What the coordinator needs from the world: a log to read, a fenced place to write, and a way to send."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from planning.job.commands import Dispatch, Notice, PublishFact, PublishProgress
from planning.partition.partition import LogEntry
from planning.partition.records import Checkpoint


@dataclass(slots=True)
class Restored:
    """What `media.state` holds of a partition.

    `next_offset` is None where the state is lost; `damaged` names the records that are not ours or not whole.
    """

    entries: dict[str, bytes]
    next_offset: int | None
    damaged: tuple[str, ...] = ()


class Log(Protocol):
    """The partitions of `media.log` that the group gave to this process."""

    def assignment(self) -> tuple[int, frozenset[int]]:
        """Return the generation of the assignment and its partitions; new ones are paused until `resume`."""

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[LogEntry]]:
        """Return the next events by partition, as soon as there are any, or nothing after the timeout."""

    def resume(self, partition: int, offset: int) -> None:
        """Read a partition from this offset on."""

    def pause(self, partition: int) -> None:
        """Stop reading a partition."""

    async def bounds(self, partition: int) -> tuple[int, int]:
        """Return the first offset that the log still has, and the one after its last."""

    def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
        """Yield all events of a partition up to its end at the time of the call, a few at a time."""


class StateStore(Protocol):
    """The only writer of one partition's state and public facts. Errors end it: a new one must be opened."""

    async def restore(self) -> Restored:
        """Return the partition's state, after every older writer is fenced.

        Raises:
            StateIsNewer: a newer version wrote it.
        """

    async def published_ids(self) -> set[str]:
        """Return the ids of the public facts that stand on this partition."""

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        """Write states (None removes one), how far they come (None leaves it) and facts: all of them or nothing."""

    async def close(self, committed: dict[str, bytes] | None = None) -> None:
        """Let go of the partition; with what was committed, the next owner here begins from that."""


class StateStores(Protocol):
    """Where state stores come from."""

    async def open(self, partition: int) -> StateStore:
        """Become the partition's only writer."""


class Outgoing(Protocol):
    """What may be sent twice without harm, at once and outside transactions."""

    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Notice], progress: Iterable[PublishProgress]
    ) -> None:
        """Send orders, stops and words about tickets until they are acknowledged; progress is sent and forgotten."""

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        """Append TimerFired for these (job_id, due_ms) to the log, until acknowledged."""
