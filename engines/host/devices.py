"""On which devices a worker loads engines, how much they may hold there, and which of them an engine gets."""

from __future__ import annotations

from collections.abc import Mapping

CPU = "cpu"


def read_devices(text: str) -> dict[str, int]:
    """Return the bytes of each device from `cuda:0=80000000000,cuda:1`; 0 is no limit."""
    pairs = (each.partition("=") for each in text.split(","))
    return {name: int(size or 0) for name, _, size in pairs}


def roomiest(budgets: Mapping[str, int], held: Mapping[str, int], needed_bytes: int) -> str:
    """Return the device on which an engine needs fewest others to leave: the one with most room, then the first.

    `held` is what is taken of each. A device without a limit has room for all, and those with room for this one share.
    """

    def lacking(name: str) -> tuple[int, int]:
        taken = held.get(name, 0)
        room = budgets[name] - taken
        return (max(needed_bytes - room, 0) if budgets[name] else 0, taken)

    return min(budgets, key=lacking)
