"""Which engines a worker holds: imported when first asked for, loaded once, kept."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable

from catalog.models import Model
from engines.contract import Engine
from runtime.errors import EngineUnavailable
from schemas.capabilities import MODALITY, Capability


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
                try:
                    engine = self._build(model)
                    engine.load()
                except ImportError as error:
                    raise not_installed(model, error) from error
                self._loaded[model.name] = engine
            return engine

    @property
    def resident(self) -> tuple[str, ...]:
        """The names of the engines that are loaded."""
        return tuple(self._loaded)


def not_installed(model: Model, error: ImportError) -> EngineUnavailable:
    """Return the error that tells a user what to install when a module of an engine is missing."""
    extra = MODALITY[Capability(model.capabilities[0])]
    return EngineUnavailable(
        f"the engine {model.name} needs {error.name or 'a module'}, which is not installed on this worker: "
        f"install reelbus[{extra}]"
    )


def _import_engine(model: Model) -> Engine:
    module_name, _, class_name = model.target.partition(":")
    engine: Engine = getattr(importlib.import_module(module_name), class_name)()
    return engine
