"""How hosts begin quickly: a small process that has imported what engines need, and copies itself. Standard library only.

`python -m engines.host.warm DESCRIPTOR TARGET...`: the descriptor is a socket to the worker, targets are engines. It has
one thread, so that a copy of it can live. It also is who hears of the end of a host, and who ends what a host leaves
behind: everything in its group, and whatever left that and lost its parent.
"""

from __future__ import annotations

import array
import faulthandler
import gc
import importlib
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from engines.host import child, wire
from engines.host.ties import die_with_parent, inherit_orphans

_DESCRIPTORS = 16
_READ_BYTES = 64 * 1024
_STATE, _PARENT, _SESSION = 0, 1, 3
"""Fields of /proc/PID/stat behind the name (proc(5))."""
START_FILE = Path(__file__).with_name("start.py")
CANNOT_START = 126


def main(descriptor: int, targets: list[str]) -> None:
    """Fork hosts until the worker is gone."""
    control = socket.socket(fileno=descriptor)
    worker = os.getppid()
    die_with_parent(worker)
    inherit_orphans()
    _import(targets)
    gc.collect()
    gc.freeze()  # what is not looked through stays shared with every copy
    _Warm(control).run()


def _import(targets: Iterable[str]) -> None:
    """Import engines and what their classes name as `ahead`; what cannot be imported is told by whoever needs it."""
    # Its threads would not be copied; each host has one for each of its tasks anyway.
    alone = "OPENBLAS_NUM_THREADS" not in os.environ
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for target in targets:
        module, _, name = target.partition(":")
        with suppress(Exception):
            for ahead in getattr(getattr(importlib.import_module(module), name), "ahead", ()):
                importlib.import_module(ahead)
    if alone:
        del os.environ["OPENBLAS_NUM_THREADS"]


class _Warm:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._hosts: dict[int, int] = {}  # pid -> number
        self._decoder = wire.Decoder()
        self._handed: list[int] = []

    def run(self) -> None:
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # told to a whole group: the worker decides
        self._say({"kind": "ready"})
        try:
            while True:
                ready, _, _ = select.select([self._control, woken], [], [])
                if woken in ready:
                    with suppress(BlockingIOError):
                        woken.recv(4096)
                    self._reap()
                if self._control in ready and not self._hear():
                    return
        finally:
            for pid in self._hosts:
                _kill(pid)
            for pid in self._hosts:
                os.waitpid(pid, 0)
            _sweep(set())

    def _hear(self) -> bool:
        """Do what the worker says; return whether it is still there."""
        room = socket.CMSG_LEN(_DESCRIPTORS * array.array("i").itemsize)
        try:
            data, extras, _, _ = self._control.recvmsg(_READ_BYTES, room)
        except OSError:
            return False
        for level, kind, content in extras:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
                self._handed += numbers
        for message in self._decoder.feed(data):
            if message["kind"] == "fork":
                self._fork(message["id"], message.get("python"), self._handed.pop(0))
            elif message["kind"] == "kill":
                for pid, number in self._hosts.items():
                    if number == message["id"]:
                        _kill(pid)
        return bool(data)

    def _fork(self, number: int, python: str | None, talk: int) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                _live(talk, python, parent)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(talk)
        self._hosts[pid] = number
        self._say({"kind": "forked", "id": number, "pid": pid})

    def _reap(self) -> None:
        """Tell of every host that ended, after what it left behind was ended too."""
        with suppress(ChildProcessError):
            # Its number is not given to another process before it was waited for.
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                pid = found.si_pid
                if pid in self._hosts:
                    _kill(pid)
                _, status = os.waitpid(pid, 0)
                if pid in self._hosts:
                    number = self._hosts.pop(pid)
                    _sweep(set(self._hosts))
                    self._say({"kind": "ended", "id": number, "status": os.waitstatus_to_exitcode(status)})

    def _say(self, message: wire.Message) -> None:
        with suppress(OSError):  # that the worker is gone is seen where it is listened to
            self._control.sendall(wire.encode(message))


def _live(talk: int, python: str | None, parent: int) -> NoReturn:
    """Become a host: a session of its own, no descriptors but its talk, output into the log."""
    status = 1
    try:
        os.setsid()
        die_with_parent(parent)
        signal.set_wakeup_fd(-1)
        for heard in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(heard, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        for number in [int(entry) for entry in os.listdir("/proc/self/fd")]:
            if number > 2 and number != talk:
                with suppress(OSError):
                    os.close(number)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if python is not None:
            _another_python(python, talk)
        gc.enable()
        faulthandler.enable()  # a crash of native code tells in the log what ran
        status = child.serve(socket.socket(fileno=talk))
    except BaseException as error:  # noqa: BLE001  # the frames below belong to the other process
        with suppress(BaseException):
            sys.stderr.write(f"host: {type(error).__name__}\n")
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _another_python(python: str, talk: int) -> NoReturn:
    os.set_inheritable(talk, True)
    try:
        os.execv(python, [python, "-I", str(START_FILE), str(talk)])  # noqa: S606  # a shell has no part in it
    except OSError as error:
        with socket.socket(fileno=talk) as worker:
            worker.sendall(wire.encode({"kind": "cannot_start", "message": error.strerror or "exec failed"}))
        os._exit(CANNOT_START)


def _kill(pid: int) -> None:
    """End a host and everything in its group, which it leads once it has begun."""
    for end in (os.kill, os.killpg):
        with suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _sweep(living: set[int]) -> None:
    """End what lost its parent and is in the session of no living host; who has inherited it sees to that."""
    us = str(os.getpid())
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in living:
            continue
        with suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{entry}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            if fields[_PARENT] == us and fields[_STATE] != "Z" and int(fields[_SESSION]) not in living:
                os.kill(int(entry), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
