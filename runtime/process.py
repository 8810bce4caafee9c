"""How a process lives: it starts, says when it is ready, tells its health, and stops within a bound."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from runtime.errors import BusUnreachable, OutOfMemory, StorageFailed
from runtime.health import serve_health
from runtime.notify import notify
from runtime.settings import Settings, wrong_setting
from runtime.telemetry import configure_logging, get_logger, identify
from runtime.tracing import set_up
from runtime.watchdog import arm, keep_watch

RECONNECT_S = 1.0
GRACE_AFTER_DRAIN_S = 1.3
"""What closing connections may take after the running work was finished or handed back."""
OUT_OF_MEMORY_STATUS = 70
"""How a process ends that has no room for what it must read: a fresh one has, or shows that it is too small."""
LAST_GRACE_S = 0.3
"""After this the system ends a process whose engine lets no other code run, not even the code that gives up."""
LEAVE_WITHIN_S = 8.0
"""What a process that must end may take for handing back and leaving, also when broker and store are away."""
DISOBEYED = 75
"""The exit status of a process that ended because code in it did not come back: start it again."""

_WRONG_USE = 2
"""The exit status of a command that was used wrongly: it would not help to start the process again."""

log = get_logger(__name__)


class Disobeyed(Exception):
    """Code of an attempt does not come back: no thread can be ended, so the process must."""


class Stopping:
    """The request to stop, and whether the process is ready to work; `stuck_after_s` 0 means never."""

    def __init__(self, stuck_after_s: float = 60.0) -> None:
        self.asked = asyncio.Event()
        self._stops: list[Callable[[], None]] = []
        self._checks: dict[str, Callable[[], bool]] = {}
        self._obstacles: dict[str, Callable[[], Sequence[str]]] = {}
        self._pulses: dict[str, Callable[[], float]] = {}
        self._stuck_after_s = stuck_after_s

    def then(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the process shall stop; at once when that was asked already."""
        self._stops.append(stop)
        if self.asked.is_set():
            stop()

    def readiness(self, name: str, check: Callable[[], bool]) -> None:
        """Add (or replace) something that must hold for the process to be ready."""
        self._checks[name] = check

    def obstacles(self, name: str, look: Callable[[], Sequence[str]]) -> None:
        """Add (or replace) something that keeps the process from being ready while it has reasons to tell."""
        self._obstacles[name] = look
        self._checks[name] = lambda: not look()

    def pulse(self, name: str, age_s: Callable[[], float]) -> None:
        """Add (or replace) a loop of the process's work: how many seconds ago it turned last."""
        self._pulses[name] = age_s

    def no_pulse(self) -> None:
        """Forget the loops: the work ended, or begins again."""
        self._pulses.clear()

    def stuck(self) -> list[str]:
        """Return in words which loops do not turn, though the process lives."""
        ages = {name: age_s() for name, age_s in self._pulses.items()} if self._stuck_after_s else {}
        return [
            f"{name} has not turned for {age_s:.0f} s"
            for name, age_s in ages.items()
            if age_s > self._stuck_after_s
        ]

    def leave_soon(self) -> None:
        """End the process within `LEAVE_WITHIN_S`, whatever happens meanwhile."""
        if not self.asked.is_set():  # a stop has a bound of its own
            _bound(LEAVE_WITHIN_S, DISOBEYED)

    def state(self) -> dict[str, bool]:
        """Return each readiness check's answer."""
        return {name: check() for name, check in self._checks.items()}

    def reasons(self) -> list[str]:
        """Return in words what keeps the process from being ready, as far as that is known."""
        return [reason for look in self._obstacles.values() for reason in look()]

    @property
    def ready(self) -> bool:
        """Whether the process can do its work now."""
        state = self.state()
        return bool(state) and all(state.values()) and not self.asked.is_set()

    def ask(self) -> None:
        """Ask everything to stop."""
        self.asked.set()
        for stop in self._stops:
            stop()


Run = Callable[[Settings, Stopping], Awaitable[None]]


def main(role: str, run: Run) -> None:
    """Run one process until SIGTERM or SIGINT, and exit with 0 when it stopped in order."""
    try:
        settings = Settings(role=role)
    except (ValidationError, SettingsError) as error:
        sys.stderr.write(f"reelbus: {wrong_setting(error)}\n")
        sys.exit(_WRONG_USE)
    configure_logging(settings.log_level, settings.log_format)
    identify(role=role, pid=os.getpid())
    faulthandler.enable()  # a crash of native code tells in the log which thread did what
    sys.exit(uvloop.run(_live(role, settings, run)))


async def _live(role: str, settings: Settings, run: Run) -> int:
    stopping = Stopping(settings.watchdog_s)
    flush_spans = set_up(role)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _on_signal, stopping, settings)
    health = None
    if settings.port:
        health = await serve_health(settings.port, role, stopping, settings.health_host)
    announcing = asyncio.create_task(_announce(role, stopping))
    arm(settings.watchdog_s)  # before anything runs that may never let this task have its turn
    watching = asyncio.create_task(keep_watch(settings.watchdog_s, stopping.stuck))
    try:
        await _keep_running(role, settings, stopping, run)
    except OutOfMemory as error:
        log.error("process.out_of_memory", role=role, reason=error.message)
        _leave(OUT_OF_MEMORY_STATUS)
    finally:
        announcing.cancel()
        watching.cancel()
        if health is not None:
            health.close()
    log.info("process.stopped", role=role)
    await asyncio.to_thread(flush_spans)
    if stopping.asked.is_set():
        # Everything is finished or handed back; Python would wait for an engine that does not hear its cancellation.
        _leave(0)
    return 0


async def _keep_running(role: str, settings: Settings, stopping: Stopping, run: Run) -> None:
    """Wait for a broker or store that is away: a process that gives up would only be started again."""
    log.info("process.started", role=role, pid=os.getpid())
    while not stopping.asked.is_set():
        try:
            try:
                await run(settings, stopping)
            finally:
                stopping.no_pulse()
        except Disobeyed as error:
            log.error("process.ends_itself", role=role, engine=str(error), status=DISOBEYED)
            _leave(0 if stopping.asked.is_set() else DISOBEYED)
        except (BusUnreachable, StorageFailed) as error:
            stopping.readiness("reachable", lambda: False)
            log.warning("process.waits", role=role, code=error.code, reason=error.message)
            await _pause(stopping, RECONNECT_S)
            stopping.readiness("reachable", lambda: True)


async def _pause(stopping: Stopping, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.asked.wait()
    except TimeoutError:
        return


def _on_signal(stopping: Stopping, settings: Settings) -> None:
    if stopping.asked.is_set():
        os._exit(130)  # the second signal means now
    # Threads cannot be killed: an engine that ignores its cancellation must not keep the process alive.
    _bound(settings.drain_s + GRACE_AFTER_DRAIN_S, 0)
    stopping.ask()


def _bound(within_s: float, status: int) -> None:
    """Live no longer than this, also when nothing of our code runs any more."""
    asyncio.get_running_loop().call_later(within_s, _give_up, status)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, within_s + LAST_GRACE_S)


def _give_up(status: int) -> None:
    log.warning("process.killed_itself", reason="work did not end in its time; it will be done again")
    _leave(status)


def _leave(status: int) -> NoReturn:
    """End at once: threads that still run are no reason to wait."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


async def _announce(role: str, stopping: Stopping) -> None:
    """Tell whoever started us, by the sd_notify protocol, when we are ready."""
    while not stopping.ready:  # noqa: ASYNC110  # readiness is asked, nobody is told of it
        await asyncio.sleep(0.05)
    notify("READY=1", f"STATUS={role}")
