"""Which engines a worker holds: imported when first asked for, loaded once, kept, and called as their threads allow."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalog.models import Model
from engines.contract import Engine
from engines.host.failures import not_installed

_LOOK_S = 0.2
"""Who waits for an engine looks so often whether it shall stop."""


@dataclass(slots=True)
class _Held:
    """One engine, and the locks of its loading and its work."""

    engine: Engine | None = None
    loading: threading.Lock = field(default_factory=threading.Lock)
    working: threading.Lock = field(default_factory=threading.Lock)


class Engines:
    """The loaded engines of one process. Blocking: call it from the thread that runs the engine.

    `check` raises when whoever waits shall not wait any more.
    """

    def __init__(self, build: Callable[[Model], Engine] | None = None) -> None:
        self._build = build or _import_engine
        self._held: dict[str, _Held] = {}
        self._changing = threading.Lock()

    def get(self, model: Model, check: Callable[[], None] = lambda: None) -> Engine:
        """Return the loaded engine of a catalogue row; one that loads keeps only those waiting who want the same.

        Raises:
            EngineMissing: its code or what it needs is not installed here.
        """
        held = self._of(model)
        if held.engine is not None:
            return held.engine
        with _turn(held.loading, check):
            if held.engine is None:
                try:
                    engine = self._build(model)
                    engine.load("cpu")
                except ImportError as error:
                    raise not_installed(model, error.name or "") from error
                held.engine = engine
            return held.engine

    @contextmanager
    def at_work(self, model: Model, check: Callable[[], None] = lambda: None) -> Iterator[Engine]:
        """Give the loaded engine: to one thread at a time, unless it says that it is `concurrent`.

        Raises:
            EngineMissing: as `get`.
        """
        engine = self.get(model, check)
        if getattr(engine, "concurrent", False):
            yield engine
            return
        with _turn(self._of(model).working, check):
            yield engine

    @property
    def resident(self) -> tuple[str, ...]:
        """The names of the engines that are loaded."""
        with self._changing:
            return tuple(name for name, held in self._held.items() if held.engine is not None)

    def _of(self, model: Model) -> _Held:
        with self._changing:
            return self._held.setdefault(model.name, _Held())


@contextmanager
def _turn(lock: threading.Lock, check: Callable[[], None]) -> Iterator[None]:
    """Wait for a lock for as long as `check` lets."""
    while not lock.acquire(timeout=_LOOK_S):
        check()
    try:
        yield
    finally:
        lock.release()


def _import_engine(model: Model) -> Engine:
    module_name, _, class_name = model.target.partition(":")
    engine: Engine = getattr(importlib.import_module(module_name), class_name)(*model.arguments)
    return engine
