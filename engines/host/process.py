"""One host, as its worker sees it: tasks go in, results come out, and what does not obey is ended."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from catalog.models import Model
from engines.contract import Result, Task
from engines.host import wire
from engines.host.asking import ANSWERS, ENDS, Question
from engines.host.bounds import Start
from engines.host.failures import HandedBack, cannot_start, died, ended_how, failure
from engines.host.letters import read_result, task_fields
from engines.host.memory import rss_bytes
from engines.host.results import check_file, folder_bytes
from engines.host.running import Running, Verdict
from engines.host.talk import Talk
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
_LAST_WORDS_S = 1.0
_KIB = 1024

R = TypeVar("R")


class Host:
    """One engine in a process of its own. It is `dead` from when no task shall go to it, and `idle` while it has none."""

    def __init__(
        self, row: Model, warm: WarmParent, process: Ended, talk: socket.socket, start: Start
    ) -> None:
        self.row = row
        self.concurrent = False
        self.checks_per_s: float | None = None
        """How often a second a remote engine may be asked, where it says so."""
        self.device_bytes: int | None = None
        """What its engine says that it holds of its device; None when it says nothing: it has nothing there."""
        self.dead = False
        self.used = False
        """Whether it was ever given a task."""
        self.wanted_end = False
        """Whether it was ended because nobody needed it."""
        self.idle, self._busy = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self.pid, self.device = process.pid.result(), start.device
        self._warm, self._process, self._start, self._talk = warm, process, start, Talk(talk)
        self._running: dict[int, Running] = {}
        self._calls = 0
        self._kills_before = warm.oom_kills()
        self._verdict: Verdict | None = None
        self._retiring = False
        """Whether it is to be ended for what one does not do, and another is still at what nobody must cut off."""
        self._waiting: asyncio.Queue[wire.Message] = asyncio.Queue()
        self._life: asyncio.Task[None] | None = None

    def live(self) -> None:
        """Begin to listen and to watch."""
        self._life = asyncio.create_task(self._live())

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
        loop, first = asyncio.get_running_loop(), self._calls + 1
        row, limit = self.row, self._start.limits.work_bytes
        works = [
            Running(
                task.report,
                loop.create_future(),
                first,
                partial(read_result, row, task.workdir, limit),
                row.grace_s,
                row.longest_silence_s,
                task.workdir,
            )
            for task in tasks
        ]
        fields = [task_fields(task, first + n) for n, task in enumerate(tasks)]
        calls = self._hand({"kind": "generate", "tasks": fields}, works)
        begun_s = loop.time()
        return [self._timed(call, begun_s, len(tasks)) for call in calls]

    def ask(self, question: Question[R]) -> Coroutine[Any, Any, R]:
        """Put a question to a remote engine, and return what waits for the answer; it must be awaited.

        Raises:
            EngineFailed: it is more than a message holds.
        """
        call = self._calls + 1
        done = asyncio.get_running_loop().create_future()
        work = question.running(self.row, done, call, self._start.limits.work_bytes)
        self._hand({"kind": "ask", "call": call, **question.fields(call)}, [work])
        return self._end_of(call)

    def _hand(self, message: wire.Message, works: Sequence[Running]) -> range:
        """Give the host work, and return its numbers."""
        try:
            data = wire.encode(message)
        except wire.Garbled as error:
            raise EngineFailed(
                f"the task is too large for the process of the engine {self.row.name}"
            ) from error
        calls = range(self._calls + 1, self._calls + 1 + len(works))
        self._calls += len(works)
        self.used = True
        self._running.update(zip(calls, works, strict=True))
        self.idle.clear()
        self._busy.set()
        self._talk.send(data)
        return calls

    async def _timed(self, call: int, begun_s: float, of: int) -> tuple[Result, float]:
        """Wait for a task that was sent; of a batch each took its share of the time."""
        result = await self._end_of(call)
        return result, (asyncio.get_running_loop().time() - begun_s) / of

    async def _end_of(self, call: int) -> Any:
        running = self._running[call]
        try:
            return await asyncio.shield(running.done)
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
        self._talk.send(wire.encode({"kind": "unload"}))
        await asyncio.wait([self._process.status], timeout=UNLOAD_WITHIN_S)
        await self.end()

    @property
    def gone(self) -> asyncio.Task[None]:
        """Ends when the process has ended, and all its tasks have heard of it."""
        assert self._life is not None  # noqa: S101  # begin made it
        return self._life

    async def load(self) -> None:
        """Have the engine loaded.

        Raises:
            EngineUnavailable: its environment or a module is missing.
            ReelbusError: it could not be started, or not be loaded.
        """
        hello = await self._next(HELLO_WITHIN_S)
        if hello["kind"] == "cannot_start":
            raise cannot_start(self.row, str(hello.get("message", "")))
        start = self._start
        load: wire.Message = {"kind": "load", "target": self.row.target, "device": start.device}
        load |= {"arguments": list(self.row.arguments)}
        load |= {"enter": start.enter, "confines": dict(start.confines)}
        load["file_bytes"] = start.limits.work_bytes
        self._talk.send(wire.encode(load))
        loaded = await self._next(self.row.longest_silence_s)
        if loaded["kind"] != "loaded":
            raise failure(self.row, loaded)
        self.concurrent = loaded.get("concurrent") is True
        pace = loaded.get("checks_per_s")
        self.checks_per_s = float(pace) if isinstance(pace, int | float) and pace > 0 else None
        self._holds(loaded)

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
        try:
            await self._talk.listen(self._hear)
        except (wire.Garbled, KeyError, TypeError, ValueError, OverflowError) as error:
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
        if kind == "memory":
            self._holds(message)
            return
        running = self._running.get(message["call"])
        if running is None:
            return
        for other in self._running.values():
            if other.batch == running.batch:
                other.silent_s = 0.0
        if kind in ENDS:
            self._finish(message["call"], running, message)
            return
        try:
            if kind == "step":
                running.report.step(int(message["done"]), int(message["total"]), str(message["stage"]))
            elif kind in {"preview", "checkpoint"}:
                self._offered(running, kind, Path(message["path"]))
        except Cancelled:
            return  # whoever watches tells it

    def _holds(self, message: wire.Message) -> None:
        held = message.get("device_bytes")
        self.device_bytes = held if isinstance(held, int) and held >= 0 else None

    def _offered(self, running: Running, kind: str, path: Path) -> None:
        if running.workdir is None:
            return
        try:
            check_file(self.row.name, path, running.workdir, self._start.limits.work_bytes)
        except EngineFailed as error:
            log.warning("host.offer_refused", engine=self.row.name, kind=kind, reason=error.message)
            return
        (running.report.preview if kind == "preview" else running.report.checkpoint)(path)

    def _finish(self, call: int, running: Running, message: wire.Message) -> None:
        try:
            running.done.set_result(running.read(message))
        except (ReelbusError, *ANSWERS) as error:
            running.done.set_exception(error)
        del self._running[call]
        if not self._running:
            self._busy.clear()
            self.idle.set()
            if self._retiring:
                self._judge(EngineFailed("it did not obey, and has ended by now"))

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
        if running.report.wants_checkpoint and not running.asked:
            running.asked = True
            self._talk.send(wire.encode({"kind": "checkpoint", "call": call}))
        if running.reason is not None:
            running.told_s += passed_s
        else:
            try:
                running.report.check()
            except Cancelled as told:
                self._tell(call, running, told.message)
                return
        if running.overdue:
            self._end_for(running)

    def _end_for(self, running: Running) -> None:
        """End the process for what one does not do; at once, but where another is at what nobody must cut off."""
        if any(other.precious and not other.overdue for other in self._running.values()):
            self.dead = self._retiring = True
            return
        silence = f"said nothing for {running.silence_s:.0f} s and was ended"
        error: ReelbusError = EngineFailed(f"the process of the engine {self.row.name} {silence}")
        self._judge(error if running.reason is None else Cancelled(running.reason), running)

    def _measure(self) -> None:
        limit = self._start.limits.memory_bytes
        if limit and (held := rss_bytes(self.pid)) > limit:
            what = f"the engine {self.row.name} took {held // _KIB} KiB of memory, and {limit // _KIB} are allowed"
            alone = next(iter(self._running.values())) if len(self._running) == 1 else None
            self._judge(OutOfMemory(what), alone)

    async def _weigh(self) -> None:
        limit = self._start.limits.work_bytes
        for running in list(self._running.values()):
            if running.workdir is None:
                continue
            if await asyncio.to_thread(folder_bytes, running.workdir, limit) > limit:
                what = f"wrote more than {limit} bytes into its work folder and was ended"
                self._judge(EngineFailed(f"the engine {self.row.name} {what}"), running)

    def _judge(self, error: ReelbusError, culprit: Running | None = None) -> None:
        """End the process for this; the first reason counts."""
        if self._verdict is None:
            self.dead = True
            self._verdict = Verdict(error, culprit, all_of_them=culprit is None)
            self._busy.set()  # whoever watches sees it

    def _tell(self, call: int, running: Running, reason: str) -> None:
        if running.reason is None:
            running.reason = reason
            self._talk.send(wire.encode({"kind": "cancel", "call": call, "reason": reason}))


def _retrieved(done: asyncio.Future[Result]) -> None:
    if not done.cancelled():
        done.exception()
