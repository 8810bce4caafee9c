"""When things happen: an event loop whose clock jumps to the next thing, so that nothing ever really waits."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any

Action = Callable[..., object]
EPOCH_MS = 1_700_000_000_000


class Call:
    """Something that will be done; it can be called off."""

    __slots__ = ("action", "arguments", "called_off")

    def __init__(self, action: Action, arguments: tuple[Any, ...]) -> None:
        self.action, self.arguments, self.called_off = action, arguments, False

    def cancel(self) -> None:
        """Do not do it."""
        self.called_off = True


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs real asyncio tasks, one callback at a time, in an order that follows from the calls alone."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._ready: deque[Call] = deque()
        self._timers: list[tuple[float, int, Call]] = []
        self._number = 0
        self._stopped = False
        self.steps = 0

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

    def sleep(self, delay_s: float) -> asyncio.Future[None]:
        """A future that is done after this time."""
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        self.after(delay_s, wake, future)
        return future

    def run(self, until_s: float) -> bool:
        """Do what is to be done; returns whether `stop` was called before the time was over."""
        asyncio._set_running_loop(self)
        try:
            while not self._stopped:
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
                if not call.called_off:
                    self.steps += 1
                    call.action(*call.arguments)
        finally:
            asyncio._set_running_loop(None)
        stopped, self._stopped = self._stopped, False
        return stopped

    def stop(self) -> None:
        """Return from `run` after the present callback."""
        self._stopped = True

    # What asyncio's tasks, futures and sleep ask of a loop.
    def call_soon(  # type: ignore[override]  # handles without contexts
        self, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        call = Call(callback, args)
        self._ready.append(call)
        return call

    def call_later(  # type: ignore[override]  # handles without contexts
        self, delay: float, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        return self.after(delay, callback, *args)

    def call_at(  # type: ignore[override]  # handles without contexts
        self, when: float, callback: Action, *args: Any, context: Context | None = None
    ) -> Any:
        return self.after(when - self._now_s, callback, *args)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **_: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        raise error if isinstance(error, BaseException) else RuntimeError(context.get("message"))


def wake(future: asyncio.Future[None]) -> None:
    """Let whoever waits for this go on."""
    if not future.done():
        future.set_result(None)
