"""Which ports the servers listen on: free ones on loopback, the same again at the next start."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Collection

from infra.local.failures import ServerFailed

# Below Linux's range for outgoing connections, so that no client takes a remembered port in between.
_RANGE = range(20_000, 32_000)
_PATIENCE_S = 0.5


def is_free(port: int) -> bool:
    """Say whether a server could listen on `port` of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def pick(wanted: int | None = None, *, taken: Collection[int] = ()) -> int:
    """Return `wanted` when it is free within half a second, else another free port that is not in `taken`.

    The wait is for a server that was just killed: clients know its port, so it is worth keeping.

    Raises:
        ServerFailed: no port was free.
    """
    if wanted is not None and wanted not in taken and _becomes_free(wanted):
        return wanted
    chance = random.SystemRandom()
    for _ in range(200):
        port = chance.choice(_RANGE)
        if port not in taken and is_free(port):
            return port
    raise ServerFailed("no free port was found on 127.0.0.1: end some servers and try again.")


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
