"""How a worker and its hosts speak: JSON messages over a socket, each after its length. Standard library only."""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import struct
from collections.abc import Iterator
from typing import Any

MESSAGE_BYTES = 16 * 1024 * 1024
"""A longer message, and one that is no JSON object, ends the talk."""
LOOK_MS = 1000
_LENGTH = struct.Struct("!I")
_READ_BYTES = 256 * 1024

Message = dict[str, Any]


class Garbled(Exception):
    """What came is no message."""


def encode(message: Message) -> bytes:
    """Return a message as it goes over the socket.

    Raises:
        Garbled: it is too long, or is no JSON.
    """
    try:
        data = json.dumps(message, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise Garbled(f"a message cannot be written as JSON ({type(error).__name__})") from error
    if len(data) > MESSAGE_BYTES:
        raise Garbled(f"a message of {len(data)} bytes is longer than {MESSAGE_BYTES}")
    return _LENGTH.pack(len(data)) + data


class Decoder:
    """Makes messages of bytes as they come; holds one message at most."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Give every message that is whole now.

        Raises:
            Garbled: what came is no message; nothing that follows can be one.
        """
        self._bytes += data
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            if length > MESSAGE_BYTES:
                raise Garbled(f"a message of {length} bytes is longer than {MESSAGE_BYTES}")
            end = _LENGTH.size + length
            if len(self._bytes) < end:
                return
            text = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield _message(text)


def _message(text: bytes) -> Message:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled("a message is no JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise Garbled("a message has no kind")
    return message


def messages(sock: socket.socket) -> Iterator[Message]:
    """Give messages as they come, until the other side closes; blocking.

    Raises:
        Garbled: what came is no message.
        OSError: somebody in this process closed the socket, or put another file in its place.
    """
    decoder, waits = Decoder(), select.poll()
    waits.register(sock, select.POLLIN)
    number = os.fstat(sock.fileno()).st_ino
    while True:
        # Who waits in the kernel does not notice that its descriptor was closed.
        ready = waits.poll(LOOK_MS)
        if os.fstat(sock.fileno()).st_ino != number:
            raise OSError(errno.EBADF, "it is another file now")
        if not ready:
            continue
        try:
            data = sock.recv(_READ_BYTES)
        except ConnectionError:
            return
        if not data:
            return
        yield from decoder.feed(data)
