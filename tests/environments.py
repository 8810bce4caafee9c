"""Environments of engines for tests: each is built once in a checkout, and again when its lock changes."""

from __future__ import annotations

from pathlib import Path

from infra.environments.built import folder_of, python_in
from infra.environments.declared import environment
from infra.environments.sync import sync

ROOT = Path(__file__).parent.parent / ".cache" / "environments"


def python_of(name: str) -> Path:
    """Return the interpreter of an environment, which is built where it is not."""
    wanted = environment(name)
    sync(wanted, ROOT)
    return python_in(folder_of(wanted, ROOT))
