"""Which loaded engines have to leave, so that another one fits into the memory of its device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resident:
    """A loaded engine: what it holds, when it was last used, and whether it has a task in hand."""

    name: str
    size_bytes: int
    used_s: float
    busy: bool


def who_leaves(residents: Sequence[Resident], needed_bytes: int, budget_bytes: int) -> tuple[str, ...]:
    """Return who leaves, the one first that has been idle longest, so that `needed_bytes` fit into the budget.

    Of those that are at work the one that was used least recently comes last, and leaves when its tasks have ended. An
    engine that does not fit even alone is tried alone: what it really takes is known when it is loaded.
    """
    room_bytes = budget_bytes - needed_bytes
    held_bytes = sum(one.size_bytes for one in residents)
    leaving = []
    for one in sorted(residents, key=lambda one: (one.busy, one.used_s)):
        if held_bytes <= room_bytes:
            break
        leaving.append(one.name)
        held_bytes -= one.size_bytes
    return tuple(leaving)
