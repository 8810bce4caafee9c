"""How logs stay small while their writers go on: what is full becomes `<name>.old.log`, and the file begins again."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path


def keep_small(folder: Path, limit_bytes: int) -> list[Path]:
    """Begin each log of a folder again that is larger than the limit, and return those.

    Writers keep their open file, which they only append to (`child.open_log`), so it works for a JVM and for the
    last words of a dying interpreter as well. A line that is written between copying and emptying is lost. At most
    twice the limit is kept of each process, and what it writes between two calls.
    """
    begun = []
    for log in folder.glob("*.log"):
        if log.name.endswith(".old.log"):
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to write: the others still count
            if log.stat().st_size > limit_bytes:
                _begin_again(log)
                begun.append(log)
    return begun


def _begin_again(log: Path) -> None:
    old = log.with_suffix(".old.log")
    fresh = log.with_suffix(".old.new")
    try:
        shutil.copyfile(log, fresh)
        fresh.replace(old)
    except OSError:  # a full disk: what is old goes first
        for path in (fresh, old):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    with log.open("r+b") as full:
        full.truncate(0)
