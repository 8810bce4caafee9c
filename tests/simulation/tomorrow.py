"""Another version of the reducer: it shares the group with ours while one replaces the other, or is rolled back."""

from __future__ import annotations

from collections.abc import Callable

from planning.job.commands import Command
from planning.job.lifecycle import NodeStatus
from planning.job.order import written
from planning.job.reduce import reduce
from planning.job.state import Job
from planning.partition.partition import Reducer
from schemas.log import LogEvent, TaskFailed
from schemas.orders import WorkOrder


def reduce_otherwise(send: Callable[[WorkOrder], None]) -> Reducer:
    """Return a reducer that folds as ours, with other pauses before attempts, other words and leases that end sooner.

    As versions before 3 did, it sends some orders in the fold that makes them ready, and stores that it has.
    """

    def fold(job: Job | None, event: LogEvent, at_ms: int) -> tuple[Job | None, list[Command]]:
        after, commands = reduce(job, event, at_ms)
        if after is not None:
            after.stage = after.stage.upper()
            failed = after.nodes.get(event.node_id) if isinstance(event, TaskFailed) else None
            if failed is not None and failed.status == NodeStatus.WAITING and failed.retry_at_ms > at_ms:
                failed.retry_at_ms = at_ms + (failed.retry_at_ms - at_ms) // 2
            for node in after.nodes.values():
                if node.status == NodeStatus.RUNNING and node.lease_until_ms > at_ms + 5_000:
                    node.lease_until_ms -= 1
                if after.open and node.status == NodeStatus.READY and node.seed % 2:
                    send(written(after, node))
                    node.status = NodeStatus.DISPATCHED
        return after, commands

    return fold
