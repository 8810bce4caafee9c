"""How long work beside the loop holds it: a restore of minutes gives the other partitions their turn all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from typing import TypeVar

TURN_S = 0.001
"""A thread would be worse: the interpreter lock passes every 5 ms, and each answer of a broker would wait for it."""
STILL_S = 0.0001
"""A round of the loop that took less had nothing to do for others."""
YIELDS_FOR_S = 0.005
"""So long others go first at a time. One commit is some twenty rounds of the loop: with a turn of ours between any two
of them it took as long as twenty turns. When others never rest, a sixth of the time is ours all the same."""
LOOKED_AT_ONCE = 50
"""So many small items are done without a look at the clock."""

T = TypeVar("T")


class Turns:
    """Counts how long one coroutine has worked since others had a turn."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._since_s = clock_s()

    async def give(self) -> None:
        """Let others work until they rest, when it is time for it."""
        now_s = begun_s = self._clock_s()
        if now_s - self._since_s < TURN_S:
            return
        rests = False
        while not rests and now_s - begun_s < YIELDS_FOR_S:
            await asyncio.sleep(0)
            before_s, now_s = now_s, self._clock_s()
            rests = now_s - before_s < STILL_S
        self._since_s = now_s

    async def over(self, items: Iterable[T]) -> AsyncIterator[T]:
        """Yield items, and give turns in between."""
        left = iter(items)
        while some := list(islice(left, LOOKED_AT_ONCE)):
            for item in some:
                yield item
            await self.give()
