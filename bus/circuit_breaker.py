"""A circuit breaker for each partition: it opens when most of its newest records fail by our own fault.

What strangers write never counts. What counts is a handler that breaks, and an internal record that another
version of ours wrote and this one does not understand: after a bad deployment every record would be such, and
one by one all of them would leave the topic for the dead letters.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

from aiokafka.structs import TopicPartition

from bus.cloudevents import Record, header
from bus.unreadable import DlqReason, Unreadable
from runtime.metrics import BRAKES
from runtime.telemetry import get_logger

R = TypeVar("R", bound=Record)

WINDOW = 64
"""The newest records of a partition that are looked at."""
LEAST = 16
"""Fewer failures than this never open a breaker."""
PROBE = 16
"""Half open: so many records are tried after a pause, at most."""
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 3600.0
"""How long a partition is paused in all before failures are given up again, a few after each pause."""

_OTHER_VERSIONS = {DlqReason.UNKNOWN_TYPE, DlqReason.INVALID_MESSAGE, DlqReason.UNSUPPORTED_SPECVERSION}
"""What a newer version's record looks like to an older reader. None of ours ever writes what is no JSON."""

_log = get_logger("bus.circuit_breaker")


@dataclass
class CircuitBreaker:
    """The circuit breaker of one partition: note each record of a batch, then settle.

    Open, it wants the partition paused. After each pause, twice as long as the one before, it is half open: a few
    records are tried, and when at most half of them fail it closes. It does so too when its patience is at an end,
    for as many failures as were tried: so a stretch that nobody will ever read passes slowly, and not at once.
    """

    patience_s: float = PATIENCE_S
    first_pause_s: float = FIRST_PAUSE_S
    until_s: float | None = None
    """When the present pause ends; None while the breaker is closed."""
    failed: int = 0
    """How many of the last `seen` records have failed."""
    seen: int = 0
    _window: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _probe: list[bool] = field(default_factory=list)
    _opens: bool = False
    _since_s: float | None = None
    _pause_s: float = 0.0
    _forgiven: int = 0

    @property
    def open(self) -> bool:
        """Whether nothing may be given up."""
        return self.until_s is not None

    def note(self, *, failed: bool) -> bool:
        """Count one record; return whether it is certain by now that the breaker opens with this batch."""
        if self.open:
            self._probe.append(failed)
            return self._opens
        if failed and self._forgiven:  # it was tried before the breaker closed
            self._forgiven -= 1
            return False
        self._window.append(failed)
        self._opens = self._opens or (
            sum(self._window) >= LEAST and 2 * sum(self._window) > len(self._window)
        )
        return self._opens

    def settle(self, now_s: float) -> bool:
        """End a batch: return whether its failures may be given up, or have to wait."""
        if self.open:
            self._settle_probe(now_s)
        elif self._opens:
            self._trip(now_s)
        elif len(self._window) == WINDOW:
            self._since_s = None
        self._opens = False
        return not self.open

    def _trip(self, now_s: float) -> None:
        self.failed, self.seen = sum(self._window), len(self._window)
        self._window.clear()
        if self._since_s is None:
            self._since_s, self._pause_s = now_s, self.first_pause_s
        self.until_s = now_s + self._pause_s

    def _settle_probe(self, now_s: float) -> None:
        probe, self._probe = self._probe, []
        if not probe:  # nothing was there to try
            self.until_s = now_s + self._pause_s
            return
        good = 2 * sum(probe) <= len(probe)
        if good:
            self._since_s = None
        if good or (self._since_s is not None and now_s - self._since_s >= self.patience_s):
            self.until_s, self._forgiven = None, sum(probe)
            return
        self.failed, self.seen = sum(probe), len(probe)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self.until_s = now_s + self._pause_s


class CircuitBreakers:
    """The circuit breakers of one reader, by partition. It logs and counts when one opens and when it closes."""

    def __init__(
        self,
        *,
        patience_s: float = PATIENCE_S,
        first_pause_s: float = FIRST_PAUSE_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without patience (0.0) none of them ever opens."""
        self._patience_s = patience_s
        self._first_pause_s = first_pause_s
        self._clock_s = clock_s
        self._breakers: dict[TopicPartition, CircuitBreaker] = {}

    def is_open(self, place: TopicPartition) -> bool:
        """Whether the partition is paused."""
        breaker = self._breakers.get(place)
        return breaker is not None and breaker.open

    def pause_s(self, place: TopicPartition) -> float:
        """Return how long the partition stays paused from now on; 0.0 when it may be read or tried."""
        breaker = self._breakers.get(place)
        return (
            0.0 if breaker is None or breaker.until_s is None else max(0.0, breaker.until_s - self._clock_s())
        )

    def note(self, place: TopicPartition, *, failed: bool) -> bool:
        """Count one record; return whether it is certain by now that its partition will be paused."""
        if not self._patience_s:
            return False
        if place not in self._breakers:
            self._breakers[place] = CircuitBreaker(self._patience_s, self._first_pause_s)
        return self._breakers[place].note(failed=failed)

    def settle(self, place: TopicPartition) -> bool:
        """End a batch of a partition: return whether its failures may be given up, or have to wait."""
        breaker = self._breakers.get(place)
        if breaker is None:
            return True
        before = breaker.open
        may_go = breaker.settle(self._clock_s())
        if breaker.open != before:
            self._tell(place, breaker)
        return may_go

    def retain(self, places: Collection[TopicPartition]) -> None:
        """Forget the partitions that are another reader's now."""
        for place in self._breakers.keys() - set(places):
            if self._breakers.pop(place).open:
                BRAKES.labels(place[0], str(place[1])).set(0)

    def reasons(self) -> list[str]:
        """Return, for each paused partition, a sentence that says so."""
        return [
            f"{topic}/{partition} is paused: {breaker.failed} of its last {breaker.seen} records failed by our own fault"
            for (topic, partition), breaker in sorted(self._breakers.items())
            if breaker.open
        ]

    def _tell(self, place: TopicPartition, breaker: CircuitBreaker) -> None:
        topic, partition = place
        BRAKES.labels(topic, str(partition)).set(breaker.open)
        if breaker.open:
            _log.error(
                "brake.engaged", topic=topic, partition=partition, failed=breaker.failed, seen=breaker.seen
            )
        else:
            _log.warning("brake.released", topic=topic, partition=partition)


def of_another_version(record: Record, reason: DlqReason) -> bool:
    """Whether one of our processes wrote this internal record, and only this version cannot read it."""
    source = header(record.headers, "ce_source") or ""
    return reason in _OTHER_VERSIONS and source.startswith("/reelbus/")


def is_of_another_version(record: R, read: Callable[[R], object]) -> bool:
    """Whether `read` cannot read the record, and one of us wrote it."""
    try:
        read(record)
    except Unreadable as error:
        return of_another_version(record, error.reason)
    return False
