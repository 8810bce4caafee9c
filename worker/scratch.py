"""Where a worker keeps the files of its work, and how those of workers that were killed are found and removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runtime.errors import StorageFailed
from runtime.telemetry import get_logger

log = get_logger(__name__)


@contextmanager
def scratch_folder(root: Path, worker_id: str) -> Iterator[Path]:
    """Give a folder of `root` that is this worker's until the end of the block, and remove those of dead workers.

    A worker holds a lock on its folder; the system lets go of it when the process ends, however that comes.
    Blocking, for as long as the removing takes.

    Raises:
        StorageFailed: the folder cannot be made.
    """
    folder = root / worker_id
    try:
        root.mkdir(parents=True, exist_ok=True)
        remove_dead(root)
        lock = _own(folder)
    except OSError as error:
        raise StorageFailed(f"the scratch folder cannot be made: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_dead(root: Path) -> None:
    """Remove the folders that nobody holds."""
    for folder in sorted(root.iterdir()):
        if folder.is_symlink() or not folder.is_dir():
            continue
        with suppress(OSError):  # another worker removes it this very moment, or it is not ours to remove
            lock = _locked(folder)
            if lock is None:
                continue
            try:
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
            log.info("scratch.removed", folder=folder.name)


def _own(folder: Path) -> int:
    """Make the folder and lock it; a neighbour that looked between the two may have removed it."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            lock = _locked(folder)
            if lock is not None:
                with suppress(FileNotFoundError):
                    if os.fstat(lock).st_ino == folder.stat().st_ino:
                        return lock
                os.close(lock)
        time.sleep(0.01)


def _locked(folder: Path) -> int | None:
    """Return a descriptor that holds the folder's lock; None when somebody else holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
