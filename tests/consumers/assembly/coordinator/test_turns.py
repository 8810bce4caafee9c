"""Work beside the loop goes on when nothing is in hand, and now and then when something always is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from consumers.assembly.coordinator.turns import Turns

TURN_S = 0.0025
WITHIN_S = 30.0


class Restoring:
    """Works for a turn, and gives one, for ever; its clock runs only while it works."""

    def __init__(self) -> None:
        self.turns = 0
        self.still = asyncio.Event()
        self.still.set()
        self._now_s = 0.0

    async def run(self) -> None:
        turns = Turns(lambda: self._now_s, self.still)
        while True:
            self.turns += 1
            self._now_s += TURN_S
            await turns.give()


@pytest.fixture
async def restoring() -> AsyncIterator[Restoring]:
    restoring = Restoring()
    task = asyncio.create_task(restoring.run())
    await asyncio.sleep(0)
    yield restoring
    task.cancel()
    await asyncio.wait([task])


async def _rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_commit_of_many_rounds_is_not_cut_into_as_many_turns(restoring: Restoring) -> None:
    before = restoring.turns
    restoring.still.clear()
    await _rounds(20)
    assert restoring.turns - before <= 3  # one, and more where the machine itself stood still
    restoring.still.set()
    await _rounds(20)
    assert restoring.turns - before >= 15


async def test_when_something_is_always_in_hand_the_work_goes_on_all_the_same(restoring: Restoring) -> None:
    restoring.still.clear()
    before = restoring.turns
    async with asyncio.timeout(WITHIN_S):
        while restoring.turns < before + 5:  # noqa: ASYNC110  # it has no word for it
            await asyncio.sleep(0.001)


async def test_others_get_their_turn_while_nothing_is_in_hand(restoring: Restoring) -> None:
    before = restoring.turns
    await _rounds(100)
    assert 90 <= restoring.turns - before <= 110
