"""Which environments the catalogue's engines need, and whether this machine has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalog.models import MODELS, Model
from infra.environments.built import environments_folder, look
from infra.environments.declared import environment
from infra.local.finding import Finding
from runtime.errors import EngineUnavailable


def engines_of(name: str, models: Sequence[Model] = MODELS) -> tuple[str, ...]:
    """Return the engines that run in an environment."""
    return tuple(model.name for model in models if model.environment == name)


def environments_needed(home: Path, models: Sequence[Model] = MODELS) -> list[Finding]:
    """Say of each environment that an engine needs whether it is built here; nothing is built."""
    names = dict.fromkeys(model.environment for model in models if model.environment)
    return [_finding(name, environments_folder(home), engines_of(name, models)) for name in names]


def _finding(name: str, root: Path, engines: tuple[str, ...]) -> Finding:
    row, of = f"environment {name}", ", ".join(engines)
    try:
        found = look(environment(name), root, run=True)
    except EngineUnavailable as error:
        return Finding(row, False, f"{of}: {error.message}", needed=False)
    if found.state == "built":
        return Finding(row, True, f"Python {found.python}, for {of}", needed=False)
    return Finding(row, False, f"{found.detail}; for {of}", f"reelbus engines sync {name}", needed=False)
