"""What the broker keeps of one partition number: the log, the state topic, the public facts, and who may write."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from consumers.assembly.coordinator.replica import FORGOTTEN, Replica
from planning.job.commands import PublishFact
from planning.partition.partition import LogEntry
from planning.partition.records import NEXT_OFFSET, Checkpoint, pack_offset, unpack_offset
from schemas.log import LogEvent
from tests.simulation.clock import VirtualLoop
from tests.simulation.plan import Luck

TRANSACTION_TIMEOUT_S = 15.0


class Fenced(ConnectionError):
    """A younger writer has taken the partition over."""


@dataclass(slots=True)
class Transaction:
    """Records that become visible together, or never."""

    epoch: int
    status: Literal["open", "committed", "aborted"] = "open"
    ended_ms: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the state topic."""

    offset: int
    key: str
    value: bytes | None
    transaction: Transaction

    def told_to(self, replica: Replica) -> None:
        """Give the record to a reader."""
        replica.take(self.key.encode(), self.value, FORGOTTEN if self.value is None else ())


class BrokerPartition:
    """Partition `number` of `media.log`, `media.state` and the public topics, which one writer covers."""

    def __init__(self, number: int, loop: VirtualLoop, luck: Luck, draw: random.Random) -> None:
        self.number = number
        self.epoch = 0
        self.log: list[LogEntry] = []
        self.end_offset = 0
        self.state: list[Record] = []
        self.state_end = 0
        self.losses = 0
        self.facts: list[tuple[PublishFact, Transaction]] = []
        self.open: Transaction | None = None
        self.committed_next = 0
        self._loop, self._luck, self._draw = loop, luck, draw
        self._last_ms = 0

    def append(self, event: LogEvent) -> None:
        """Put an event at the end of the log, with the broker's time."""
        if self._luck.bad("gap", 0.02):
            self.end_offset += self._draw.randint(1, 3)
        self._last_ms = max(self._last_ms, self._loop.now_ms)
        self.log.append(LogEntry(self.end_offset, self._last_ms, event))
        self.end_offset += 1
        if self._luck.bad("compaction", 0.03):
            self.compact()

    def read(self, offset: int, at_most: int) -> Sequence[LogEntry]:
        """The next events from an offset on."""
        log = self.log
        low, high = 0, len(log)
        while low < high:
            middle = (low + high) // 2
            if log[middle].offset < offset:
                low = middle + 1
            else:
                high = middle
        return log[low : low + at_most]

    @property
    def everything_applied(self) -> bool:
        """Whether the state is whole, and its offset has passed the last event."""
        if not self.log:
            return True
        return self.committed_next > self.log[-1].offset and (not self.losses or self._is_whole())

    def init_producer(self) -> int:
        """Fence every older writer, end what it left open, and return the new writer's epoch."""
        self.epoch += 1
        if self.open is not None:
            self._end(self.open, "aborted")
        return self.epoch

    def write(
        self,
        epoch: int,
        states: Mapping[str, bytes | None],
        checkpoint: Checkpoint | None,
        facts: Sequence[PublishFact],
    ) -> Transaction:
        """Write records into a new transaction; nobody sees them yet."""
        self._check(epoch)
        if self.open is not None:
            raise ConnectionError("a transaction of this writer is still open")
        transaction = self.open = Transaction(epoch)
        self.facts += [(tell, transaction) for tell in facts]
        offset = [] if checkpoint is None else [(NEXT_OFFSET, pack_offset(checkpoint))]
        for key, value in (*states.items(), *offset):
            self.state.append(Record(self.state_end, key, value, transaction))
            self.state_end += 1
        self._loop.after(TRANSACTION_TIMEOUT_S, self._time_out, transaction)
        return transaction

    def commit(self, transaction: Transaction) -> None:
        """Make a transaction visible."""
        self._check(transaction.epoch)
        if transaction.status != "open":
            raise ConnectionError(f"the transaction is {transaction.status}")
        self._end(transaction, "committed")

    def stable_offset(self) -> int:
        """Where read_committed readers of the state stop: before the first open transaction."""
        return next((r.offset for r in self.state if r.transaction.status == "open"), self.state_end)

    def committed(self, start: int, end: int) -> Iterator[Record]:
        """The committed records of the state between two offsets."""
        return (r for r in self.state if start <= r.offset < end and r.transaction.status == "committed")

    def compact(self) -> None:
        """Keep only the newest record of each key below the stable offset."""
        stable = self.stable_offset()
        newest = {record.key: record.offset for record in self.committed(0, stable)}
        self.state = [r for r in self.state if r.offset >= stable or newest.get(r.key) == r.offset]

    def told(self) -> list[PublishFact]:
        """What a read_committed reader of the public topics sees."""
        return [tell for tell, transaction in self.facts if transaction.status == "committed"]

    def told_ms(self) -> list[int]:
        """When each of those could be read first, in milliseconds since the epoch."""
        return [transaction.ended_ms for _, transaction in self.facts if transaction.status == "committed"]

    def entries(self) -> tuple[dict[str, bytes], int]:
        """The state as a read_committed reader folds it, and the next log offset."""
        replica = self._replica()
        return replica.entries, replica.checkpoint.next_offset if replica.checkpoint else 0

    def lose_state(self) -> None:
        """The state topic is gone and made anew; what its owner writes from now on is all that is in it."""
        self.state = [r for r in self.state if r.transaction.status == "open"]
        self.losses += 1
        self.committed_next = 0  # the schedule goes on until all of it was written anew

    def damage_state(self) -> None:
        """Somebody else writes a record under one of our keys."""
        keys = [r.key for r in self.state]
        if keys:
            key, value = self._draw.choice(keys), self._draw.choice((b"", b"[]", b"{", b"\x02" * 40))
            self.state.append(Record(self.state_end, key, value, Transaction(0, "committed")))
            self.state_end += 1
            self.committed_next = 0

    def _replica(self) -> Replica:
        replica = Replica()
        for record in self.committed(0, self.stable_offset()):
            record.told_to(replica)
        return replica

    def _is_whole(self) -> bool:
        replica = self._replica()
        return replica.checkpoint is not None and replica.checkpoint.entries == len(replica.entries)

    def _check(self, epoch: int) -> None:
        if epoch != self.epoch:
            raise Fenced(f"epoch {epoch} is older than {self.epoch}")

    def _end(self, transaction: Transaction, status: Literal["committed", "aborted"]) -> None:
        transaction.status, transaction.ended_ms = status, self._loop.now_ms
        if self.open is transaction:
            self.open = None
        if status == "committed":
            newest = [r for r in self.state if r.transaction is transaction and r.key == NEXT_OFFSET]
            if newest:
                value = newest[-1].value
                self.committed_next = 0 if value is None else unpack_offset(value).next_offset

    def _time_out(self, transaction: Transaction) -> None:
        if transaction.status == "open":
            # As Kafka does: the epoch rises, so the late writer cannot go on either.
            if self.epoch == transaction.epoch:
                self.epoch += 1
            self._end(transaction, "aborted")
