"""What is said between a host and what reads for it: marked pieces over a pipe. Standard library only."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEAD, DATA, END, REFUSED = b"H", b"D", b"E", b"X"
"""What the bytes to come are; a piece of them; that this was all; why the file is not read."""
LARGEST_PIECE_BYTES = 1 << 20
LARGEST_WORDS_BYTES = 4096
_MARK = struct.Struct(">cI")
MARK_BYTES = _MARK.size


def put(pipe: int, kind: bytes, content: bytes | memoryview = b"") -> None:
    """Write a piece whole."""
    left = memoryview(_MARK.pack(kind, len(content)) + bytes(content))
    while left:
        left = left[os.write(pipe, left) :]


def put_words(pipe: int, kind: bytes, words: dict[str, Any]) -> None:
    """Write a piece that is JSON."""
    put(pipe, kind, json.dumps(words).encode()[:LARGEST_WORDS_BYTES])


def put_data(pipe: int, content: bytes | memoryview) -> None:
    """Write bytes of the medium, in as many pieces as it takes."""
    whole = memoryview(content).cast("B")
    for start in range(0, len(whole), LARGEST_PIECE_BYTES):
        put(pipe, DATA, whole[start : start + LARGEST_PIECE_BYTES])


def mark(content: bytes) -> tuple[bytes, int]:
    """Return which piece begins with this mark, and how long it is.

    Raises ValueError: it is none, or too long.
    """
    kind, length = _MARK.unpack(content)
    most = LARGEST_PIECE_BYTES if kind == DATA else LARGEST_WORDS_BYTES
    if kind not in {HEAD, DATA, END, REFUSED} or length > most:
        raise ValueError("no piece begins like this")
    return kind, length
