"""How a process speaks to whoever started it: the sd_notify protocol, as systemd and our supervisor listen to it."""

from __future__ import annotations

import os
import socket

MICROSECONDS = 1_000_000


def notify(*words: str) -> None:
    """Say words such as `READY=1`, when somebody listens. Never waits: who does not listen now misses them."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    said = "\n".join((*words, f"MAINPID={os.getpid()}")).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        try:
            out.sendto(said, target)
        except OSError:  # nobody is there any more, or its queue is full
            return


def watched_every_s() -> float | None:
    """Return within how many seconds somebody wants to hear `WATCHDOG=1` again; None when nobody does."""
    wanted = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
    return int(wanted) / MICROSECONDS if meant and wanted.isdigit() and int(wanted) > 0 else None
