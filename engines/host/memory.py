"""How much memory a process holds, and whether the system has ended one for want of it."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def rss_bytes(pid: int) -> int:
    """Return the resident memory of a process; 0 where there is none, or the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0


def oom_kills() -> int:
    """Return how many processes of this process's control group were ended for want of memory (cgroup v1 or v2)."""
    return sum(_counted(folder) for folder in _folders())


def _folders() -> list[Path]:
    try:
        lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers == "":
            folders.append(_CGROUP / place.lstrip("/") / "memory.events")
        elif "memory" in controllers.split(","):
            folders.append(_CGROUP / "memory" / place.lstrip("/") / "memory.oom_control")
    return folders


def _counted(file: Path) -> int:
    try:
        lines = file.read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(value) for name, _, value in (line.partition(" ") for line in lines) if name == "oom_kill")
