"""How a process of ours begins in any Python: `python start.py DESCRIPTOR [MODULE]`. Of our packages it sees ours alone, and its own."""

from __future__ import annotations

import importlib
import importlib.machinery
import json
import os
import socket
import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
_OURS = frozenset(("captions", "catalog", "engines", "language", "net", "runtime", "schemas"))
"""What an engine may import of us. Other packages beside these belong to the worker's Python, not to this one."""
_OLDEST = (3, 11)
_HOST = "engines.host.child"


class _Ours:
    """Finds our packages where the worker has them."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> object:
        if name in _OURS:
            return importlib.machinery.PathFinder.find_spec(name, [_ROOT])
        return None


def main(descriptor: int, module: str = _HOST) -> int:
    """Serve whoever holds the other end with a module's `serve`; return the exit status."""
    talk = socket.socket(fileno=descriptor)
    if sys.version_info < _OLDEST:
        _refuse(talk, f"it is Python {sys.version.split()[0]}, and 3.11 is the oldest")
        return 1
    sys.meta_path.insert(0, _Ours)  # type: ignore[arg-type]
    try:
        import faulthandler

        serve = importlib.import_module(module).serve
    except ImportError as error:
        _refuse(talk, f"it has no module {error.name}")
        return 1
    faulthandler.enable()
    return int(serve(talk))


def _refuse(talk: socket.socket, why: str) -> None:
    data = json.dumps({"kind": "cannot_start", "message": why}).encode()
    talk.sendall(len(data).to_bytes(4, "big") + data)


if __name__ == "__main__":
    STATUS = 1
    try:
        STATUS = main(int(sys.argv[1]), *sys.argv[2:3])
    finally:
        os._exit(STATUS)
