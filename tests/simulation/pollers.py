"""Pollers that are real, in processes that die, stand still and are two at once, over a simulated topic of tickets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from consumers.remote.poller import Poller
from consumers.remote.ports import TicketRecord
from engines.remote_contract import Standing
from planning.job.commands import FollowTicket
from runtime.errors import BusUnreachable
from schemas.log import TicketEnded
from tests.simulation.clock import Call, wake
from tests.simulation.group import Group, Member
from tests.simulation.process import Crashed

if TYPE_CHECKING:
    from tests.simulation.strangers import Strangers
    from tests.simulation.world import World

QUIET_S = 30.0
"""Without a ticket there is nothing to look at: news end the wait."""


class Pollers:
    """The topic of tickets, and the processes of its group. `busy` counts records that are under way."""

    def __init__(self, world: World, strangers: Strangers) -> None:
        self.world, self.strangers = world, strangers
        self.records: list[TicketRecord] = []
        self.busy = 0
        self.group = Group(1, world.loop, world.luck, world.draw)
        self.processes: list[PollerProcess] = []
        self.closing = False
        self._born = 0
        for _ in range(world.draw.choice((1, 1, 2))):
            world.loop.call_soon(self.start)

    def put(self, word: FollowTicket, late_s: float) -> None:
        """A record is on its way to the topic."""
        self.busy += 1
        self.world.loop.after(late_s, self._append, word)

    def append(self, record: TicketRecord) -> None:
        """A record stands on the topic."""
        self.records.append(record)
        for process in self.processes:
            process.hear()
        if record.ticket is None:
            self.world.look()

    def left(self) -> list[str]:
        """Which tickets stand on the topic."""
        stands = {record.task_id: record.ticket is not None for record in self.records}
        return [task_id for task_id, there in stands.items() if there]

    def start(self) -> None:
        """Begin another poller."""
        if not self.closing:
            self._born += 1
            self.processes.append(PollerProcess(self, self._born))

    def gone(self, process: PollerProcess) -> None:
        """A poller ended: whoever looks after it starts another."""
        if process in self.processes:
            self.processes.remove(process)
            if not self.closing:
                self.world.loop.after(self.world.draw.uniform(0.2, 3.0), self.start)

    def close(self) -> None:
        """Let no poller go on."""
        self.closing = True
        for process in list(self.processes):
            process.kill()

    def say_again(self, event: TicketEnded, late_s: float) -> None:
        """A word comes to the log once more, and the schedule has not ended before."""
        self.busy += 1
        self.world.loop.after(late_s, self._said_again, event)

    def _said_again(self, event: TicketEnded) -> None:
        self.busy -= 1
        self.world.append(event)

    def _append(self, word: FollowTicket) -> None:
        self.busy -= 1
        self.append(TicketRecord(0, word.task_id, word.ticket))


class PollerProcess:
    """One incarnation of a poller; it is the topic, the strangers and the log of its poller."""

    def __init__(self, pollers: Pollers, number: int) -> None:
        self.dead = False
        self._pollers, self._world = pollers, pollers.world
        self._loop, self._luck, self._draw = self._world.loop, self._world.luck, self._world.draw
        self._position, self._goes_on_at_s = 0, 0.0
        self._news: asyncio.Future[None] | None = None
        self._chance = random.Random(number)
        self.member = Member(self._assigned)
        self.poller = Poller(
            self,
            self,
            self,
            f"poller-{number}",
            now_ms=lambda: self._loop.now_ms,
            clock_s=self._loop.time,
            draw=self._chance.random,
        )
        self._task = self._loop.create_task(self.poller.run())
        self._task.add_done_callback(self._ended)
        pollers.group.join(self.member)

    def kill(self) -> None:
        """Be gone, as after SIGKILL."""
        if not self.dead:
            self.dead = True
            self._pollers.group.fall_silent(self.member)
            self._pollers.gone(self)
            self.hear()

    def hear(self) -> None:
        """There is something new to read."""
        if self._news is not None:
            wake(self._news)

    # Tickets
    def assignment(self) -> tuple[int, frozenset[int]]:
        return self.member.generation, self.member.partitions

    def caught_up(self, partition: int) -> bool:
        return self._position >= len(self._pollers.records)

    async def poll(self, timeout_s: float) -> Sequence[TicketRecord]:
        await self._reach()
        generation = self.member.generation
        if not self._unread():
            self._news = self._loop.create_future()
            patience_s = timeout_s if self.poller.followed else QUIET_S
            call: Call = self._loop.after(patience_s, wake, self._news)
            try:
                await self._news
            finally:
                call.cancel()
                self._news = None
            self._alive()
        if generation != self.member.generation or not self.member.partitions:
            return []
        records = self._pollers.records[self._position :][: self._draw.choice((1, 2, 300))]
        self._position += len(records)
        return records

    # Strangers
    def checks_per_s(self, engine: str) -> float:
        return 50.0

    async def check(self, engine: str, ticket: str) -> Standing:
        await self._asks()
        standing = self._pollers.strangers.standing(ticket)
        await self._reach()
        return standing

    async def cancel(self, engine: str, ticket: str) -> None:
        await self._asks()
        self._pollers.strangers.cancel(ticket)
        await self._reach()

    # Words
    async def ended(self, event: TicketEnded) -> None:
        await self._reach()
        if self._luck.bad("poller_not_heard", 0.03):
            raise BusUnreachable
        self._world.append(event)
        if self._luck.bad("log_twice", 0.03):
            self._pollers.say_again(event, self._draw.uniform(0.0, 2.0))
        if self._luck.bad("poller_not_acknowledged", 0.03):
            raise BusUnreachable
        await self._reach()

    async def forget(self, task_id: str, partition: int) -> None:
        await self._reach()
        self._pollers.append(TicketRecord(0, task_id, None))

    async def _asks(self) -> None:
        await self._reach()
        if self._luck.bad("stranger_away", 0.03):
            raise ConnectionError("no answer")

    async def _reach(self) -> None:
        """Get as far as another machine: time passes, and anything may happen meanwhile."""
        self._alive()
        if self._luck.left > 0:
            if self._luck.bad("poller_crash", 0.02):
                self.kill()
                raise Crashed
            if self._luck.bad("poller_pause", 0.01):
                self._pollers.group.fall_silent(self.member)
                self._goes_on_at_s = self._loop.time() + self._draw.uniform(0.5, 20.0)
                await self._loop.sleep(self._goes_on_at_s - self._loop.time())
                self._alive()
                self._pollers.group.speak_again(self.member)
        await self._loop.sleep(self._draw.random() * 0.01)
        self._alive()

    def _alive(self) -> None:
        if self.dead:
            raise Crashed

    def _unread(self) -> bool:
        return bool(self.member.partitions) and not self.caught_up(0)

    def _assigned(self) -> None:
        self._position = 0
        self.hear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        error: Any = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Crashed):
            self._world.violations.append(f"a poller broke: {error!r}")
        self.kill()
