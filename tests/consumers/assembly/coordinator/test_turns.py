"""Work beside the loop goes on when the others rest, and now and then when they do not."""

from __future__ import annotations

import asyncio

from consumers.assembly.coordinator.turns import Turns


class Machine:
    """A clock that runs only while somebody works."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.turns = 0

    async def restore(self, turns: Turns) -> None:
        """Work for a turn, and give one, for ever."""
        while True:
            self.turns += 1
            self.now_s += 0.0025
            await turns.give()

    async def commit(self, rounds: int, round_s: float) -> int:
        """Wait for so many rounds of the loop, with a little work in each; returns how many turns came in between."""
        before = self.turns
        for _ in range(rounds):
            self.now_s += round_s
            await asyncio.sleep(0)
        return self.turns - before


async def _beside(machine: Machine, rounds: int, round_s: float) -> int:
    restoring = asyncio.create_task(machine.restore(Turns(lambda: machine.now_s)))
    await asyncio.sleep(0)
    between = await machine.commit(rounds, round_s)
    restoring.cancel()
    await asyncio.wait([restoring])
    return between


async def test_a_commit_of_many_rounds_is_not_cut_into_as_many_turns() -> None:
    assert await _beside(Machine(), rounds=20, round_s=0.0002) <= 2


async def test_when_others_never_rest_the_work_goes_on_all_the_same() -> None:
    assert await _beside(Machine(), rounds=1_000, round_s=0.001) >= 150


async def test_when_nobody_else_works_a_turn_costs_one_round_of_the_loop() -> None:
    machine = Machine()
    assert await _beside(machine, rounds=100, round_s=0.0) >= 99
