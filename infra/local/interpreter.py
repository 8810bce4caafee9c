"""How another process is started with the code that runs now, whatever folder a command is given in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of our packages: a checkout, or where the wheel was installed."""


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module of ours.

    Without `-P` Python looks into the current folder first, and a user's `storage.py` would be taken for ours.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def module_path() -> dict[str, str]:
    """Return the variables with which a child finds a checkout that is not installed; an installed one needs none."""
    if ROOT.name in {"site-packages", "dist-packages"}:
        return {}
    others = [
        part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != str(ROOT)
    ]
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *others])}
