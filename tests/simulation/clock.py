"""When things happen: an event loop whose clock jumps to the next thing, so that nothing ever really waits."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any, Protocol

Action = Callable[..., object]
EPOCH_MS = 1_700_000_000_000
MOST_STEPS = 60_000
"""Many times what any schedule takes: who takes more turns in a circle."""
A_MOMENT_S = 1e-6
"""Less than this counts as no time: added to the clock it may not move it."""


class Call:
    """Something that will be done; it can be called off. A task's calls come in the context of the task."""

    __slots__ = ("action", "arguments", "called_off", "context")

    def __init__(self, action: Action, arguments: tuple[Any, ...], context: Context | None = None) -> None:
        self.action, self.arguments, self.called_off, self.context = action, arguments, False, context

    def cancel(self) -> None:
        """Do not do it."""
        self.called_off = True


class Owner(Protocol):
    """The process that tasks and threads belong to."""

    dead: bool

    def goes_on(self, call: Call) -> bool:
        """Whether the process takes this step now; one that stands still takes it later."""

    def thread_s(self) -> float:
        """How long a blocking call takes."""


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


class NotYet(BaseException):
    """Blocking code is not finished: it shall be called once more, this much later."""

    def __init__(self, after_s: float) -> None:
        self.after_s = after_s


class Thread:
    """Blocking code that runs in virtual time: a call of it is a moment, and `NotYet` lets time pass."""

    def __init__(self, loop: VirtualLoop, work: Action, arguments: tuple[Any, ...]) -> None:
        self.calls = 0
        self.done = loop.create_future()
        self._loop, self._work, self._arguments, self._owner = loop, work, arguments, OWNER.get()
        self._later(self._owner.thread_s() if self._owner is not None else 0.0)

    def _later(self, delay_s: float) -> None:
        self._loop.after(delay_s, self._go)

    def _go(self) -> None:
        owner = self._owner
        if owner is not None and (owner.dead or not owner.goes_on(Call(self._go, ()))):
            return
        self.calls += 1
        self._loop.thread = self
        try:
            result = self._work(*self._arguments)
        except NotYet as wait:
            self._later(wait.after_s)
        except BaseException as error:  # noqa: BLE001  # as an executor does
            if not self.done.done():
                self.done.set_exception(error)
        else:
            if not self.done.done():
                self.done.set_result(result)
        finally:
            self._loop.thread = None


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs real asyncio tasks, one callback at a time, in an order that follows from the calls alone."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._ready: deque[Call] = deque()
        self._timers: list[tuple[float, int, Call]] = []
        self._number = 0
        self._stopped = False
        self.steps = 0
        self.thread: Thread | None = None
        self.at_work: Counter[object] = Counter()
        """How many threads of each pool have not come back."""
        self.complaints: list[str] = []

    def time(self) -> float:
        """Seconds since the world began."""
        return self._now_s

    @property
    def now_ms(self) -> int:
        """The broker's time, in milliseconds since the epoch."""
        return EPOCH_MS + int(self._now_s * 1000)

    def after(self, delay_s: float, action: Action, *arguments: Any) -> Call:
        """Do something later."""
        call = Call(action, arguments)
        self._number += 1
        heapq.heappush(self._timers, (self._now_s + delay_s, self._number, call))
        return call

    def again(self, at_s: float, call: Call) -> None:
        """Do a call at another time."""
        self._number += 1
        heapq.heappush(self._timers, (at_s, self._number, call))

    def sleep(self, delay_s: float) -> asyncio.Future[None]:
        """A future that is done after this time."""
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        self.after(delay_s, wake, future)
        return future

    def run(self, until_s: float) -> bool:
        """Do what is to be done; returns whether `stop` was called before the time, or our patience, was over."""
        asyncio._set_running_loop(self)
        most = self.steps + MOST_STEPS
        try:
            while not self._stopped and self.steps < most:
                if self._ready:
                    call = self._ready.popleft()
                elif self._timers:
                    at_s, _, call = heapq.heappop(self._timers)
                    if at_s > until_s:
                        break
                    if call.called_off:
                        continue
                    self._now_s = at_s
                else:
                    break
                if call.called_off:
                    continue
                self.steps += 1
                context = call.context
                if context is None:
                    call.action(*call.arguments)
                elif (owner := context.get(OWNER)) is None or owner.goes_on(call):
                    context.run(call.action, *call.arguments)
        finally:
            asyncio._set_running_loop(None)
        stopped, self._stopped = self._stopped, False
        return stopped

    def stop(self) -> None:
        """Return from `run` after the present callback."""
        self._stopped = True

    # What asyncio's tasks, futures and sleep ask of a loop.
    def call_soon(  # type: ignore[override]  # handles of our own
        self, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        call = Call(callback, args, context)
        self._ready.append(call)
        return call

    def call_later(  # type: ignore[override]  # handles of our own: what a timer wakes has its context
        self, delay: float, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        return self.call_at(self._now_s + delay, callback, *args)

    def call_at(  # type: ignore[override]  # handles of our own: what a timer wakes has its context
        self, when: float, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        timer = self.after(when - self._now_s, callback, *args)
        if not getattr(callback, "__module__", "asyncio").startswith("asyncio"):
            timer.context = copy_context()  # what it begins belongs to whoever asked for it
        return timer

    def sock_recv(self, sock: Any, nbytes: int) -> Any:  # sockets of our own
        return sock.received()

    def remove_writer(self, fd: object) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **_: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self)

    def run_in_executor(self, executor: object, func: Action, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]  # threads of our own
        done = Thread(self, func, args).done
        if executor is not None:
            self.at_work[executor] += 1
            done.add_done_callback(lambda _: self.at_work.subtract((executor,)))
        return done

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) or error is None:  # others are processes that died
            self.complaints.append(f"{context.get('message')}: {error!r}")


def wake(future: asyncio.Future[None]) -> None:
    """Let whoever waits for this go on."""
    if not future.done():
        future.set_result(None)
