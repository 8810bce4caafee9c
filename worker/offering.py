"""Which engines of its pool a worker can run, and what would make it run the others."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from catalog.models import PLACEHOLDER, Model, install_command
from catalog.pools import DEFAULT_POOLS, Pools
from engines.local.weights import present
from infra.environments.built import python_of
from runtime.errors import EngineUnavailable
from runtime.keys import has_key
from runtime.settings import Settings

_LEFT_OUT = {"replicate": "fal", "falai": "replicate"}
"""Which of two providers is not asked where the variable `SERVICE_TYPE` names the other."""


class Offers(Protocol):
    """Who knows what a worker can run."""

    @property
    def loadable(self) -> tuple[str, ...]:
        """The engines that it could load."""

    @property
    def missing(self) -> Mapping[str, str]:
        """For each other engine of its pool what would make it."""

    def why_not(self, engine: str) -> str | None:
        """Return what keeps this worker from running an engine; None when nothing is known to."""

    def look(self) -> None:
        """Look again at what can be loaded; blocking."""


@dataclass(slots=True)
class Offering:
    """What one worker can run: of its pool's engines those that it was started for and whose modules are there."""

    pool: str
    pools: Pools = DEFAULT_POOLS
    only: Collection[str] = ()
    """Without any: all of its pool."""
    loadable: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    home: Path | None = None

    def look(self) -> None:
        """Look again at what can be loaded, without importing any of it; blocking."""
        missing = {row.name: why for row in self.pools.rows_of(self.pool) if (why := self._lack(row))}
        loadable = tuple(row.name for row in self.pools.rows_of(self.pool) if row.name not in missing)
        self.loadable, self.missing = loadable, missing

    def why_not(self, engine: str) -> str | None:
        """Return what keeps this worker from running an engine; None when nothing is known to."""
        if engine == PLACEHOLDER.name:
            return None
        row = next((row for row in self.pools.models if row.name == engine), None)
        if row is None:
            return f"this worker's catalogue has no engine {engine}"
        if engine in self.missing:
            return f"this worker cannot run {engine}: {self.missing[engine]}"
        return f"this worker cannot run {engine}: {self._chosen()}" if self._left_out(row) else None

    def _lack(self, row: Model) -> str:
        return self._chosen() if self._left_out(row) else lack_of(row, self.home)

    def _left_out(self, row: Model) -> bool:
        pool = self.pools.pools.get(self.pool)
        declared = pool.engines if pool is not None else None
        return bool(self.only and row.name not in self.only) or (
            declared is not None and row.name not in declared
        )

    def _chosen(self) -> str:
        if self.only:
            return f"its worker was started for {', '.join(sorted(self.only))} alone (--engines)"
        return f"the fleet file does not name it among the engines of the pool {self.pool}"


def lack_of(row: Model, home: Path | None = None) -> str:
    """Return what an engine lacks on this machine, and the command that brings it; empty when it lacks nothing.

    Nothing is imported, and nothing of its weights is read. An engine with an environment of its own finds its modules
    there, and the packages that ship weights.
    """
    if row.environment:
        try:
            python_of(row.environment, home)
        except EngineUnavailable as error:
            return error.message
    elif absent := _absent(row):
        return absent
    if row.provider and not may_ask(row.provider, Settings().providers):
        return f"REELBUS_PROVIDERS does not name {row.provider}"
    if row.provider and row.provider == _LEFT_OUT.get(os.environ.get("SERVICE_TYPE", "")):
        return f"SERVICE_TYPE is {os.environ['SERVICE_TYPE']}"
    if unset := [name for name in row.keys if not has_key(name)]:
        return f"without {', '.join(unset)}: set {'it' if len(unset) == 1 else 'them'} where its worker runs"
    try:
        for source in row.weights:
            if source.kind == "hub" or not row.environment:
                present(source, _models(home))
    except EngineUnavailable as error:
        return f"{error.message}; {_remedy(row)}"
    return ""


def may_ask(provider: str, allowed: str) -> bool:
    """Whether a setting lets a provider be asked: `all`, `none`, or names with commas between."""
    return allowed.strip() == "all" or provider in {name.strip() for name in allowed.split(",")}


def _absent(row: Model) -> str:
    absent = [name for name in (row.target.partition(":")[0], *row.needs) if not _there(name)]
    return f"without {', '.join(absent)}: {install_command(row)}" if absent else ""


def _models(home: Path | None) -> Path:
    settings = Settings()
    return (settings.models or (home or settings.home) / "models").expanduser().resolve()


def _remedy(row: Model) -> str:
    """Return the command that brings the weights of an engine."""
    if any(source.kind == "hub" for source in row.weights):
        return f"reelbus models pull {row.name}"
    return install_command(row)


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a package above it is missing, or is no package
        return False
