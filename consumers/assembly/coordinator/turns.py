"""How long work beside the loop holds it: a restore of minutes gives the other partitions their turn all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from typing import TypeVar

TURN_S = 0.002
"""A thread would be worse: the interpreter lock passes every 5 ms, and each answer of a broker would wait for it."""
LOOKED_AT_ONCE = 50
"""So many small items are done without a look at the clock."""

T = TypeVar("T")


class Turns:
    """Counts how long one coroutine has worked since others had a turn."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._since_s = clock_s()

    async def give(self) -> None:
        """Let others work, when it is time for it."""
        if self._clock_s() - self._since_s >= TURN_S:
            await asyncio.sleep(0)
            self._since_s = self._clock_s()

    async def over(self, items: Iterable[T]) -> AsyncIterator[T]:
        """Yield items, and give turns in between."""
        left = iter(items)
        while some := list(islice(left, LOOKED_AT_ONCE)):
            for item in some:
                yield item
            await self.give()
