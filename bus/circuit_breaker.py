"""When a reader stops giving records up: when most of a partition's newest records fail by our own fault.

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

from bus.cloudevents import Record, header
from bus.unreadable import DlqReason, Unreadable
from runtime.metrics import BRAKES
from runtime.telemetry import get_logger

R = TypeVar("R", bound=Record)

WINDOW = 64
"""The newest records of a partition that are looked at."""
LEAST = 16
"""Fewer failures than this never engage a brake."""
PROBE = 16
"""So many records are tried after a pause, at most."""
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 3600.0
"""How long a partition rests in all before failures are given up again, a few after each pause."""

Place = tuple[str, int]
"""Topic and partition."""

_OTHER_VERSIONS = {DlqReason.UNKNOWN_TYPE, DlqReason.INVALID_MESSAGE, DlqReason.UNSUPPORTED_SPECVERSION}
"""What a newer version's record looks like to an older reader. None of ours ever writes what is no JSON."""

_log = get_logger("bus.circuit_breaker")


@dataclass
class Brake:
    """The brake of one partition: note each record of a batch, then settle.

    Engaged, it wants the partition to rest. After each pause, twice as long as the one before, a few records
    are tried; when at most half of them fail it releases. It does so too when its patience is at an end, for
    as many failures as were tried: so a stretch that nobody will ever read passes slowly, and not at once.
    """

    patience_s: float = PATIENCE_S
    first_pause_s: float = FIRST_PAUSE_S
    until_s: float | None = None
    """When the present pause ends; None while the brake is released."""
    failed: int = 0
    """How many of the last `seen` records have failed."""
    seen: int = 0
    _window: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _probe: list[bool] = field(default_factory=list)
    _holds: bool = False
    _since_s: float | None = None
    _pause_s: float = 0.0
    _free: int = 0

    @property
    def engaged(self) -> bool:
        """Whether nothing may be given up."""
        return self.until_s is not None

    def note(self, *, failed: bool) -> bool:
        """Count one record; return whether it is certain by now that the brake will hold this batch."""
        if self.engaged:
            self._probe.append(failed)
            return self._holds
        if failed and self._free:  # it was tried before the release
            self._free -= 1
            return False
        self._window.append(failed)
        self._holds = self._holds or (
            sum(self._window) >= LEAST and 2 * sum(self._window) > len(self._window)
        )
        return self._holds

    def settle(self, now_s: float) -> bool:
        """End a batch: return whether its failures may be given up, or have to wait."""
        if self.engaged:
            self._settle_probe(now_s)
        elif self._holds:
            self._engage(now_s)
        elif len(self._window) == WINDOW:
            self._since_s = None
        self._holds = False
        return not self.engaged

    def _engage(self, now_s: float) -> None:
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
            self.until_s, self._free = None, sum(probe)
            return
        self.failed, self.seen = sum(probe), len(probe)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self.until_s = now_s + self._pause_s


class Brakes:
    """The brakes of one reader, by partition. It logs and counts when one engages and when it releases."""

    def __init__(
        self,
        *,
        patience_s: float = PATIENCE_S,
        first_pause_s: float = FIRST_PAUSE_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without patience (0.0) none of them ever engages."""
        self._patience_s = patience_s
        self._first_pause_s = first_pause_s
        self._clock_s = clock_s
        self._brakes: dict[Place, Brake] = {}

    def engaged(self, place: Place) -> bool:
        """Whether the partition rests."""
        brake = self._brakes.get(place)
        return brake is not None and brake.engaged

    def pause_s(self, place: Place) -> float:
        """Return how long the partition rests from now on; 0.0 when it may be read or tried."""
        brake = self._brakes.get(place)
        return 0.0 if brake is None or brake.until_s is None else max(0.0, brake.until_s - self._clock_s())

    def note(self, place: Place, *, failed: bool) -> bool:
        """Count one record; return whether it is certain by now that its partition will rest."""
        if not self._patience_s:
            return False
        if place not in self._brakes:
            self._brakes[place] = Brake(self._patience_s, self._first_pause_s)
        return self._brakes[place].note(failed=failed)

    def settle(self, place: Place) -> bool:
        """End a batch of a partition: return whether its failures may be given up, or have to wait."""
        brake = self._brakes.get(place)
        if brake is None:
            return True
        before = brake.engaged
        may_go = brake.settle(self._clock_s())
        if brake.engaged != before:
            self._tell(place, brake)
        return may_go

    def retain(self, places: Collection[Place]) -> None:
        """Forget the partitions that are another reader's now."""
        for place in self._brakes.keys() - set(places):
            if self._brakes.pop(place).engaged:
                BRAKES.labels(place[0], str(place[1])).set(0)

    def reasons(self) -> list[str]:
        """Return, for each partition that rests, a sentence that says so."""
        return [
            f"{topic}/{partition} rests: {brake.failed} of its last {brake.seen} records failed by our own fault"
            for (topic, partition), brake in sorted(self._brakes.items())
            if brake.engaged
        ]

    def _tell(self, place: Place, brake: Brake) -> None:
        topic, partition = place
        BRAKES.labels(topic, str(partition)).set(brake.engaged)
        if brake.engaged:
            _log.error(
                "brake.engaged", topic=topic, partition=partition, failed=brake.failed, seen=brake.seen
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
