"""How orders go out: those that can start, of all partitions of this process in turn, and again when they got lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from bus.publisher import RecordTooLarge
from catalog.pools import Pools
from consumers.assembly.coordinator.ports import Outgoing
from planning.job.commands import Dispatch
from planning.partition.partition import Partition
from planning.placement.fleet import Fleet
from planning.placement.placement import MOST_AT_ONCE, Placement, Turn

Guard = Callable[[int, Awaitable[None]], Awaitable[None]]
"""Runs one step for a partition; one that fails takes the partition away."""
Owned = Callable[[], Mapping[int, Partition]]


class Dispatcher:
    """Sends what is ready as there is room for it.

    No order and no commit waits for the other. A state says what is ready, and not what was sent: an order that was
    sent before its state is committed is found ready again and sent again, and one that was not sent, or got lost, is
    ready in the state until somebody claims it.
    """

    def __init__(self, outgoing: Outgoing, fleet: Fleet, partitions: int, owned: Owned, pools: Pools) -> None:
        """`partitions` is how many the log has; `owned` are those of this process, as they are at any time."""
        self.placement = Placement(fleet, partitions, pools)
        self._outgoing = outgoing
        self._owned = owned

    async def turn(self, now_s: float, guard: Guard) -> None:
        """Send as much as there is room for, a bounded number of orders at a time."""
        placement = self.placement
        placement.begin(now_s)
        for number, partition in self._owned().items():
            await guard(number, self._see(number, partition))
        drawn: defaultdict[int, list[Dispatch]] = defaultdict(list)
        for late in placement.overdue():
            if late.partition in self._owned():
                await guard(late.partition, self._draw_again(late, drawn))
        for _ in range(MOST_AT_ONCE):
            turn = placement.turn()
            if turn is None:
                break
            await guard(turn.partition, self._draw(turn, drawn))
        for number, orders in drawn.items():
            partition_now = self._owned().get(number)
            if orders and partition_now is not None:
                await guard(number, self._send(partition_now, orders))

    async def _see(self, number: int, partition: Partition) -> None:
        """See the next jobs of a restored partition that call for workers."""
        for job_id in self.placement.unseen(number):
            job = partition.job(job_id)
            if job is not None:
                self.placement.changed(number, job)

    async def _draw(self, turn: Turn, drawn: defaultdict[int, list[Dispatch]]) -> None:
        order = self.placement.draw(turn, self._owned()[turn.partition].job(turn.job_id))
        if order is not None:
            drawn[turn.partition].append(order)

    async def _draw_again(self, turn: Turn, drawn: defaultdict[int, list[Dispatch]]) -> None:
        drawn[turn.partition] += self.placement.draw_again(
            turn, self._owned()[turn.partition].job(turn.job_id)
        )

    async def _send(self, partition: Partition, orders: list[Dispatch]) -> None:
        """Send orders. A job whose order the broker does not take ends here: no event of its log asks for it again."""
        while orders:
            try:
                await self._outgoing.send(orders, (), ())
            except RecordTooLarge as error:
                unfit = {each.order.job_id for each in orders} & set(error.about)
                if not unfit:
                    raise
                for job_id in unfit:
                    partition.give_up(job_id)
                await self._outgoing.send((), *partition.take_messages())
                orders = [each for each in orders if each.order.job_id not in unfit]
            else:
                return
