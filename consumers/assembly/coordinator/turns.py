"""How long work beside the loop holds it: a restore of minutes gives the other partitions their turn all the time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from typing import TypeVar

TURN_S = 0.001
"""A thread would be worse: the interpreter lock passes every 5 ms, and each answer of a broker would wait for it."""
YIELDS_FOR_S = 0.01
"""So long what is in hand goes first at a time. One commit is some twenty rounds of the event loop: with a turn between
any two of them it takes as long as twenty turns. When something is always in hand, a tenth of the time is left."""
LOOKED_AT_ONCE = 50
"""So many small items are done without a look at the clock."""

T = TypeVar("T")


class Turns:
    """Counts how long one coroutine has worked since others had a turn."""

    def __init__(
        self, clock_s: Callable[[], float] = time.monotonic, still: asyncio.Event | None = None
    ) -> None:
        """`still` is set while the loop beside which this works has nothing in hand."""
        self._still = still
        self._clock_s = clock_s
        self._since_s = clock_s()

    async def give(self) -> None:
        """Let others work, when it is time for it: what the loop has in hand goes first."""
        if self._clock_s() - self._since_s < TURN_S:
            return
        await asyncio.sleep(0)
        if self._still is not None and not self._still.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(YIELDS_FOR_S):
                    await self._still.wait()
        self._since_s = self._clock_s()

    async def over(self, items: Iterable[T]) -> AsyncIterator[T]:
        """Yield items, and give turns in between."""
        left = iter(items)
        while some := list(islice(left, LOOKED_AT_ONCE)):
            for item in some:
                yield item
            await self.give()
