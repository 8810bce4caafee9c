"""How engines of the family `remote` are asked: blocking calls in threads, a few for each engine, each with a deadline."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from catalog.models import Model, model
from consumers.remote.poller import CHECKS_AT_ONCE
from engines.remote_contract import CHECKS_PER_S, Failed, Pending, Ready, RemoteEngine, Standing
from runtime.errors import EngineFailed, EngineUnavailable, TimedOut

CALL_WITHIN_S = 30.0
"""A call that takes longer is given up. Its thread goes on, and is lost for other calls until it comes back."""

R = TypeVar("R")


@dataclass(slots=True)
class _Held:
    """One engine and its threads. `at_work` counts those that have not come back, waited for or not."""

    threads: ThreadPoolExecutor
    engine: RemoteEngine | None = None
    at_work: int = 0
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)


class EngineStrangers:
    """The remote engines of the catalogue, loaded when first asked for."""

    def __init__(
        self,
        *,
        build: Callable[[Model], Any] | None = None,
        row_of: Callable[[str], Model | None] = model,
        within_s: float = CALL_WITHIN_S,
    ) -> None:
        self._build = build or _import_engine
        self._row_of = row_of
        self._within_s = within_s
        self._held: dict[str, _Held] = {}

    def checks_per_s(self, engine: str) -> float:
        """Return how often a second an engine may be asked."""
        held = self._held.get(engine)
        return float(getattr(held.engine if held else None, "checks_per_s", CHECKS_PER_S))

    async def check(self, engine: str, ticket: str) -> Standing:
        """Ask how work stands.

        Raises:
            EngineUnavailable: Nobody here can ask.
            TimedOut: It took too long, or earlier calls still do.
            EngineFailed: It answered with something else.
        """
        standing: object = await self._call(engine, lambda remote: remote.check(ticket))
        if not isinstance(standing, Pending | Ready | Failed):
            raise EngineFailed(f"the engine {engine} says nothing of its work")
        return standing

    async def cancel(self, engine: str, ticket: str) -> None:
        """Tell a stranger that nobody wants the work.

        Raises:
            EngineUnavailable, TimedOut: as `check`.
        """
        await self._call(engine, lambda remote: remote.cancel(ticket))

    def close(self) -> None:
        """Begin nothing more; waits for nobody."""
        for held in self._held.values():
            held.threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, name: str, ask: Callable[[RemoteEngine], R]) -> R:
        row = self._row_of(name)
        if row is None or row.family != "remote":
            raise EngineUnavailable(f"the catalogue of this poller has no remote engine {name}")
        held = self._held.get(name)
        if held is None:
            threads = ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix=f"ask-{name}")
            held = self._held[name] = _Held(threads)
        async with asyncio.timeout(self._within_s), held.loading:
            if held.engine is None:
                held.engine = await self._in_thread(held, partial(self._loaded, row))
        remote = held.engine
        return await self._in_thread(held, lambda: ask(remote))

    async def _in_thread(self, held: _Held, work: Callable[[], R]) -> R:
        if held.at_work >= CHECKS_AT_ONCE:
            raise TimedOut("all its threads wait for answers")
        running: asyncio.Future[R] = asyncio.get_running_loop().run_in_executor(held.threads, work)
        held.at_work += 1
        running.add_done_callback(partial(_came_back, held))
        done, _ = await asyncio.wait([running], timeout=self._within_s)
        if not done:
            raise TimedOut(f"no answer within {self._within_s:.0f} s")
        return running.result()

    def _loaded(self, row: Model) -> RemoteEngine:
        try:
            engine: RemoteEngine = self._build(row)
            engine.load("cpu")
        except ImportError as error:
            raise EngineUnavailable(
                f"the engine {row.name} needs {error.name or 'a module'}, which is not installed here"
            ) from error
        return engine


def _came_back(held: _Held, running: asyncio.Future[Any]) -> None:
    held.at_work -= 1
    if not running.cancelled():
        running.exception()  # it was told to whoever waited, or nobody waits any more


def _import_engine(row: Model) -> Any:
    module_name, _, class_name = row.target.partition(":")
    return getattr(importlib.import_module(module_name), class_name)()
