"""What the processes say of themselves (sd_notify): that they are ready, and that they work."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Iterator


@contextlib.contextmanager
def notifications() -> Iterator[tuple[str, socket.socket]]:
    """Open a socket for notices; its address is what `NOTIFY_SOCKET` shall say."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        address = f"@reelbus-{os.getpid()}-{time.monotonic_ns()}"
        notify.bind("\0" + address[1:])
        notify.setblocking(False)
        yield address, notify


def heard(notify: socket.socket, wait_s: float) -> Iterator[dict[str, str]]:
    """Yield the words of each notice of the next `wait_s` seconds; a signal ends the wait."""
    until = time.monotonic() + wait_s  # words of life come all the time: none of them ends the wait
    with contextlib.suppress(InterruptedError):
        while select.select([notify], [], [], max(until - time.monotonic(), 0.0))[0]:
            lines = notify.recv(4096).decode("utf-8", "replace").splitlines()
            yield dict(line.split("=", 1) for line in lines if "=" in line)
