"""How a worker tells that its disk is full: as a storage failure, which is tried again more patiently than an engine's."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import EngineFailed, StorageFailed

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NEXT_TO_NOTHING_BYTES = 256 * 1024


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Turn what breaks for want of space in `folder` into one error that says so.

    Raises:
        StorageFailed: something failed, and the disk is full.
    """
    try:
        yield
    except (OSError, EngineFailed) as error:
        if _says_full(error) or _is_full(folder):
            raise StorageFailed("the disk of this worker is full") from error
        raise


def _says_full(error: BaseException | None) -> bool:
    """Whether the error, or what led to it, is the system's word for a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__
    return False


def _is_full(folder: Path) -> bool:
    """Whether there is no space now: not every library says why it could not write."""
    try:
        return shutil.disk_usage(folder).free < _NEXT_TO_NOTHING_BYTES
    except OSError:
        return False
