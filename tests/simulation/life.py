"""What it means to be a process: it dies at any await, stands still with all its threads, and may go on later."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.clock import Call, VirtualLoop
from tests.simulation.plan import Luck
from tests.simulation.process import Crashed


class Life:
    """The life of one process; the tasks and threads that carry it as their owner live and stand still with it.

    `silent` is called when the process begins to stand still, and when it dies.
    """

    def __init__(
        self, loop: VirtualLoop, luck: Luck, draw: random.Random, silent: Callable[[], None]
    ) -> None:
        self.dead = False
        self.stood_still = False
        self._loop, self._luck, self._draw = loop, luck, draw
        self._silent = silent
        self._wakes_at_s = 0.0
        self._steps_left = draw.randint(1, 200) if luck.bad("worker_crash", 0.2) else -1

    @property
    def asleep(self) -> bool:
        """Whether the process stands still now."""
        return self._wakes_at_s > self._loop.time()

    @property
    def wakes_at_s(self) -> float:
        """When it goes on, or went on last."""
        return self._wakes_at_s

    def end(self) -> None:
        """Be gone, as after SIGKILL: nothing that its code still does has an effect."""
        if not self.dead:
            self.dead = True
            self._silent()

    def stand_still(self, for_s: float) -> None:
        """Take no step for a while, as after SIGSTOP."""
        self.stood_still = True
        self._wakes_at_s = max(self._wakes_at_s, self._loop.time() + for_s)
        self._silent()

    def goes_on(self, call: Call) -> bool:
        """Whether the process takes this step now. Any step may be its last."""
        if self._wakes_at_s > self._loop.time() and not self.dead:
            self._loop.again(self._wakes_at_s, call)
            return False
        if self._steps_left > 0:
            self._steps_left -= 1
            if not self._steps_left:
                self.end()
        return True

    def thread_s(self) -> float:
        """How long a blocking call takes at least."""
        return self._draw.random() * 0.003

    def alive(self) -> None:
        """Raise when there is no process any more."""
        if self.dead:
            raise Crashed

    async def reach(self) -> None:
        """Get as far as another machine: time passes, and anything may happen meanwhile."""
        self.alive()
        if self._luck.left > 0:
            if self._luck.bad("worker_crash", 0.012):
                self.end()
                raise Crashed
            if self._luck.bad("worker_pause", 0.008):
                self.stand_still(self._draw.choice((1.0, 5.0, 9.0, 20.0)) * self._draw.random())
        await self._loop.sleep(self._draw.random() * 0.004)
        self.alive()
