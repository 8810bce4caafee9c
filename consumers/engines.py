"""Which engines a worker holds: imported when first asked for, loaded once, kept."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable

from catalog.models import Model
from engines.contract import Engine
from runtime.errors import EngineUnavailable


class Engines:
    """The loaded engines of one process. Blocking: call it from the thread that runs the engine."""

    def __init__(self, build: Callable[[Model], Engine] | None = None) -> None:
        self._build = build or _import_engine
        self._loaded: dict[str, Engine] = {}
        self._loading = threading.Lock()

    def get(self, model: Model) -> Engine:
        """Return the loaded engine of a catalogue row.

        Raises:
            EngineUnavailable: its code or what it needs is not installed here.
        """
        with self._loading:
            engine = self._loaded.get(model.name)
            if engine is None:
                engine = self._build(model)
                engine.load()
                self._loaded[model.name] = engine
            return engine

    @property
    def resident(self) -> tuple[str, ...]:
        """The names of the engines that are loaded."""
        return tuple(self._loaded)


def _import_engine(model: Model) -> Engine:
    module_name, _, class_name = model.target.partition(":")
    try:
        engine: Engine = getattr(importlib.import_module(module_name), class_name)()
    except ImportError as error:
        raise EngineUnavailable(
            f"the engine {model.name} needs {error.name}, which is not installed on this worker"
        ) from error
    return engine
