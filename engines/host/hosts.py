"""Which hosts a worker has: one for each engine, started when it is needed, again after its death, ended when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from catalog.models import Model
from engines.contract import Report, Result, Task
from engines.host.asking import Question, Silent
from engines.host.batches import Batches
from engines.host.beginning import begin
from engines.host.bounds import Limits, Start
from engines.host.devices import CPU
from engines.host.process import Host
from engines.host.room import Room
from engines.host.seats import Seat, died, leave
from engines.host.waiting import turn_of, unless_told
from engines.host.warm_parent import WarmParent
from runtime.errors import EngineMissing, EngineUnavailable
from runtime.telemetry import get_logger

R = TypeVar("R")
log = get_logger(__name__)

IDLE_S = 300.0
"""A host that has had no task for so long is ended: its memory is worth more than the start of the next one."""


@dataclass(frozen=True, slots=True)
class Confined:
    """What a host is confined by: a function `module:name`, called in it with `confines` before its engine runs."""

    enter: str
    confines: Mapping[str, Any]


class Living(NamedTuple):
    """One host: its engine, its process, the environment that it runs in ("" is its worker's own), whether it has work."""

    engine: str
    pid: int
    environment: str
    busy: bool


def no_environments(environment: str) -> Path:
    """Find no Python, for a worker that has its own alone.

    Raises:
        EngineUnavailable: always.
    """
    raise EngineUnavailable(f"the environment {environment} is not installed on this worker")


class Hosts:
    """The hosts of one worker. Belongs to one event loop; close it at the end."""

    def __init__(
        self,
        rows: Sequence[Model] = (),
        *,
        devices: Mapping[str, int] | None = None,
        idle_s: float = IDLE_S,
        limits: Limits | None = None,
        budget_bytes: int = 0,
        python_of: Callable[[str], Path] = no_environments,
        confine: Callable[[Model], Confined | None] = lambda _: None,
        warm: WarmParent | None = None,
    ) -> None:
        """`rows` are the engines whose modules are imported ahead; `python_of` finds an environment's Python.

        With `budget_bytes` the loaded engines hold no more than that together, and of each device of `devices` no more
        than the bytes that stand there (0: as they like): who was not used for longest leaves.
        `warm` starts and ends their processes, where these are not ordinary ones.
        """
        self._warm = warm or WarmParent([row.target for row in rows if not row.environment])
        self._idle_s, self._limits = idle_s, limits or Limits()
        self._python_of, self._confine = python_of, confine
        self._seats: dict[str, Seat] = {}
        self._room = Room(self._seats, budget_bytes, devices)
        self._closing: set[asyncio.Task[Any]] = set()

    @property
    def resident(self) -> tuple[str, ...]:
        """The names of the engines that are loaded."""
        return tuple(
            name for name, seat in self._seats.items() if seat.host is not None and not seat.host.dead
        )

    @property
    def living(self) -> tuple[Living, ...]:
        """The hosts that live."""
        found = [(name, seat, seat.host) for name, seat in self._seats.items()]
        return tuple(
            Living(name, host.pid, host.row.environment, seat.users > 0)
            for name, seat, host in found
            if host is not None and not host.dead
        )

    @property
    def pids(self) -> dict[str, int]:
        """The process of each loaded engine."""
        return {
            name: seat.host.pid for name, seat in self._seats.items() if name in self.resident and seat.host
        }

    @property
    def expected(self) -> bool:
        """Whether there are engines that it shall be ready for."""
        return self._warm.has_targets

    @property
    def warm_pid(self) -> int | None:
        """The process that hosts are copies of, while there is one."""
        return self._warm.pid

    async def warm_up(self) -> None:
        """Import ahead what engines need.

        Raises:
            EngineFailed: the process for that cannot be started.
        """
        await self._warm.started()

    async def run(self, row: Model, task: Task) -> Result:
        """Have a task done, as `run_timed` does."""
        return (await self.run_timed(row, task))[0]

    async def run_timed(self, row: Model, task: Task) -> tuple[Result, float]:
        """Have a task done by the engine of a row, and return how many seconds that took once it had begun.

        Raises:
            HandedBack: its host was ended for what another task did.
            ReelbusError: it failed, was cancelled, or its host died of it.
        """
        task.report.check()
        with self._used(row) as seat:
            result = await self._run(row, seat, task)
            seat.deaths = 0
            return result

    async def ask(self, row: Model, question: Question[R]) -> R:
        """Put a question to the remote engine of a row, and return its answer.

        Raises:
            NotTaken, NotYet, TicketLost: it answered so.
            HandedBack: its host was ended for another's fault.
            ReelbusError: it failed, was cancelled, or its host died of it.
        """
        report: Report = question.task.report if question.task is not None else Silent()
        report.check()
        with self._used(row) as seat:
            answer = await self._in_turn(row, seat, report, lambda host: host.ask(question))
            seat.deaths = 0
            return answer

    def checks_per_s(self, name: str) -> float | None:
        """Return how often a second a remote engine says that it may be asked, once it was loaded."""
        seat = self._seats.get(name)
        return seat.checks_per_s if seat is not None else None

    @contextmanager
    def _used(self, row: Model) -> Iterator[Seat]:
        """Give the place of an engine, whose host stays meanwhile."""
        seat = self._seats.setdefault(row.name, Seat())
        seat.users += 1
        if seat.resting is not None:
            seat.resting.cancel()
            seat.resting = None
        try:
            yield seat
        finally:
            seat.users -= 1
            loop = asyncio.get_running_loop()
            seat.used_s = loop.time()
            if not seat.users:
                seat.resting = loop.call_later(self._idle_s, self._rest, seat)

    async def ready(self, row: Model) -> None:
        """Return when the engine of a row is loaded.

        Raises:
            ReelbusError: it cannot be.
        """
        await self._ready(row, self._seats.setdefault(row.name, Seat()))

    def prefetch(self, row: Model) -> None:
        """Begin to load the engine of a row for work that is to come, if it fits beside those that are loaded."""
        seat = self._seats.setdefault(row.name, Seat())
        if seat.lives or seat.starting is not None or not self._room.take(row, seat):
            return
        self._start(row, seat)
        if not seat.users and seat.resting is None:  # the work may never come
            seat.resting = asyncio.get_running_loop().call_later(self._idle_s, self._rest, seat)

    def device_of(self, name: str) -> str:
        """Return where a loaded engine computes: on its device if it says that it holds something there."""
        seat = self._seats.get(name)
        on_it = seat is not None and seat.host is not None and seat.host.device_bytes is not None
        return seat.device if seat is not None and on_it else CPU

    async def leave(self, name: str) -> None:
        """Unload an engine, when its tasks have ended; one that is not loaded stays so."""
        seat = self._seats.get(name)
        if seat is not None and seat.host is not None:
            await leave(seat)

    async def close(self) -> None:
        """End every host now."""
        starting = [seat.starting for seat in self._seats.values() if seat.starting is not None]
        for task in starting:
            task.cancel()
        hosts = [seat.host for seat in self._seats.values() if seat.host is not None]
        for seat in self._seats.values():
            if seat.resting is not None:
                seat.resting.cancel()
        batches = [seat.batches.close() for seat in self._seats.values() if seat.batches is not None]
        await asyncio.gather(
            *batches, *(host.end() for host in hosts), *starting, *self._closing, return_exceptions=True
        )
        await self._warm.close()
        self._seats.clear()

    async def _run(self, row: Model, seat: Seat, task: Task) -> tuple[Result, float]:
        """Give the task to the host: with others like it where its row has batches, at once where it is `concurrent`, in turn otherwise."""
        if row.largest_batch > 1:
            if seat.batches is None:
                seat.batches = Batches(row, seat.turn, lambda: self._idle(row, seat))
            return await seat.batches.run(task)
        return await self._in_turn(row, seat, task.report, lambda host: host.run(task))

    async def _in_turn(
        self, row: Model, seat: Seat, report: Report, work: Callable[[Host], Coroutine[Any, Any, R]]
    ) -> R:
        while (host := await unless_told(self._ready(row, seat), report)).concurrent:
            if not host.dead:
                return await work(host)
        async with turn_of(seat.turn, report):
            while True:
                host = await unless_told(self._ready(row, seat), report)
                await unless_told(host.idle.wait(), report)
                if not host.dead:
                    return await work(host)

    async def _idle(self, row: Model, seat: Seat) -> Host:
        """Return a host that has nothing in hand."""
        while True:
            host = await self._ready(row, seat)
            await host.idle.wait()
            if not host.dead:
                return host

    async def _ready(self, row: Model, seat: Seat) -> Host:
        """Return the living host of a seat, started for all who wait for it."""
        if seat.host is not None and seat.lives:
            return seat.host
        return await asyncio.shield(seat.starting or self._start(row, seat))

    def _start(self, row: Model, seat: Seat) -> asyncio.Task[Host]:
        starting = seat.starting = asyncio.create_task(self._begin(row, seat))
        starting.add_done_callback(_retrieved)
        return starting

    async def _begin(self, row: Model, seat: Seat) -> Host:
        clock = asyncio.get_running_loop().time
        try:
            if seat.host is not None:
                await asyncio.wait([seat.host.gone])
            await asyncio.sleep(max(seat.not_before_s - clock(), 0.0))
            if not seat.expects:
                await self._room.make(row, seat)
            begun_s = clock()
            host = await begin(row, self._warm, self._start_of(row, seat.device))
            log.info("host.ready", engine=row.name, pid=host.pid, took_s=round(clock() - begun_s, 3))
            host.gone.add_done_callback(lambda _: self._gone(seat, host))
            seat.host, seat.checks_per_s = host, host.checks_per_s
            self._later(self._room.trim(row, seat))
            return host
        except Exception:
            died(seat)
            raise
        finally:
            seat.starting, seat.expects = None, False

    def _start_of(self, row: Model, device: str) -> Start:
        confined = self._confine(row)
        return Start(
            device=device,
            python=self._python(row) if row.environment else None,
            enter=confined.enter if confined is not None else "",
            confines=confined.confines if confined is not None else {},
            limits=self._limits,
        )

    def _python(self, row: Model) -> Path:
        """Find the Python of an engine's environment; another worker may have what this one has not built.

        Raises:
            EngineMissing: it is not here.
        """
        try:
            return self._python_of(row.environment)
        except EngineUnavailable as error:
            raise EngineMissing(error.message) from error

    def _gone(self, seat: Seat, host: Host) -> None:
        if seat.host is host:
            seat.host = None
            if not host.wanted_end:
                died(seat)

    def _rest(self, seat: Seat) -> None:
        """Let go of a host that nobody needs."""
        if seat.host is not None and not seat.users:
            self._later(seat.host.close())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for but the end."""
        doing = asyncio.create_task(work)
        self._closing.add(doing)
        doing.add_done_callback(self._closing.discard)


def _retrieved(starting: asyncio.Task[Host]) -> None:
    if not starting.cancelled():
        starting.exception()  # each who waited has heard it; perhaps nobody waits any more
