"""How a host has a foreign file read: by a process that may die of it, within memory, time and size."""

from __future__ import annotations

import itertools
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engines.contract import Task
from engines.host import start
from engines.local.reading import wire
from engines.local.reading.child import ORDER_BYTES, READY
from runtime.errors import AssetInvalid, EngineFailed, InvalidRequest

_START_WITHIN_S = 60.0
_LATE_S = 2.0
"""A process ends itself when its time is over; one that does not is ended so much later."""
_LOOK_S = 0.2
"""So often a task that waits for its file hears whether it shall stop."""


@dataclass(frozen=True, slots=True)
class Confines:
    """What one file may cost: memory of the process that reads it, computing, waiting. A large file may take longer."""

    memory_bytes: int = 2 << 30
    cpu_s: int = 30
    time_s: float = 60.0
    read_bytes_per_s: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: what is said of it, and its numbers."""

    head: dict[str, Any]
    content: bytearray


class Reader:
    """Reads files for one host, each in a process of its own; any thread may ask.

    The process that those are copies of is started when it is first needed, and ends with its owner.
    """

    def __init__(self, confines: Confines = Confines()) -> None:
        self._confines = confines
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._talk: socket.socket | None = None

    def read(self, task: Task, pointer: str, order: dict[str, Any], most_bytes: int) -> Read:
        """Return what an input of a task holds, as `order` asks for it; no more than `most_bytes` are taken.

        Raises:
            AssetInvalid: it cannot be read, is of another kind, is too large, or whoever reads it dies or is late.
            EngineFailed: nobody could be started to read it; the file has no part in that.
            Cancelled: the task shall stop.
        """
        if pointer not in task.inputs:
            raise InvalidRequest(f"{pointer}: it is not given")
        path = os.path.abspath(task.inputs[pointer].path)
        try:
            for fresh in (False, True):  # the first time there may be other reasons
                found = self._read(path, order, most_bytes, task.report.check, fresh=fresh)
                if found is not None:
                    return found
        except AssetInvalid as error:
            raise AssetInvalid(f"{pointer}: {error.message}") from None
        raise AssetInvalid(f"{pointer}: it cannot be read: whoever tries crashes, or takes too long")

    def close(self) -> None:
        """End the process that waits for work."""
        with self._lock:
            self._end()

    def _read(
        self, path: str, order: dict[str, Any], most_bytes: int, check: Callable[[], None], *, fresh: bool
    ) -> Read | None:
        """Return what is read; None when nobody lived to say it."""
        confines, number = self._confines, next(self._numbers)
        more_s = _size(path) // confines.read_bytes_per_s
        time_s = confines.time_s + more_s
        said = order | {
            "number": number, "path": path, "most_bytes": most_bytes, "memory_bytes": confines.memory_bytes,
            "cpu_s": confines.cpu_s + more_s, "time_s": time_s,
        }  # fmt: skip
        talk, pipe = self._ordered(said, fresh=fresh)
        try:
            return _received(pipe, most_bytes, time.monotonic() + time_s + _LATE_S, check)
        finally:
            os.close(pipe)
            with suppress(OSError):
                talk.send(json.dumps({"number": number}).encode())

    def _ordered(self, said: dict[str, Any], *, fresh: bool) -> tuple[socket.socket, int]:
        """Have somebody begin to read; return who, and the pipe in which he tells."""
        message = json.dumps(said).encode()
        if len(message) > ORDER_BYTES:
            raise AssetInvalid("its path is too long")
        with self._lock:
            if fresh or self._process is None or self._process.poll() is not None:
                self._end()
            for last in (False, True):
                talk = self._talk or self._begin()
                pipe, theirs = os.pipe()
                try:
                    socket.send_fds(talk, [message], [theirs])
                except OSError as error:
                    os.close(pipe)
                    self._end()
                    if last:
                        raise EngineFailed("the process that reads given files does not live") from error
                    continue
                finally:
                    os.close(theirs)
                return talk, pipe
        raise EngineFailed("the process that reads given files does not live")

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", start.__file__, str(theirs.fileno()), "engines.local.reading.child"]
        # Nothing else: whatever the host knows is no business of a foreign file. One thread: it forks.
        environment = {"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1"}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),), env=environment, cwd="/"
            )
        except OSError as error:
            ours.close()
            raise EngineFailed("the process that reads given files cannot be started") from error
        finally:
            theirs.close()
        ready, _, _ = select.select([ours], [], [], _START_WITHIN_S)
        if not ready or ours.recv(ORDER_BYTES) != READY:
            ours.close()
            self._end()
            raise EngineFailed("the process that reads given files does not start")
        self._talk = ours
        return ours

    def _end(self) -> None:
        if self._talk is not None:
            self._talk.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._talk = self._process = None


def _received(pipe: int, most_bytes: int, until_s: float, check: Callable[[], None]) -> Read | None:
    """Return what comes through a pipe until its end; None when it breaks off, or says what it never should.

    Raises: AssetInvalid, where the file is refused, or takes too long.
    """
    head: dict[str, Any] = {}
    content = bytearray()
    try:
        while True:
            kind, length = wire.mark(_taken(pipe, wire.MARK_BYTES, until_s, check))
            piece = _taken(pipe, length, until_s, check)
            if kind == wire.END:
                return Read(head, content)
            if kind == wire.DATA:
                content += piece
                if len(content) > most_bytes:
                    return None
                continue
            words = dict(json.loads(piece))
            if kind == wire.REFUSED:
                raise _refused(words)
            head = words
    except (EOFError, ValueError, TypeError):
        return None


def _refused(words: dict[str, Any]) -> Exception:
    if words.get("lacks"):
        return EngineFailed(f"the environment of this engine has no module {str(words['lacks'])[:60]}")
    return AssetInvalid(str(words.get("why"))[:1000])


def _taken(pipe: int, count: int, until_s: float, check: Callable[[], None]) -> bytes:
    """Return so many bytes. Raises EOFError when there are fewer, AssetInvalid when they take too long."""
    taken = bytearray()
    while len(taken) < count:
        check()
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise AssetInvalid("it takes too long to read")
        ready, _, _ = select.select([pipe], [], [], min(left_s, _LOOK_S))
        if not ready:
            continue
        piece = os.read(pipe, count - len(taken))
        if not piece:
            raise EOFError
        taken += piece
    return bytes(taken)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # whoever reads it says so
        return 0


READER = Reader()
"""The one of this process: a host has one engine."""
