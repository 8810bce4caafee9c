"""Which process is which: its number, and when it began."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def process_start(pid: int) -> str | None:
    """Return when the process `pid` started, as the system spells it; None when there is no such process."""
    if sys.platform.startswith("linux"):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()  # the name before may hold spaces and brackets
        ended = fields[0] in "ZX" and _threads(pid) <= 1
        return None if ended else fields[19]  # proc(5): state is field 3, starttime field 22
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _threads(pid: int) -> int:
    # A killed JVM shows as a zombie while its other threads still hold files and ports.
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0
