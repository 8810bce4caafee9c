"""What a host does: it holds one engine, and does what its worker tells it over a socket. Standard library only."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import resource
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from engines.contract import Engine, Input, Result, Task
from engines.host import answering, wire
from runtime.errors import Cancelled, ReelbusError
from schemas.codes import ErrorCode

STEP_EVERY_S = 0.05
"""Steps of one task that come faster are told to the engine only: whether it shall stop."""
MEMORY_EVERY_S = 1.0
"""An engine at work is asked so often what it holds of its device."""
LARGE_CALL_S = 1.0
"""After a call of this length freed memory is given back: it had frames."""
_HIGH = 200
"""The talk with the worker is on a descriptor at least so high: an engine that tidies up low ones does not meet it."""
_ENGINE_DIED = 3


def serve(talk: socket.socket) -> int:
    """Serve a worker until it closes the socket, or says `unload`; return the exit status."""
    with suppress(OSError):  # of two that want memory the worker shall live
        Path("/proc/self/oom_score_adj").write_text("600", "ascii")
    host = _Host(_out_of_the_way(talk))
    host.say({"kind": "hello", "pid": os.getpid(), "python": sys.version.split()[0]})
    try:
        for message in wire.messages(host.talk):
            if not host.obey(message):
                return 0
    except OSError:
        return _ENGINE_DIED  # it closed what it was spoken to through
    return 0


def _out_of_the_way(talk: socket.socket) -> socket.socket:
    import fcntl

    high = fcntl.fcntl(talk.fileno(), fcntl.F_DUPFD_CLOEXEC, _HIGH)
    talk.close()
    return socket.socket(fileno=high)


class _Report:
    """The engine's side of a running task."""

    def __init__(self, host: _Host, call: int) -> None:
        self._host, self._call = host, call
        self._told_s = 0.0
        self._measured_s = time.monotonic()
        self.reason: str | None = None
        self.stopping = False

    def step(self, done: int, total: int, stage: str) -> None:
        now_s = time.monotonic()
        if now_s - self._measured_s >= MEMORY_EVERY_S:
            self._measured_s = now_s
            self._host.tell_memory()
        if now_s - self._told_s >= STEP_EVERY_S or done >= total:
            self._told_s = now_s
            self._say("step", done=int(done), total=int(total), stage=str(stage)[:200])
        self.check()

    def preview(self, path: Path) -> None:
        self._say("preview", path=str(path))
        self.check()

    def checkpoint(self, path: Path) -> None:
        self._say("checkpoint", path=str(path))
        self.check()

    @property
    def wants_checkpoint(self) -> bool:
        return self.stopping

    def check(self) -> None:
        if self.reason is not None:
            raise Cancelled(self.reason)

    def _say(self, kind: str, **fields: Any) -> None:
        self._host.say({"kind": kind, "call": self._call, **fields})


class _Host:
    """The engine, and the tasks that it has in hand."""

    def __init__(self, talk: socket.socket) -> None:
        self.talk = talk
        self._engine: Engine | None = None
        self._reports: dict[int, _Report] = {}
        """By the worker's number of each task: two attempts at one task have the same id."""
        self._speaking = threading.Lock()
        self._asking = answering.threads()
        self._device_bytes: int | None = None

    def say(self, message: wire.Message) -> None:
        data = wire.encode(message)
        with self._speaking, suppress(OSError):  # who does not listen any more ends this process
            self.talk.sendall(data)

    def obey(self, message: wire.Message) -> bool:
        """Do what the worker says; return whether there may be more."""
        kind = message["kind"]
        if kind == "load":
            # In the only thread that there is yet: those that begin later are confined as it is.
            if self._confined(message):
                _begin(self._load, message)
        elif kind == "generate":
            calls = {fields["task_id"]: fields["call"] for fields in message["tasks"]}
            tasks = [self._task(fields) for fields in message["tasks"]]
            _begin(self._generate, tasks, calls)
        elif kind == "ask":
            task = self._task(message["task"]) if message["task"] is not None else None
            self._asking.submit(self._ask, message, task)
        elif kind == "cancel":
            if (report := self._reports.get(message["call"])) is not None:
                report.reason = message["reason"]
        elif kind == "checkpoint":
            if (report := self._reports.get(message["call"])) is not None:
                report.stopping = True
        elif kind == "unload":
            getattr(self._engine, "unload", lambda: None)()
            return False
        return True

    def _confined(self, message: wire.Message) -> bool:
        """Give up what the worker says, before the first line of the engine runs; return whether that was possible."""
        try:
            if message.get("enter"):
                _named(message["enter"])(message["confines"])
        except BaseException as error:  # noqa: BLE001  # an engine that cannot be confined does not run
            self.say({"kind": "broken", **_told(error)})
            return False
        return True

    def _load(self, message: wire.Message) -> None:
        try:
            if message.get("file_bytes"):
                resource.setrlimit(resource.RLIMIT_FSIZE, (message["file_bytes"],) * 2)
            engine: Engine = _named(message["target"])(*message.get("arguments", ()))
            engine.load(message["device"])
            pace = answering.pace(engine)
        except BaseException as error:  # noqa: BLE001  # whatever an engine does is told, and nothing else happens
            self.say({"kind": "broken", **_told(error)})
            return
        self._engine = engine
        gc.freeze()  # what was loaded stays; nobody needs to look through it again
        loaded: wire.Message = {"kind": "loaded", "concurrent": bool(getattr(engine, "concurrent", False))}
        self.say(loaded | {"checks_per_s": pace, "device_bytes": self._held_bytes()})

    def tell_memory(self) -> None:
        """Say what the engine holds of its device, when that has changed."""
        before = self._device_bytes
        if (held := self._held_bytes()) != before:
            self.say({"kind": "memory", "device_bytes": held})

    def _held_bytes(self) -> int | None:
        """Return what the engine says that it holds of its device; None when it says nothing."""
        with suppress(Exception):  # it is asked in passing: what it raises is no task's failure
            ask = getattr(self._engine, "device_bytes", None)
            self._device_bytes = None if ask is None else max(int(ask()), 0)
        return self._device_bytes

    def _task(self, fields: dict[str, Any]) -> Task:
        report = self._reports[fields["call"]] = _Report(self, fields["call"])
        checkpoint = fields.get("checkpoint")
        return Task(
            task_id=fields["task_id"],
            capability=fields["capability"],
            params=fields["params"],
            seed=fields["seed"],
            workdir=Path(fields["workdir"]),
            report=report,
            inputs={
                pointer: Input(Path(path), media_type)
                for pointer, (path, media_type) in fields["inputs"].items()
            },
            idempotency_key=fields["idempotency_key"],
            checkpoint=Path(checkpoint) if checkpoint else None,
        )

    def _generate(self, tasks: list[Task], calls: dict[str, int]) -> None:
        begun_s = time.monotonic()
        assert self._engine is not None  # noqa: S101  # the worker loads first
        error: BaseException = _NothingGiven()
        try:
            for finished in self._engine.generate(tasks):
                if (call := calls.pop(finished.task_id, None)) is not None:
                    self._finish(call, finished.outcome)
        except BaseException as raised:  # noqa: BLE001  # SystemExit too: an engine does not end what serves others
            error = raised
        for call in calls.values():
            self._fail(call, error)
        self.tell_memory()
        if time.monotonic() - begun_s >= LARGE_CALL_S:
            del error, tasks
            give_back()

    def _ask(self, message: wire.Message, task: Task | None) -> None:
        call = message["call"]
        try:
            assert self._engine is not None  # noqa: S101  # the worker loads first
            said = answering.asked(self._engine, message, task)  # type: ignore[arg-type]  # it is a remote one
            if not isinstance(said, Result):
                wire.encode(said)
        except BaseException as error:  # noqa: BLE001  # as of any engine
            # A stranger that is away is asked many times: whoever asks says it once.
            self._fail(call, error, quiet=task is None)
            return
        if isinstance(said, Result):
            self._finish(call, said)
            return
        self._reports.pop(call, None)
        self.say({**said, "call": call})

    def _finish(self, call: int, outcome: object) -> None:
        if not isinstance(outcome, Result):
            self._fail(call, outcome)
            return
        try:
            products = [
                {"path": str(one.path), "media_type": one.media_type, "role": one.role, "text": one.text}
                for one in outcome.products
            ]
            message: wire.Message = {"kind": "result", "call": call, "products": products}
            message["degraded"] = list(outcome.degraded)
            wire.encode(message)
        except Exception as error:  # noqa: BLE001  # what an engine gives may be anything
            self._fail(call, error)
            return
        self._reports.pop(call, None)
        self.say(message)

    def _fail(self, call: int, error: object, *, quiet: bool = False) -> None:
        self._reports.pop(call, None)
        told = answering.answer_of(error) or _told(error, quiet=quiet)
        self.say({"kind": "failed", "call": call, **told})


class _NothingGiven(Exception):
    """An engine gave no result for a task."""


def _told(error: object, *, quiet: bool = False) -> dict[str, Any]:
    """Return an error in words that may leave the process: of a foreign one only its kind, it may quote a prompt."""
    if isinstance(error, ReelbusError):
        wait_s = error.retry_after_s
        return {"code": error.code.value, "message": error.message[:2000], "retry_after_s": wait_s}
    if isinstance(error, MemoryError):
        return {"code": ErrorCode.OUT_OF_MEMORY.value, "message": ""}
    told: dict[str, Any] = {"code": "", "message": "", "type": type(error).__name__}
    if isinstance(error, ImportError):
        told["module"] = error.name or ""
    if isinstance(error, OSError):
        told["errno"] = error.errno
    if not quiet and not isinstance(error, ImportError | _NothingGiven):
        with suppress(Exception):
            import traceback

            if isinstance(error, BaseException):
                # Places only: the text of an error may quote a prompt.
                lines = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
                sys.stderr.write(f"{lines}{type(error).__name__}\n")
    return told


def _named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _begin(work: Any, *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc's malloc_trim); harmless elsewhere."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
