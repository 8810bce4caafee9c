"""How a task waits for something that is not its own work: until it comes, or the task is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from engines.contract import Report
from engines.host.process import LOOK_S

R = TypeVar("R")


@asynccontextmanager
async def turn_of(lock: asyncio.Lock, report: Report) -> AsyncIterator[None]:
    """Wait for a lock for as long as the task may."""
    taking = asyncio.create_task(lock.acquire())
    try:
        await unless_told(taking, report)
    except BaseException:
        if not taking.cancel() and not taking.cancelled():
            lock.release()  # it came with the end of the wait
        raise
    try:
        yield
    finally:
        lock.release()


async def unless_told(awaited: Awaitable[R], report: Report) -> R:
    """Wait for something for as long as the task may.

    Raises:
        Cancelled: the task was told to stop.
    """
    waiting = asyncio.ensure_future(awaited)
    try:
        while not (await asyncio.wait([waiting], timeout=LOOK_S))[0]:
            report.check()
        return waiting.result()
    finally:
        waiting.cancel()
