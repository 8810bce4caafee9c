"""How a member of a group hears which partitions are its: whoever reads takes notes, and does all else in its own time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aiokafka import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition


class Assignee(Protocol):
    """Whoever reads through a group."""

    def assigned(self, places: Iterable[TopicPartition]) -> None:
        """Take note of an assignment."""

    def revoked(self) -> None:
        """Take note that nothing is ours any more."""


class AssignmentNotes(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Only takes notes: working inside these callbacks would stop the heartbeats."""

    def __init__(self, assignee: Assignee) -> None:
        self._assignee = assignee

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Note that every partition is given out anew."""
        self._assignee.revoked()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note what came of it."""
        self._assignee.assigned(assigned)
