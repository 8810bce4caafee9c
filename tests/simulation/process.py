"""One coordinator process: the real loop over ports that fail, stand still, and lose their process at any await."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bus.publisher import RecordTooLarge
from consumers.assembly.coordinator.loop import Coordinator
from consumers.assembly.coordinator.ports import Restored, StateStore
from consumers.assembly.coordinator.replica import Replica
from planning.job.commands import Dispatch, FollowTicket, Notice, PublishFact, PublishProgress, Stop
from planning.partition.partition import LogEntry
from planning.partition.records import Checkpoint, StateUnreadable
from planning.placement.fleet import Fleet
from schemas.log import TimerFired
from schemas.orders import WorkOrder
from tests.simulation.broker import BrokerPartition
from tests.simulation.clock import Call, wake
from tests.simulation.group import Member
from tests.simulation.sizes import facts_of, orders_of
from tests.simulation.tomorrow import reduce_otherwise

if TYPE_CHECKING:
    from tests.simulation.world import World

POLLS_EVERY_S = 3.0
"""Sends, folds and commits between two polls take less, however long a restore takes beside them."""
NOTHING_TO_READ_S = 30.0
"""A process without partitions may wait long: nothing that it could do depends on it."""


class Crashed(BaseException):
    """The process is gone; nothing that its code still does has an effect."""


class Process:
    """An incarnation of a coordinator; it is the log, the state stores and the sender of its loop."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number = world, number
        self.dead = False
        self.member = Member(self._assigned)
        self.owner_of: dict[int, int] = {}
        self.replicas: dict[int, Replica] = {}
        self.writers: list[SimulatedStateStore] = []
        self._loop, self._luck, self._draw = world.loop, world.luck, world.draw
        self._positions: dict[int, int] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._goes_on_at_s = 0.0
        self._left_poll_at_s = self._loop.time()
        self._skew_ms = int(self._draw.uniform(-3_000, 3_000)) if self._luck.bad("skew", 0.15) else 0
        self.fleet = Fleet()
        self._coordinator = Coordinator(
            self,
            self,
            self,
            now_ms=lambda: self._loop.now_ms + self._skew_ms,
            clock_s=self._loop.time,
            fleet=self.fleet,
            partitions=len(world.partitions),
            reducer=reduce_otherwise(self._sends_at_once)
            if world.mixed and self._draw.random() < 0.5
            else None,
        )
        self._task = self._loop.create_task(self._coordinator.run())
        self._task.add_done_callback(self._ended)
        world.placing.born(self)
        world.group.join(self.member)

    def kill(self) -> None:
        """Be gone, as after SIGKILL: the group hears of it only by silence."""
        if not self.dead:
            self.dead = True
            self.world.group.fall_silent(self.member)
            self.world.gone(self)
            self._wake()

    def ask_to_stop(self) -> None:
        """Let the loop end in order, as after SIGTERM."""
        if not self.dead:
            self._coordinator.stop()
            self._wake()

    def appended(self, partition: int) -> None:
        """There is something new to read."""
        if partition in self._positions:
            self._wake()

    # Log
    def assignment(self) -> tuple[int, frozenset[int]]:
        return self.member.generation, self.member.partitions

    async def poll(self, timeout_s: float) -> Mapping[int, Sequence[LogEntry]]:
        self._polls()
        await self.reach()
        if self._luck.bad("poll_fails", 0.003):
            raise ConnectionError("the broker is away")
        batches = self._fetch()
        if not batches:
            self._waiter = self._loop.create_future()
            idle = not self._positions and not self._coordinator.ready
            patience_s = timeout_s if self.member.partitions or idle else NOTHING_TO_READ_S
            call: Call = self._loop.after(patience_s, wake, self._waiter)
            try:
                await self._waiter
            finally:
                call.cancel()
                self._waiter = None
            self._alive()
            await self._stand_still()
            batches = self._fetch()
        self._left_poll_at_s = self._loop.time()
        return batches

    def resume(self, partition: int, offset: int) -> None:
        self._alive()
        if partition in self.member.partitions:
            early = self._draw.randint(1, 20) if self._luck.bad("reread", 0.2) else 0
            self._positions[partition] = max(offset - early, 0)

    def pause(self, partition: int) -> None:
        self._alive()
        self._positions.pop(partition, None)

    async def bounds(self, partition: int) -> tuple[int, int]:
        await self.reach()
        return 0, self.world.partitions[partition].end_offset

    async def history(self, partition: int) -> AsyncGenerator[Sequence[LogEntry], None]:
        broker, offset = self.world.partitions[partition], 0
        end = broker.end_offset
        while events := [e for e in broker.read(offset, 5) if e.offset < end]:
            await self.reach()
            offset = events[-1].offset + 1
            yield events

    # StateStores
    async def open(self, partition: int) -> StateStore:
        generation = self.member.generation
        await self.reach()
        if self._luck.bad("open_fails", 0.05):
            raise ConnectionError("the transaction coordinator moves")
        broker = self.world.partitions[partition]
        state_store = SimulatedStateStore(self, broker, broker.init_producer())
        state_store.generation = generation
        self.world.owners += 1
        self.owner_of[partition] = self.world.owners
        await self.reach()
        self.writers.append(state_store)
        return state_store

    # Outgoing
    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Notice], progress: Iterable[PublishProgress]
    ) -> None:
        for show in progress:
            self.world.show(self, show.progress)
        if not orders and not stops:
            return
        self.world.placing.sends(self, orders)
        if self.world.strangers is not None:
            for dispatch in orders:
                self.world.strangers.ordered(dispatch.order)
        await self.reach()
        try:
            self.world.sizes.check("tasks", orders_of(orders))
        except RecordTooLarge:
            self.world.placing.refused(self, orders)
            raise
        self.world.recipes.sent(orders)
        words = [word for word in stops if isinstance(word, FollowTicket)]
        records: list[Dispatch | Stop] = [*orders, *(stop for stop in stops if isinstance(stop, Stop))]
        self._draw.shuffle(records)  # they go to several topics, which keep no common order
        if self.world.strangers is not None:
            late_s = self._draw.uniform(0.1, 8.0) if words and self._luck.bad("send_late", 0.05) else 0.01
            for word in words:  # one topic, and one order
                self.world.strangers.follow(word, late_s)
        partly = self._luck.bad("send_partly", 0.06)
        for record in records[: self._draw.randint(0, len(records))] if partly else records:
            self._send_one(record)
        if partly:
            raise ConnectionError("not everything was acknowledged")
        await self.reach()

    async def fire(self, timers: Sequence[tuple[str, int]]) -> None:
        await self.reach()
        partly = self._luck.bad("send_partly", 0.1)
        for job_id, due_ms in timers[: self._draw.randint(0, len(timers))] if partly else timers:
            self.world.timers[self.owner_of.get(self.world.place(job_id), 0), job_id, due_ms] += 1
            self.world.append(TimerFired(job_id=job_id, due_ms=due_ms))
        if partly:
            raise ConnectionError("not every timer was acknowledged")
        await self.reach()

    async def reach(self) -> None:
        """Get as far as the next await: time passes, and anything may happen to the process meanwhile."""
        self._alive()
        if self._luck.left > 0:
            if self._luck.bad("crash", 0.015):
                self.kill()
                raise Crashed
            if self._luck.bad("cancel", 0.004):
                self._task.cancel()
            if self._luck.bad("pause", 0.01):
                self.world.group.fall_silent(self.member)
                for_s = self._draw.choice((1.0, 5.0, 9.0, 20.0)) * self._draw.random()
                self._goes_on_at_s = max(self._goes_on_at_s, self._loop.time() + for_s)
                await self._stand_still()
                self.world.group.speak_again(self.member)
        await self._loop.sleep(self._draw.random() * 0.008)
        self._alive()
        await self._stand_still()

    async def _stand_still(self) -> None:
        """Whoever stands still does so with all that it does at the same time."""
        while (left_s := self._goes_on_at_s - self._loop.time()) > 0.0:
            await self._loop.sleep(left_s)
            self._alive()

    def _polls(self) -> None:
        """Judge the loop as it comes to poll: how long it was away, and what it holds."""
        away_s = self._loop.time() - max(self._left_poll_at_s, self._goes_on_at_s)
        if away_s > POLLS_EVERY_S:
            self.world.violations.append(f"a coordinator did not poll for {away_s:.0f} s")
        coordinator = self._coordinator
        if coordinator._generation != self.member.generation:
            return  # it will look before it goes on
        for number, owned in coordinator._owned.items():
            state_store: Any = owned.state_store
            if number not in self.member.partitions:
                self.world.violations.append(f"a coordinator holds {number}, which its group did not give it")
            elif state_store.generation != self.member.generation:
                self.world.violations.append(
                    f"a coordinator holds {number} by a restore of generation {state_store.generation}, "
                    f"and it is {self.member.generation}"
                )

    def _alive(self) -> None:
        if self.dead:
            raise Crashed

    def _fetch(self) -> dict[int, Sequence[LogEntry]]:
        batches: dict[int, Sequence[LogEntry]] = {}
        for number, position in self._positions.items():
            events = self.world.partitions[number].read(position, self._draw.choice((1, 2, 5, 300)))
            if events:
                self._positions[number] = events[-1].offset + 1
                batches[number] = events
        return batches

    def _sends_at_once(self, order: WorkOrder) -> None:
        """An older version sends an order while it folds."""
        if not self.dead:
            self.world.workers.order(order, self._draw.random() * 0.02)

    def _send_one(self, record: Dispatch | Stop) -> None:
        if isinstance(record, Dispatch) and self._luck.bad("order_lost", 0.01):
            return
        late_s = self._draw.random() * 0.02
        if self._luck.bad("send_late", 0.03):
            late_s += self._draw.uniform(0.1, 8.0)
        for _ in range(2 if self._luck.bad("send_twice", 0.03) else 1):
            if isinstance(record, Dispatch):
                self.world.workers.order(record.order, late_s)
            else:
                self.world.workers.stop(record.stop, late_s)

    def _assigned(self) -> None:
        self._positions.clear()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            wake(self._waiter)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Crashed | ConnectionError):
            self.world.violations.append(f"a coordinator broke: {error!r}")
        if not self.dead:
            if any(writer.held for writer in self.writers):
                self.world.violations.append("a coordinator ended, and left a writer open")
            self.dead = True
            self.member.joined = False
            self.world.group.leave(self.member)
            self.world.gone(self)


class SimulatedStateStore:
    """A fenced transactional writer whose commits fail in every way that a real one's do."""

    def __init__(self, process: Process, broker: BrokerPartition, epoch: int) -> None:
        self._process, self._broker, self._epoch = process, broker, epoch
        self._world, self._luck, self._draw = process.world, process.world.luck, process.world.draw
        self.generation = 0
        self.held = True
        self._closed = False
        self._position = 0
        self._incarnation = 0
        self._checkpoint: Checkpoint | None = None

    async def restore(self) -> Restored:
        await self._process.reach()
        if self._luck.bad("restore_fails", 0.05):
            raise ConnectionError("the broker is away")
        if self._luck.bad("state_lost", 0.03):
            self._broker.lose_state()
            self._world.forget_replicas(self._broker.number)
        if self._luck.bad("state_damaged", 0.03):
            self._broker.damage_state()
        end, self._incarnation = self._broker.stable_offset(), self._broker.losses
        replica = self._process.replicas.pop(self._broker.number, None) or Replica()
        middle = self._draw.randint(replica.position, end) if replica.position < end else end
        for first, last in ((replica.position, middle), (middle, end)):
            for record in self._broker.committed(first, last):
                record.told_to(replica)
            if self._luck.bad("restore_slow", 0.1):
                await self._world.loop.sleep(self._draw.uniform(1.0, 20.0))
            await self._process.reach()
        if self._broker.losses != self._incarnation:
            raise ConnectionError("the topic is another one than that which was begun")
        self._position, self._checkpoint = end, replica.checkpoint
        return replica.restored()

    async def published_ids(self) -> set[str]:
        await self._process.reach()
        return {tell.event_id for tell in self._broker.told()}

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        if self._closed:
            raise ConnectionError("the writer is not open")
        try:
            await self._commit(states, checkpoint, facts)
        except BaseException:
            self._closed = True
            raise

    async def close(self, committed: dict[str, bytes] | None = None) -> None:
        self.held = False
        await self._process.reach()
        self._closed = True
        if committed is not None and self._incarnation == self._broker.losses:
            replica = Replica(committed, self._checkpoint, self._position)
            self._process.replicas[self._broker.number] = replica

    async def _commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        await self._process.reach()
        luck, broker = self._luck, self._broker
        if luck.bad("commit_fails", 0.04):
            raise ConnectionError("nothing was written")
        self._world.sizes.check("jobs", facts_of(facts))
        written_at = broker.state_end
        transaction = broker.write(self._epoch, states, checkpoint, facts)
        await self._process.reach()
        if luck.bad("commit_hangs", 0.04):
            raise ConnectionError("the commit is in doubt")
        if luck.bad("commit_late", 0.04):
            self._world.loop.after(self._draw.uniform(0.0, 3.0), self._end_late, transaction)
            raise ConnectionError("the commit is in doubt")
        broker.commit(transaction)
        if broker.losses != self._incarnation:
            raise StateUnreadable("the topic of the state was made anew")
        if checkpoint is not None:
            self._checkpoint = checkpoint
        self._position = written_at
        self._world.look()
        if luck.bad("commit_unacknowledged", 0.04):
            raise ConnectionError("the commit is in doubt")
        await self._process.reach()

    def _end_late(self, transaction: object) -> None:
        try:
            self._broker.commit(transaction)  # type: ignore[arg-type]  # it came from the same broker
        except ConnectionError:
            return
        self._world.look()
