"""How much memory composing may take: watched while it runs, and told as `out_of_memory` when there is none."""

from __future__ import annotations

import os
from pathlib import Path

import cv2

from runtime.errors import EngineFailed, OutOfMemory, ReelbusError

_STATM = Path("/proc/self/statm")


class Watch:
    """Looks at what the process holds in memory; the limit is for all of the process."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes

    def look(self) -> None:
        """Pass while there is room.

        Raises: OutOfMemory.
        """
        held = held_bytes()
        if held > self._limit_bytes:
            raise OutOfMemory(
                f"composing takes {held // 2**20} MB of memory, and {self._limit_bytes // 2**20} MB are allowed"
            )


def held_bytes() -> int:
    """Return what the process holds in memory; 0 where the system does not say."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def converted(error: Exception, what: str) -> ReelbusError:
    """Return an error of ours for whatever was raised while `what` was made."""
    if isinstance(error, ReelbusError):
        return error
    starved = isinstance(error, MemoryError) or (
        isinstance(error, cv2.error) and getattr(error, "code", 0) == cv2.Error.StsNoMem
    )
    made: ReelbusError = (
        OutOfMemory(f"{what} does not fit in memory")
        if starved
        else EngineFailed(f"{what} could not be made")
    )
    made.__cause__ = error
    return made
