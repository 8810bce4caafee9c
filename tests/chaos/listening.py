"""How a test waits for what is told, and knows which process works on a task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.chaos.ground import Ground
from tests.chaos.hearing import Heard, Hearing

STARTED = "media.log.task-started.v1"


@asynccontextmanager
async def listening(ground: Ground, name: str, hear: Callable[[Heard], None]) -> AsyncIterator[Hearing]:
    """Follow a topic for as long as the block lasts."""
    hearing = Hearing(ground.bootstrap, f"media.{name}", hear)
    following = asyncio.create_task(hearing.follow())
    try:
        yield hearing
    finally:
        following.cancel()
        await asyncio.wait([following])


async def until(reached: Callable[[], Any], within_s: float, what: str) -> float:
    """Wait until something holds; returns the seconds that took."""
    begun = time.monotonic()
    while not reached():
        assert time.monotonic() - begun < within_s, f"{what}: not in {within_s} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


def pid_of(worker_id: str) -> int:
    """Return the process of a worker: `<modality>-<host>-<pid>-<random>`."""
    return int(worker_id.split("-")[-2])
