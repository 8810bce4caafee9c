"""Whether what an engine gave is what it may give: files of its own, in its task's folder, of a bearable size."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from engines.contract import Result
from runtime.errors import EngineFailed

_ENTRIES = 100_000
"""A work folder with more entries counts as too large."""


def check_result(name: str, result: Result, workdir: Path, limit_bytes: int) -> None:
    """Check every file that the engine called `name` gave for one task.

    Raises:
        EngineFailed: one of them is none of the task's, no file, empty or too large; or there is none.
    """
    if not result.products:
        raise EngineFailed(f"the engine {name} gave no result")
    for product in result.products:
        check_file(name, product.path, workdir, limit_bytes)


def check_file(name: str, path: Path, workdir: Path, limit_bytes: int) -> None:
    """Check one file.

    Raises:
        EngineFailed: it is not below the folder, a link, no file, empty, or larger than the limit.
    """
    wrong = _wrong(path, workdir, limit_bytes)
    if wrong:
        raise EngineFailed(f"the engine {name} gave {wrong}")


def _wrong(path: Path, workdir: Path, limit_bytes: int) -> str:
    try:
        status = os.lstat(path)
        inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(workdir))
    except (OSError, ValueError):  # a path may hold a zero byte
        return "a file that is not there"
    if stat.S_ISLNK(status.st_mode):
        return "a link, and no file"
    if not inside or not path.is_absolute():
        return "a file outside its work folder"
    if not stat.S_ISREG(status.st_mode):
        return "a folder, and no file" if stat.S_ISDIR(status.st_mode) else "something that is no file"
    if status.st_size == 0:
        return "an empty file"
    if status.st_size > limit_bytes:
        return f"a file of {status.st_size} bytes, and {limit_bytes} are allowed"
    return ""


def folder_bytes(folder: Path, limit_bytes: int) -> int:
    """Return what a folder takes on the disk; more than `limit_bytes` is only known to be more. Blocking."""
    total, entries, folders = 0, 0, [str(folder)]
    while folders:
        for entry in _entries(folders.pop()):
            entries += 1
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:  # it is gone
                continue
            if total > limit_bytes or entries > _ENTRIES:
                return max(total, limit_bytes + 1)
    return total


def _entries(folder: str) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return ()
