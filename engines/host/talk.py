"""How a worker speaks with a host: it never waits for it to listen, and hears what comes as it comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from engines.host import wire

_READ_BYTES = 256 * 1024


class Talk:
    """The worker's end of the socket. Belongs to one event loop."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._decoder = wire.Decoder()
        self._outgoing = bytearray()

    def send(self, data: bytes) -> None:
        """Send without waiting: what it does not take now goes when it reads; no more than its tasks waits."""
        self._outgoing += data
        self._flush()

    async def listen(self, hear: Callable[[wire.Message], None]) -> None:
        """Hand every message on until the host closes.

        Raises:
            Garbled: what came is no message; also whatever `hear` raises.
        """
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._sock, _READ_BYTES):
                for message in self._decoder.feed(data):
                    hear(message)
        except ConnectionError:
            return

    def close(self) -> None:
        """Say and hear nothing more."""
        asyncio.get_running_loop().remove_writer(self._sock.fileno())
        self._sock.close()

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._outgoing:
                del self._outgoing[: self._sock.send(self._outgoing)]
        except BlockingIOError:
            loop.add_writer(self._sock.fileno(), self._flush)
            return
        except OSError:  # its end is heard of where it is listened to
            self._outgoing.clear()
        if self._sock.fileno() >= 0:
            loop.remove_writer(self._sock.fileno())
