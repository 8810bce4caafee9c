"""One host, as its worker sees it: tasks go in, results come out, and what does not obey is ended."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from catalog.models import Model
from engines.contract import Report, Result, Task
from engines.host import wire
from engines.host.bounds import Start
from engines.host.failures import HandedBack, cannot_start, died, ended_how, failure
from engines.host.letters import result_of, task_fields
from engines.host.memory import rss_bytes
from engines.host.results import check_file, check_result, folder_bytes
from engines.host.running import Running, Verdict
from engines.host.warm_parent import Ended, WarmParent
from runtime.errors import Cancelled, EngineFailed, OutOfMemory, ReelbusError
from runtime.telemetry import get_logger

log = get_logger(__name__)

LOOK_S = 0.1
"""So often it is looked whether a task was told to stop, and whether the host is within its bounds."""
HELLO_WITHIN_S = 30.0
"""What a Python may take to begin, on a busy machine."""
UNLOAD_WITHIN_S = 2.0
_MEASURE_EVERY_LOOKS, _FOLDER_EVERY_LOOKS = 3, 20
_READ_BYTES = 256 * 1024
_LAST_WORDS_S = 1.0
_KIB = 1024


class Host:
    """One engine in a process of its own. It is `dead` from when no task shall go to it, and `idle` while it has none."""

    def __init__(
        self, row: Model, warm: WarmParent, process: Ended, talk: socket.socket, start: Start
    ) -> None:
        self.row = row
        self.concurrent = False
        self.dead = False
        self.used = False
        """Whether it was ever given a task."""
        self.wanted_end = False
        """Whether it was ended because nobody needed it."""
        self.idle, self._busy = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self.pid = process.pid.result()
        self._warm, self._process, self._start, self._talk = warm, process, start, talk
        self._running: dict[int, Running] = {}
        self._calls = 0
        self._kills_before = warm.oom_kills()
        self._verdict: Verdict | None = None
        self._decoder = wire.Decoder()
        self._waiting: asyncio.Queue[wire.Message] = asyncio.Queue()
        self._outgoing = bytearray()
        self._life: asyncio.Task[None] | None = None

    @classmethod
    async def begin(cls, row: Model, warm: WarmParent, start: Start) -> Host:
        """Start a host and load its engine.

        Raises:
            EngineUnavailable: its environment or a module is missing.
            ReelbusError: it could not be started, or not be loaded.
        """
        process, talk = await warm.fork(str(start.python) if start.python is not None else None)
        host = cls(row, warm, process, talk, start)
        host._life = asyncio.create_task(host._live())
        try:
            await host._load()
        except BaseException:
            await host.end()
            raise
        return host

    async def run(self, task: Task) -> tuple[Result, float]:
        """Have one task done, and return how many seconds it took.

        Raises:
            HandedBack: the host was ended for another's fault.
            Cancelled: the task was told to stop.
            ReelbusError: it failed, or its host died.
        """
        (made,) = self.run_batch([task])
        return await made

    def run_batch(self, tasks: Sequence[Task]) -> list[Coroutine[Any, Any, tuple[Result, float]]]:
        """Give the engine tasks for one call, and return for each what `run` does; each must be awaited.

        Raises:
            EngineFailed: they are more than a message holds.
        """
        first = self._calls + 1
        message = {
            "kind": "generate",
            "tasks": [task_fields(task, first + n) for n, task in enumerate(tasks)],
        }
        try:
            data = wire.encode(message)
        except wire.Garbled as error:
            raise EngineFailed(
                f"the task is too large for the process of the engine {self.row.name}"
            ) from error
        self._calls += len(tasks)
        self.used = True
        loop = asyncio.get_running_loop()
        for number, task in enumerate(tasks):
            self._running[first + number] = Running(task, loop.create_future(), first)
        self.idle.clear()
        self._busy.set()
        self._send(data)
        begun_s = loop.time()
        return [self._result(first + number, begun_s, len(tasks)) for number in range(len(tasks))]

    async def _result(self, call: int, begun_s: float, of: int) -> tuple[Result, float]:
        """Wait for a task that was sent; of a batch each took its share of the time."""
        running = self._running[call]
        try:
            result = await asyncio.shield(running.done)
            return result, (asyncio.get_running_loop().time() - begun_s) / of
        finally:
            if not running.done.done():  # nobody waits any more: it shall stop, and is watched until it does
                running.done.add_done_callback(_retrieved)
                self._tell(call, running, "nobody waits for it any more")

    async def end(self) -> None:
        """End it now; whatever it has in hand is handed back."""
        self.dead = self.wanted_end = True
        if self._verdict is None:
            self._verdict = Verdict(EngineFailed("its worker needs it no longer"))
        await self._warm.kill(self._process)
        if self._life is not None:
            await asyncio.wait([self._life])

    async def close(self) -> None:
        """Let an idle host give everything back and end, and end it when that takes long."""
        self.dead = self.wanted_end = True
        self._send(wire.encode({"kind": "unload"}))
        await asyncio.wait([self._process.status], timeout=UNLOAD_WITHIN_S)
        await self.end()

    @property
    def gone(self) -> asyncio.Task[None]:
        """Ends when the process has ended, and all its tasks have heard of it."""
        assert self._life is not None  # noqa: S101  # begin made it
        return self._life

    async def _load(self) -> None:
        hello = await self._next(HELLO_WITHIN_S)
        if hello["kind"] == "cannot_start":
            raise cannot_start(self.row, str(hello.get("message", "")))
        start = self._start
        load: wire.Message = {"kind": "load", "target": self.row.target, "device": start.device}
        load |= {"enter": start.enter, "confines": dict(start.confines)}
        load["file_bytes"] = start.limits.work_bytes
        self._send(wire.encode(load))
        loaded = await self._next(self.row.longest_silence_s)
        if loaded["kind"] != "loaded":
            raise failure(self.row, loaded)
        self.concurrent = loaded.get("concurrent") is True

    async def _next(self, within_s: float) -> wire.Message:
        """Return the next word of a host that begins."""
        saying = asyncio.create_task(self._waiting.get())
        try:
            await asyncio.wait([saying, self.gone], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if saying.done():
                return saying.result()
        finally:
            saying.cancel()
        if not self.gone.done():
            raise cannot_start(self.row, f"it said nothing for {within_s:.0f} s")
        status = await self._process.status
        if status == -9 and self._warm.oom_kills() > self._kills_before:
            raise died(self.row, status, for_memory=True)
        raise cannot_start(self.row, f"it ended {ended_how(status)}")

    async def _live(self) -> None:
        """Listen and watch until the process ends, by itself or by us; then tell its tasks."""
        beside = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]
        try:
            ends: list[asyncio.Future[Any]] = [*beside, self._process.status]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            self.dead = True
            status = await self._warm.kill(self._process)
            await asyncio.wait(beside[:1], timeout=_LAST_WORDS_S)  # what it said before it ended
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            for task in beside:
                if not task.cancelled() and (error := task.exception()) is not None:
                    log.error("host.was_not_watched", engine=self.row.name, exc_info=error)
            asyncio.get_running_loop().remove_writer(self._talk.fileno())
            self._talk.close()
        self._bury(status)

    def _bury(self, status: int | None) -> None:
        if self._running:
            log.warning(
                "host.ended",
                engine=self.row.name,
                pid=self.pid,
                how=ended_how(status),
                why=self._verdict.error.message if self._verdict is not None else "",
                tasks=len(self._running),
            )
        for_memory = status == -9 and self._warm.oom_kills() > self._kills_before
        for running in list(self._running.values()):
            running.done.set_exception(self._sentence(running, status, for_memory))
        self._running.clear()
        self.idle.set()

    def _sentence(self, running: Running, status: int | None, for_memory: bool) -> Exception:
        """Return what a task hears of the end of its host."""
        if running.reason is not None:
            return Cancelled(running.reason)
        if self._verdict is None:
            return died(self.row, status, for_memory=for_memory)
        if self._verdict.all_of_them or self._verdict.culprit is running:
            return self._verdict.error
        return HandedBack()

    async def _listen(self) -> None:
        """Do what the host says until it closes, or says what it never should."""
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._talk, _READ_BYTES):
                for message in self._decoder.feed(data):
                    self._hear(message)
        except ConnectionError:
            return
        except (wire.Garbled, KeyError, TypeError, ValueError) as error:
            what = str(error) if isinstance(error, wire.Garbled) else "a message of the wrong shape"
            self._judge(
                EngineFailed(f"the process of the engine {self.row.name} said what it must not: {what}")
            )

    def _hear(self, message: wire.Message) -> None:
        kind = message["kind"]
        if kind in {"hello", "cannot_start", "loaded", "broken"}:
            if self._waiting.qsize() < 2:
                self._waiting.put_nowait(message)
            return
        running = self._running.get(message["call"])
        if running is None:
            return
        for other in self._running.values():
            if other.batch == running.batch:
                other.silent_s = 0.0
        if kind in {"result", "failed"}:
            self._finish(message["call"], running, message)
            return
        try:
            if kind == "step":
                running.task.report.step(int(message["done"]), int(message["total"]), str(message["stage"]))
            elif kind in {"preview", "checkpoint"}:
                self._offered(running, kind, Path(message["path"]))
        except Cancelled:
            return  # whoever watches tells it

    def _offered(self, running: Running, kind: str, path: Path) -> None:
        try:
            check_file(self.row.name, path, running.task.workdir, self._start.limits.work_bytes)
        except EngineFailed as error:
            log.warning("host.offer_refused", engine=self.row.name, kind=kind, reason=error.message)
            return
        report: Report = running.task.report
        (report.preview if kind == "preview" else report.checkpoint)(path)

    def _finish(self, call: int, running: Running, message: wire.Message) -> None:
        outcome: Result | ReelbusError
        if message["kind"] == "failed":
            outcome = failure(self.row, message)
        else:
            outcome = result_of(message)
            try:
                check_result(self.row.name, outcome, running.task.workdir, self._start.limits.work_bytes)
            except EngineFailed as error:
                outcome = error
        del self._running[call]
        if isinstance(outcome, Result):
            running.done.set_result(outcome)
        else:
            running.done.set_exception(outcome)
        if not self._running:
            self._busy.clear()
            self.idle.set()

    async def _watch(self) -> None:
        """Tell tasks to stop, and return when one does not obey or takes more than it may."""
        clock, looks = asyncio.get_running_loop().time, 0
        while self._verdict is None:
            await self._busy.wait()
            looked = clock()
            await asyncio.sleep(LOOK_S)
            looks += 1
            passed_s = min(clock() - looked, 2 * LOOK_S)
            for call, running in list(self._running.items()):
                self._look(call, running, passed_s)
            if looks % _MEASURE_EVERY_LOOKS == 0:
                self._measure()
            if looks % _FOLDER_EVERY_LOOKS == 0:
                await self._weigh()

    def _look(self, call: int, running: Running, passed_s: float) -> None:
        running.silent_s += passed_s
        if running.task.report.wants_checkpoint and not running.asked:
            running.asked = True
            self._send(wire.encode({"kind": "checkpoint", "call": call}))
        if running.reason is not None:
            running.told_s += passed_s
            if running.told_s >= self.row.grace_s:
                self._judge(Cancelled(running.reason), running)
            return
        try:
            running.task.report.check()
        except Cancelled as told:
            self._tell(call, running, told.message)
            return
        if running.silent_s >= self.row.longest_silence_s:
            silence = f"said nothing for {self.row.longest_silence_s:.0f} s and was ended"
            self._judge(EngineFailed(f"the process of the engine {self.row.name} {silence}"), running)

    def _measure(self) -> None:
        limit = self._start.limits.memory_bytes
        if limit and (held := rss_bytes(self.pid)) > limit:
            what = f"the engine {self.row.name} took {held // _KIB} KiB of memory, and {limit // _KIB} are allowed"
            alone = next(iter(self._running.values())) if len(self._running) == 1 else None
            self._judge(OutOfMemory(what), alone)

    async def _weigh(self) -> None:
        limit = self._start.limits.work_bytes
        for running in list(self._running.values()):
            if await asyncio.to_thread(folder_bytes, running.task.workdir, limit) > limit:
                what = f"wrote more than {limit} bytes into its work folder and was ended"
                self._judge(EngineFailed(f"the engine {self.row.name} {what}"), running)

    def _judge(self, error: ReelbusError, culprit: Running | None = None) -> None:
        """End the process for this; the first reason counts."""
        if self._verdict is None:
            self.dead = True
            self._verdict = Verdict(error, culprit, all_of_them=culprit is None)

    def _tell(self, call: int, running: Running, reason: str) -> None:
        if running.reason is None:
            running.reason = reason
            self._send(wire.encode({"kind": "cancel", "call": call, "reason": reason}))

    def _send(self, data: bytes) -> None:
        """Send without waiting: what it does not take now goes when it reads; no more than its tasks waits."""
        self._outgoing += data
        self._flush()

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._outgoing:
                del self._outgoing[: self._talk.send(self._outgoing)]
        except BlockingIOError:
            loop.add_writer(self._talk.fileno(), self._flush)
            return
        except OSError:  # its end is heard of where it is listened to
            self._outgoing.clear()
        if self._talk.fileno() >= 0:
            loop.remove_writer(self._talk.fileno())


def _retrieved(done: asyncio.Future[Result]) -> None:
    if not done.cancelled():
        done.exception()
