"""Which hosts are confined, and to what."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from catalog.models import Model
from engines.host.bounds import Limits
from engines.host.hosts import Confined
from engines.host.sandbox import Confinement
from worker.folders import roots_of

_ENTER = "engines.host.sandbox:enter_as"
_OPEN_FILES = 1024
"""A composition reads many files at once, and the talk with the worker has a high number."""


def confined(row: Model, scratch: Path, limits: Limits, models: Path | None = None) -> Confined | None:
    """Return the confinement of a host that reads foreign media: it reads what its own tasks are given, and writes where they make.

    A host serves many tasks, and what was given up does not come back: so each engine has folders of its own, in which
    are those of the tasks that it has now. Those of its weights that were pulled it reads below `models`.
    None for the others: they speak to programs, devices and strangers.
    """
    if row.runs_in != "sandbox":
        return None
    given, made = roots_of(row, scratch)
    confinement = Confinement(
        readable=(
            str(given),
            *(str(models / s.name / s.revision) for s in row.weights if models and s.kind == "hub"),
        ),
        writable=(str(made),),
        memory_bytes=limits.memory_bytes or None,
        file_bytes=limits.work_bytes,
        open_files=_OPEN_FILES,
    )
    return Confined(_ENTER, asdict(confinement))
