"""Where a worker's blocking code runs: in as many threads as it has slots, and who is still at it can be asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class EngineThreads:
    """A thread for each slot. Nobody can end a thread: who is cancelled no longer waits for it, and it goes on."""

    def __init__(self, slots: int = 1) -> None:
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="engine")
        self._busy: Counter[str] = Counter()

    async def run(self, task_id: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run blocking work of a task and return what it gives."""
        call = partial(copy_context().run, partial(work, *args, **kwargs))
        running: asyncio.Future[R] = asyncio.get_running_loop().run_in_executor(self._pool, call)
        self._busy[task_id] += 1
        running.add_done_callback(partial(self._ended, task_id))
        return await asyncio.shield(running)

    def busy(self, task_id: str) -> bool:
        """Whether a thread still works, or shall work, for this task."""
        return task_id in self._busy

    def close(self) -> None:
        """Begin nothing more. Waits for nobody."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, task_id: str, _: asyncio.Future[Any]) -> None:
        self._busy[task_id] -= 1
        if not self._busy[task_id]:
            del self._busy[task_id]
