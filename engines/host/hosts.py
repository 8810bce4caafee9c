"""Which hosts a worker has: one for each engine, started when it is needed, again after its death, ended when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from catalog.models import Model
from engines.contract import Result, Task
from engines.host.batches import Batches
from engines.host.bounds import Limits, Start
from engines.host.memory import rss_bytes
from engines.host.process import LOOK_S, Host
from engines.host.residency import Resident, who_leaves
from engines.host.waiting import turn_of, unless_told
from engines.host.warm_parent import WarmParent
from runtime.errors import EngineMissing, EngineUnavailable
from runtime.telemetry import get_logger

log = get_logger(__name__)

IDLE_S = 300.0
"""A host that has had no task for so long is ended: its memory is worth more than the start of the next one."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
"""What a host that died waits before it begins again: nothing once, then longer with each death without a result."""


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


@dataclass(slots=True)
class _Seat:
    """The place of one engine's host."""

    host: Host | None = None
    starting: asyncio.Task[Host] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    deaths: int = 0
    not_before_s: float = 0.0
    resting: asyncio.TimerHandle | None = None
    used_s: float = 0.0
    size_bytes: int = 0
    """What its host held when that was looked at last."""
    batches: Batches | None = None


class Hosts:
    """The hosts of one worker. Belongs to one event loop; close it at the end."""

    def __init__(
        self,
        rows: Sequence[Model] = (),
        *,
        device: str = "cpu",
        idle_s: float = IDLE_S,
        limits: Limits | None = None,
        budget_bytes: int = 0,
        python_of: Callable[[str], Path] = no_environments,
        confine: Callable[[Model], Confined | None] = lambda _: None,
        warm: WarmParent | None = None,
    ) -> None:
        """`rows` are the engines whose modules are imported ahead; `python_of` finds an environment's Python.

        With `budget_bytes` the loaded engines hold no more than that together: who was not used for longest leaves.
        `warm` starts and ends their processes, where these are not ordinary ones.
        """
        self._warm = warm or WarmParent([row.target for row in rows if not row.environment])
        self._device, self._idle_s, self._limits = device, idle_s, limits or Limits()
        self._python_of, self._confine = python_of, confine
        self._budget_bytes = budget_bytes
        self._making_room = asyncio.Lock()
        self._seats: dict[str, _Seat] = {}
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
        seat = self._seats.setdefault(row.name, _Seat())
        seat.users += 1
        if seat.resting is not None:
            seat.resting.cancel()
            seat.resting = None
        try:
            result = await self._run(row, seat, task)
            seat.deaths = 0
            return result
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
        await self._ready(row, self._seats.setdefault(row.name, _Seat()))

    async def leave(self, name: str) -> None:
        """Unload an engine, when its tasks have ended; one that is not loaded stays so."""
        seat = self._seats.get(name)
        if seat is not None and seat.host is not None:
            await _leave(seat)

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

    async def _run(self, row: Model, seat: _Seat, task: Task) -> tuple[Result, float]:
        """Give the task to the host: with others like it where its row has batches, at once where it is `concurrent`, in turn otherwise."""
        if row.largest_batch > 1:
            if seat.batches is None:
                seat.batches = Batches(row, seat.turn, lambda tasks: self._begin_batch(row, seat, tasks))
            return await seat.batches.run(task)
        while (host := await unless_told(self._ready(row, seat), task.report)).concurrent:
            if not host.dead:
                return await host.run(task)
        async with turn_of(seat.turn, task.report):
            while True:
                host = await unless_told(self._ready(row, seat), task.report)
                await unless_told(host.idle.wait(), task.report)
                if not host.dead:
                    return await host.run(task)

    async def _begin_batch(
        self, row: Model, seat: _Seat, tasks: Sequence[Task]
    ) -> list[Coroutine[Any, Any, tuple[Result, float]]]:
        """Give tasks to a host that has nothing else in hand."""
        while True:
            host = await self._ready(row, seat)
            await host.idle.wait()
            if not host.dead:
                return host.run_batch(tasks)

    async def _ready(self, row: Model, seat: _Seat) -> Host:
        """Return the living host of a seat, started for all who wait for it."""
        if seat.host is not None and not seat.host.dead:
            return seat.host
        if seat.starting is None:
            seat.starting = asyncio.create_task(self._begin(row, seat))
            seat.starting.add_done_callback(_retrieved)
        return await asyncio.shield(seat.starting)

    async def _begin(self, row: Model, seat: _Seat) -> Host:
        clock = asyncio.get_running_loop().time
        try:
            if seat.host is not None:
                await asyncio.wait([seat.host.gone])
            await asyncio.sleep(max(seat.not_before_s - clock(), 0.0))
            async with self._making_room if self._budget_bytes else nullcontext():
                begun_s = clock()
                await self._make_room(row, seat)
                host = await Host.begin(row, self._warm, self._start_of(row))
            log.info("host.ready", engine=row.name, pid=host.pid, took_s=round(clock() - begun_s, 3))
            host.gone.add_done_callback(lambda _: self._gone(seat, host))
            seat.host = host
            return host
        except Exception:
            _died(seat)
            raise
        finally:
            seat.starting = None

    async def _make_room(self, row: Model, seat: _Seat) -> None:
        """Let engines leave that were not used for longest, until this one fits; those at work end their tasks first."""
        if not self._budget_bytes:
            return
        others = {
            name: other
            for name, other in self._seats.items()
            if other is not seat and other.host is not None and not other.host.dead
        }
        residents = []
        for name, other in others.items():
            assert other.host is not None  # noqa: S101  # it was looked at above
            other.size_bytes = rss_bytes(other.host.pid)
            residents.append(Resident(name, other.size_bytes, other.used_s, other.users > 0))
        needed_bytes = row.memory_bytes or seat.size_bytes
        for name in who_leaves(residents, needed_bytes, self._budget_bytes):
            log.info("host.leaves", engine=name, size_bytes=others[name].size_bytes, makes_room_for=row.name)
            await _leave(others[name])

    def _start_of(self, row: Model) -> Start:
        confined = self._confine(row)
        return Start(
            device=self._device,
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

    def _gone(self, seat: _Seat, host: Host) -> None:
        if seat.host is host:
            seat.host = None
            if not host.wanted_end:
                _died(seat)

    def _rest(self, seat: _Seat) -> None:
        """Let go of a host that nobody needs."""
        if seat.host is not None and not seat.users:
            closing = asyncio.create_task(seat.host.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


async def _leave(seat: _Seat) -> None:
    """Unload an engine: at once where nobody needs it, else after it has served those for whom it was loaded."""
    host = seat.host
    while host is not None and seat.users and not host.used and not host.dead:  # noqa: ASYNC110  # or they go away
        await asyncio.sleep(LOOK_S)
    if host is not None:
        host.dead = True  # no task goes to it any more
        await host.idle.wait()
        await host.close()


def _died(seat: _Seat) -> None:
    seat.deaths += 1
    pause_s = FIRST_PAUSE_S * 2 ** min(seat.deaths - 2, 10) if seat.deaths > 1 else 0.0
    seat.not_before_s = asyncio.get_running_loop().time() + min(pause_s, LONGEST_PAUSE_S)


def _retrieved(starting: asyncio.Task[Host]) -> None:
    if not starting.cancelled():
        starting.exception()  # each who waited has heard it; perhaps nobody waits any more
