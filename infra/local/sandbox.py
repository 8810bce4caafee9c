"""What this machine's kernel keeps a hostile file from."""

from __future__ import annotations

import platform

from infra.local.finding import Finding
from runtime import landlock, seccomp

_WHOLE_SINCE = 3
_REMEDY = (
    "use Linux 6.2 or newer with Landlock (`landlock` in /sys/kernel/security/lsm), on x86_64 or aarch64"
)


def sandbox_here() -> Finding:
    """Look at what this machine offers; nothing is changed."""
    return sandbox(landlock.version(), f"{platform.system()} {platform.release()}", filters=seccomp.offered())


def sandbox(version: int, kernel: str, *, filters: bool) -> Finding:
    """Say what a version of Landlock (0: none), with or without seccomp, keeps and does not keep out of reach."""
    has = [
        f"Landlock ABI {version}" if version else f"no Landlock ({kernel})",
        "seccomp" if filters else "no seccomp" if version else f"no seccomp on {platform.machine()}",
    ]
    lacks = []
    if not version:
        lacks.append("read and change this user's files")
    elif version < _WHOLE_SINCE:
        lacks.append("empty this user's files")
    if not filters:
        lacks.append("use the network and stop this user's processes")
    detail = ", ".join(has)
    if not lacks:
        return Finding("sandbox", True, detail, needed=False)
    return Finding(
        "sandbox", False, f"{detail}: a hostile file could {', and '.join(lacks)}", _REMEDY, needed=False
    )
