"""What a reader says and does when records do not fit into memory: it shows, and soon the process ends."""

from __future__ import annotations

from aiokafka.structs import TopicPartition

from runtime.metrics import MEMORY_FAILURES
from runtime.telemetry import get_logger

MOST_FAILURES = 3
"""After so many in a row on one partition a fresh process has a better chance than this one."""

_log = get_logger("bus.short_of_memory")


class ShortOfMemory:
    """How often each partition of one reader has failed for want of memory, in a row."""

    def __init__(self) -> None:
        self._failures: dict[TopicPartition, int] = {}

    def failed(self, place: TopicPartition) -> bool:
        """Count a failure; return whether the process shall end."""
        self._failures[place] = failures = self._failures.get(place, 0) + 1
        MEMORY_FAILURES.labels(place.topic, str(place.partition)).inc()
        _log.error("handler.no_memory", topic=place.topic, partition=place.partition, failures=failures)
        return failures >= MOST_FAILURES

    def passed(self, *places: TopicPartition) -> None:
        """The partitions go on."""
        for place in places:
            self._failures.pop(place, None)

    def reasons(self) -> list[str]:
        """Return, for each partition that does not get on, a sentence that says so."""
        return [
            f"{place.topic}/{place.partition} stands: its records do not fit into memory, tried {failures} times"
            for place, failures in sorted(self._failures.items())
        ]
