"""How a worker keeps the small process that its hosts are copies of, and hears from it how each host ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from engines.host import wire
from engines.host.memory import oom_kills
from engines.local.weights import MODELS
from runtime.errors import EngineFailed
from runtime.settings import Settings
from runtime.telemetry import get_logger

log = get_logger(__name__)

_READ_BYTES = 64 * 1024
START_WITHIN_S = 30.0
"""What it may take to import what engines need, on a busy machine."""
ANSWER_WITHIN_S = 5.0
"""It has nothing else to do: when it does not answer for so long it is ended, with all its hosts, and begun again."""
CLOSE_WITHIN_S = 2.0
_KEPT = ("REELBUS_COMPOSE_",)
_SECRET = ("REELBUS_", "AWS_", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
"""Keys of stores, brokers and hubs are no business of an engine."""
_OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Weights are pulled ahead and their digests are known: no library of an engine fetches others by itself."""
_NOTHING_TOLD = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
"""Libraries of engines that would tell their makers who uses them do not: onnxruntime, and those of the model hub."""


class Ended:
    """A host's process, as its warm parent tells of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        loop = asyncio.get_running_loop()
        self.pid: asyncio.Future[int] = loop.create_future()
        self.status: asyncio.Future[int | None] = loop.create_future()
        """The exit status, negative for a signal; None when nobody could tell."""

    def over(self, status: int | None) -> None:
        """Note the end."""
        if not self.pid.done():
            self.pid.cancel()
        if not self.status.done():
            self.status.set_result(status)


class WarmParent:
    """Starts when it is first needed, and again after its death."""

    def __init__(self, targets: Sequence[str] = ()) -> None:
        """`targets` are the engines whose modules it imports ahead."""
        self._targets = tuple(targets)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._decoder = wire.Decoder()
        self._hosts: dict[int, Ended] = {}
        self._born = 0
        self._ready: asyncio.Future[None] | None = None

    @property
    def has_targets(self) -> bool:
        """Whether it would import anything."""
        return bool(self._targets)

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process is not None else None

    async def started(self) -> None:
        """Return when it has imported everything.

        Raises:
            EngineFailed: it cannot be started.
        """
        if self._ready is None:
            self._start()
        ready = self._ready
        assert ready is not None  # noqa: S101  # _start made it
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await asyncio.shield(ready)
        except TimeoutError:
            self.end()
        if not ready.done() or ready.cancelled():
            raise EngineFailed("the process that engines are started from does not start")

    async def fork(self, python: str | None) -> tuple[Ended, socket.socket]:
        """Start a host, in this Python or another; return its process, and our end of the socket that it speaks through.

        Raises:
            EngineFailed: no process could be started.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                host = await self._forked(python, theirs)
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        return host, ours

    async def _forked(self, python: str | None, talk: socket.socket) -> Ended:
        await self.started()
        self._born += 1
        host = self._hosts[self._born] = Ended(self._born)
        self._say({"kind": "fork", "id": host.number, "python": python}, talk)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await asyncio.wait([host.pid])
        except TimeoutError:
            self.end()
        if host.pid.cancelled():
            raise EngineFailed("no process could be started for an engine")
        return host

    def oom_kills(self) -> int:
        """Return how many processes beside this one the system has ended for want of memory."""
        return oom_kills()

    async def kill(self, host: Ended) -> int | None:
        """End a host and what it started, and return its exit status; bounded."""
        if not host.status.done():
            self._say({"kind": "kill", "id": host.number})
            await asyncio.wait([host.status], timeout=ANSWER_WITHIN_S)
            if not host.status.done():
                log.warning("host.warm_parent_is_stuck", pid=self.pid)
                self.end()
        return await host.status

    async def close(self) -> None:
        """Let it end every host and itself, and end it when that takes long."""
        if self._process is not None and self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.shutdown(socket.SHUT_RDWR)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, CLOSE_WITHIN_S)
        self.end()

    def end(self) -> None:
        """End it and every host at once."""
        process, control = self._process, self._control
        self._process = self._control = None
        if control is not None:
            asyncio.get_running_loop().remove_reader(control.fileno())
            control.close()
        if process is not None:
            process.kill()
            process.wait()
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
        self._ready = None
        for host in list(self._hosts.values()):
            if host.pid.done() and not host.pid.cancelled():
                with suppress(
                    ProcessLookupError, PermissionError
                ):  # it ended with its parent, others of its group not
                    os.killpg(host.pid.result(), signal.SIGKILL)
            host.over(None)
        self._hosts.clear()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._ready = asyncio.get_running_loop().create_future()
        self._decoder = wire.Decoder()
        with theirs:
            try:
                # From the loop's own thread: the child ends with the thread that started it.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "engines.host.warm", str(theirs.fileno()), *self._targets],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                )
            except OSError as error:
                ours.close()
                self._ready = None
                raise EngineFailed("the process that engines are started from cannot be started") from error
        ours.setblocking(False)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear, ours)

    def _hear(self, control: socket.socket) -> None:
        try:
            data = control.recv(_READ_BYTES)
            if not data:
                raise ConnectionError
            for message in self._decoder.feed(data):
                self._heard(message)
        except BlockingIOError:
            return
        except (OSError, wire.Garbled):
            log.warning("host.warm_parent_ended", pid=self.pid)
            self.end()

    def _heard(self, message: wire.Message) -> None:
        if message["kind"] == "ready":
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
            return
        host = self._hosts.get(message["id"])
        if host is None:
            return
        if message["kind"] == "forked" and not host.pid.done():
            host.pid.set_result(message["pid"])
        elif message["kind"] == "ended":
            del self._hosts[host.number]
            host.over(message["status"])

    def _say(self, message: wire.Message, talk: socket.socket | None = None) -> None:
        if self._control is None:
            return
        with suppress(
            OSError
        ):  # its end is heard of where it is listened to, and a full socket is one that is stuck
            data = wire.encode(message)
            socket.send_fds(self._control, [data], [talk.fileno()] if talk is not None else [])


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_KEPT) or not name.startswith(_SECRET)
    }
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry or entry == "")
    return (
        kept
        | _OFFLINE
        | _NOTHING_TOLD
        | {
            "PYTHONPATH": path,
            "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
            MODELS: str(Settings().models_folder),
        }
    )
