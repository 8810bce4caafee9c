"""What becomes of the records of one batch: they pass, they are given up, or their partition is paused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from bus.circuit_breaker import CircuitBreakers, of_another_version
from bus.cloudevents import Record
from bus.unreadable import DlqReason, Unreadable


@dataclass(frozen=True)
class Failure:
    """A record that could not be handled, why, and whether that is our own fault."""

    record: Record
    reason: DlqReason
    detail: str
    ours: bool

    @property
    def place(self) -> TopicPartition:
        """Its partition."""
        return TopicPartition(self.record.topic, self.record.partition)


@dataclass(frozen=True)
class Settled:
    """The failures to give up now, and the paused partitions, each with the offset to read on from."""

    given_up: list[Failure]
    held: Mapping[TopicPartition, int]


class Batch:
    """Notes of each record what became of it; `settle` says what is to be done."""

    def __init__(self, breakers: CircuitBreakers) -> None:
        self._breakers = breakers
        self._places: dict[TopicPartition, None] = {}
        self._failures: list[Failure] = []
        self._certain: set[TopicPartition] = set()

    def passed(self, record: Record) -> None:
        """The record was read and handled."""
        self._note(record, failed=False)

    def unreadable(self, record: Record, error: Unreadable, *, internal: bool = True) -> None:
        """Nobody can read the record. On an `internal` topic that is our fault where one of us wrote it."""
        ours = internal and of_another_version(record, error.reason)
        self._failures.append(Failure(record, error.reason, error.detail, ours))
        self._note(record, failed=ours)

    def broken(self, record: Record, detail: str) -> None:
        """The record is readable, and made its handler fail again and again."""
        self._failures.append(Failure(record, DlqReason.HANDLER_FAILED, detail, ours=True))
        self._note(record, failed=True)

    def ended(self, record: Record, detail: str) -> None:
        """The record ended the processes that handled it; it was not tried again."""
        self._failures.append(Failure(record, DlqReason.CRASH_LOOP, detail, ours=True))
        self._note(record, failed=True)

    def will_pause(self, record: Record) -> bool:
        """Whether it is certain that the record's partition will be paused, so that trying it is in vain."""
        return (record.topic, record.partition) in self._certain

    def settle(self) -> Settled:
        """End the batch. In a paused partition nothing from its first failure of ours on is given up."""
        held: dict[TopicPartition, int] = {}
        for place in self._places:
            if not self._breakers.settle(place):
                held[place] = min(f.record.offset for f in self._failures if f.ours and f.place == place)
        given_up = [f for f in self._failures if f.place not in held or f.record.offset < held[f.place]]
        return Settled(given_up, held)

    def _note(self, record: Record, *, failed: bool) -> None:
        place = TopicPartition(record.topic, record.partition)
        self._places[place] = None
        if self._breakers.note(place, failed=failed):
            self._certain.add(place)
