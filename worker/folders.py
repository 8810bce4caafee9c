"""Where the files of a task lie: what it is given apart from what it makes, and where no other engine that is confined reaches."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from catalog.models import Model

_CONFINED = "confined"


class Folders(NamedTuple):
    """Two folders: what lies in `given` is only read, what an engine makes it writes into `made`."""

    given: Path
    made: Path


def roots_of(row: Model, scratch: Path) -> Folders:
    """Return where the folders of a confined engine's tasks lie, made if need be; blocking.

    They stay as long as the scratch folder: whoever is confined to a folder does not reach another of the same name.
    """
    own = scratch / _CONFINED / row.name
    roots = Folders(own / "given", own / "made")
    for root in roots:
        root.mkdir(parents=True, exist_ok=True)
    return roots


@contextmanager
def task_folders(row: Model, scratch: Path, prefix: str = "task-") -> Iterator[Folders]:
    """Give the folders of one task until the end of the block; blocking."""
    if row.runs_in == "sandbox":
        given, made = roots_of(row, scratch)
        with _folder(given, prefix) as inputs, _folder(made, prefix) as workdir:
            yield Folders(inputs, workdir)
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with _folder(scratch, prefix) as folder:
        (workdir := folder / "made").mkdir()
        yield Folders(folder, workdir)


def lend(path: Path, folder: Path) -> Path:
    """Let a file lie in another folder too, and return it there: linked, or copied where it cannot be; blocking.

    Raises:
        OSError: the disk is full, or the file is gone.
    """
    lent = folder / "file"
    try:
        os.link(path, lent, follow_symlinks=False)
    except OSError:
        shutil.copyfile(path, lent, follow_symlinks=False)
    return lent


@contextmanager
def _folder(root: Path, prefix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=root, prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
