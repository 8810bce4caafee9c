"""What reads foreign media for a host: it forks for each file, and the copy can reach that file alone.

Begun by `engines/host/start.py` in the host's own Python. This process itself reads no foreign byte.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from engines.host.sandbox import Confinement, allow, code_of_this_python, enter
from engines.host.ties import die_with_parent
from engines.local.reading import decoding, wire
from runtime.errors import AssetInvalid

ORDER_BYTES = 16 * 1024
READY = b"ready"
_OPEN_FILES = 32


def serve(talk: socket.socket) -> int:
    """Read until the host closes the socket; return the exit status."""
    decoding.prepare()
    code_of_this_python()
    gc.freeze()
    talk.sendall(READY)
    reading: dict[int, int] = {}  # which order is which process
    try:
        while True:
            message, handed, _, _ = socket.recv_fds(talk, ORDER_BYTES, 1)
            if not message:
                return 0
            order = json.loads(message)
            if handed:
                reading[order["number"]] = _begin(order, handed[0])
            else:
                _end(reading.pop(order["number"], 0))
    finally:
        for pid in reading.values():
            _end(pid)


def _begin(order: dict[str, Any], pipe: int) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _read(order, pipe, parent)
    os.close(pipe)
    return pid


def _end(pid: int) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _read(order: dict[str, Any], pipe: int, parent: int) -> NoReturn:
    """Give up everything but one file, and write what it holds into the pipe."""
    try:
        die_with_parent(parent)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):  # what foreign bytes bring about is said in the pipe, and nowhere else
            os.dup2(nothing, number)
        memory_bytes = int(order["memory_bytes"])
        enter(
            Confinement(
                readable=(order["path"],), memory_bytes=memory_bytes, open_files=_OPEN_FILES, keep=(pipe,)
            )
        )
        allow(int(order["cpu_s"]), float(order["time_s"]))
        _told(order, pipe)
    finally:
        os._exit(0)


def _told(order: dict[str, Any], pipe: int) -> None:
    try:
        decoding.decode(Path(order["path"]), order, pipe)
        return
    except AssetInvalid as error:
        why, lacks = error.message, ""
    except MemoryError:
        why, lacks = "it needs more memory than a file may", ""
    except ImportError as error:
        why, lacks = "it cannot be read here", error.name or ""
    except Exception as error:  # noqa: BLE001  # what foreign bytes bring about is said, whatever it is
        why, lacks = f"it cannot be read ({type(error).__name__})", ""
    wire.put_words(pipe, wire.REFUSED, {"why": why[:1000], "lacks": lacks})
