"""Which tasks an engine makes in one call: like ones that come together, or while an earlier batch runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from catalog.models import Model
from engines.contract import Result, Task
from engines.host.waiting import unless_told

ADMISSION_S = 0.004
"""A batch that could begin waits so long for others, and no longer."""

Made = tuple[Result, float]


class RunsBatches(Protocol):
    """A host, as far as batches need one."""

    def run_batch(self, tasks: Sequence[Task]) -> Sequence[Coroutine[Any, Any, Made]]:
        """Give it tasks for one call, and return what each of them gives."""


@dataclass(slots=True, eq=False)
class _Batch:
    """Tasks that wait for one call, each with who waits for it."""

    entries: list[tuple[Task, asyncio.Future[Made]]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)


class Batches:
    """Gathers the tasks of one engine. Those of a batch have the same capability and equal values of its row's `batch_key`.

    Results and failures reach each task by itself. Who stops waiting before its batch begins is not in it.
    """

    def __init__(self, row: Model, turn: asyncio.Lock, host: Callable[[], Awaitable[RunsBatches]]) -> None:
        """`host` waits for a host that has nothing in hand; batches have `turn` one after the other."""
        self._row, self._turn, self._host = row, turn, host
        self._open: dict[str, _Batch] = {}
        self._all: set[asyncio.Task[None]] = set()

    async def run(self, task: Task) -> Made:
        """Have a task made with others like it.

        Raises:
            Cancelled: it was told to stop, before its batch began or in it.
            ReelbusError: what the host raises for this task.
        """
        key = self._key(task)
        batch = self._open.get(key)
        if batch is None or len(batch.entries) >= self._row.largest_batch:
            batch = self._open[key] = _Batch()
            driver = asyncio.create_task(self._drive(key, batch))
            self._all.add(driver)
            driver.add_done_callback(self._all.discard)
        done: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        batch.entries.append((task, done))
        try:
            await unless_told(batch.begun.wait(), task.report)
            return await done
        finally:
            done.cancel()

    async def close(self) -> None:
        """Begin nothing more."""
        for driver in self._all:
            driver.cancel()
        if self._all:
            await asyncio.wait(self._all)

    def _key(self, task: Task) -> str:
        values = [task.params.get(name) for name in self._row.batch_key]
        return json.dumps([task.capability, values], sort_keys=True, default=str)

    async def _drive(self, key: str, batch: _Batch) -> None:
        """Let a batch fill while it waits for its turn and for its host, then have those made that are still in it."""
        try:
            await asyncio.sleep(ADMISSION_S)
            async with self._turn:
                host = await self._host()
                if self._open.get(key) is batch:
                    del self._open[key]
                wanted = [(task, done) for task, done in batch.entries if not done.done()]
                batch.begun.set()
                if wanted:
                    made = host.run_batch([task for task, _ in wanted])
                    await asyncio.gather(
                        *(_hand_on(each, done) for each, (_, done) in zip(made, wanted, strict=True))
                    )
        except BaseException as error:
            _refuse(batch.entries, error if isinstance(error, Exception) else asyncio.CancelledError())
            if not isinstance(error, Exception):
                raise
        finally:
            if self._open.get(key) is batch:
                del self._open[key]  # nobody joins one that came to nothing
            batch.begun.set()


async def _hand_on(made: Coroutine[Any, Any, Made], done: asyncio.Future[Made]) -> None:
    """Give a task its result; who does not wait for it any more lets it be stopped."""
    working = asyncio.ensure_future(made)
    done.add_done_callback(lambda _: working.cancel())
    try:
        result = await working
    except asyncio.CancelledError:
        if not done.done():
            done.cancel()
        return
    except Exception as error:  # noqa: BLE001  # it is this task's alone
        if not done.done():
            done.set_exception(error)
        return
    if not done.done():
        done.set_result(result)


def _refuse(entries: Sequence[tuple[Task, asyncio.Future[Made]]], error: BaseException) -> None:
    for _, done in entries:
        if not done.done():
            done.set_exception(error) if isinstance(error, Exception) else done.cancel()
