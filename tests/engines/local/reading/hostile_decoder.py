"""A decoder that a file has taken over: it tries what it should not, and tells. Run as `hostile_decoder.py DESCRIPTOR`."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from engines.local.reading import child, decoding, wire


def tried(path: Path, order: dict[str, Any], pipe: int) -> None:
    """Take the place of `decoding.decode`."""
    attempts: dict[str, Callable[[], object]] = {
        "its own file": path.read_bytes,
        "another file": Path("/etc/passwd").read_bytes,
        "a file beside it": (path.parent / "beside").read_bytes,
        "writing beside it": lambda: (path.parent / "written").write_bytes(b"1"),
        "network": lambda: socket.create_connection(("127.0.0.1", order["port"]), 5),
        "another process": lambda: os.kill(os.getppid(), 0),
        "a new process": os.fork,
        "the talk of its owner": lambda: os.fstat(order["talk"]),
    }
    wire.put_words(pipe, wire.HEAD, {name: outcome(attempt) for name, attempt in attempts.items()})
    wire.put(pipe, wire.END)


def outcome(attempt: Callable[[], object]) -> str:
    """Return what became of an attempt."""
    try:
        attempt()
    except OSError as error:
        return f"errno {error.errno}"
    return "done"


if __name__ == "__main__":
    decoding.decode = tried
    sys.exit(child.serve(socket.socket(fileno=int(sys.argv[1]))))
