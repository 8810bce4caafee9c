"""Which mistakes in the code that keeps hosts the simulator must find."""

from __future__ import annotations

import asyncio
from typing import Any

from engines.host import failures, process
from engines.host.failures import HandedBack
from engines.host.hosts import Hosts
from engines.host.process import Host
from runtime.errors import Cancelled, EngineFailed, ReelbusError
from schemas.codes import ErrorCode
from tests.simulation.mutant import Mutant
from worker.events import TaskEvents

_ready, _sentence, _look, _died = Hosts._ready, Host._sentence, Host._look, failures.died


def _charges_all_for_one(self: Any, running: Any, status: Any, for_memory: bool) -> Exception:
    told = _sentence(self, running, status, for_memory)
    return self._verdict.error if isinstance(told, HandedBack) else told


def _charges_nobody(self: Any, running: Any, status: Any, for_memory: bool) -> Exception:
    told = _sentence(self, running, status, for_memory)
    return HandedBack() if isinstance(told, EngineFailed) else told


def _does_not_know_why(row: Any, status: Any, *, for_memory: bool) -> ReelbusError:
    return _died(row, status, for_memory=False)


def _fails_what_is_handed_back(self: Any, order: Any) -> Any:
    return self.failure(order, ErrorCode.ENGINE_FAILED, "its host was ended")


def _waits_for_ever(self: Any, call: int, running: Any, passed_s: float) -> None:
    _look(self, call, running, 0.0)


def _hears_no_stop(self: Any, call: int, running: Any, passed_s: float) -> None:
    if not running.report.cancelled:
        _look(self, call, running, passed_s)


def _blames_at_once(self: Any, call: int, running: Any, passed_s: float) -> None:
    _look(self, call, running, passed_s)
    if running.reason is not None and running.told_s > 0.3:
        self._judge(Cancelled(running.reason), running)


def _buries_in_silence(self: Any, status: Any) -> None:
    self._running.clear()
    self.idle.set()


async def _keeps_the_dead(self: Any, row: Any, seat: Any) -> Any:
    return seat.host if seat.host is not None else await _ready(self, row, seat)


async def _gives_to_the_dead(self: Any, row: Any, seat: Any, task: Any) -> Any:
    host = await _keeps_the_dead(self, row, seat)
    return await host.run(task)


async def _unloads_what_is_at_work(self: Any, name: str) -> None:
    seat = self._seats.get(name)
    if seat is not None and seat.host is not None:
        await asyncio.shield(seat.host.end())


REAL = True
HOST_MUTANTS = (
    Mutant(
        "what one task did is charged to all of its host", ((Host, "_sentence", _charges_all_for_one),), REAL
    ),
    Mutant("the death of a host is charged to nobody", ((Host, "_sentence", _charges_nobody),), REAL),
    Mutant("want of memory is told as another death", ((process, "died", _does_not_know_why),), REAL),
    Mutant(
        "what a host hands back counts as a failure",
        ((TaskEvents, "handed_back", _fails_what_is_handed_back),),
        REAL,
    ),
    Mutant("a host that hangs is never ended", ((Host, "_look", _waits_for_ever),), REAL),
    Mutant("a host is not told to stop", ((Host, "_look", _hears_no_stop),), REAL),
    Mutant("a host has no grace", ((Host, "_look", _blames_at_once),), REAL),
    Mutant("the tasks of a host do not hear of its end", ((Host, "_bury", _buries_in_silence),), REAL),
    Mutant("tasks are given to a host that is dead", ((Hosts, "_run", _gives_to_the_dead),), REAL),
    Mutant("an engine is unloaded while it is at work", ((Hosts, "leave", _unloads_what_is_at_work),), REAL),
)
