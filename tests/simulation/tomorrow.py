"""Another version of the reducer: it shares the group with ours while one replaces the other, or is rolled back."""

from __future__ import annotations

from planning.job.commands import Command, Dispatch
from planning.job.lifecycle import NodeStatus
from planning.job.reduce import reduce
from planning.job.state import Job
from schemas.log import LogEvent, TaskFailed, TimerFired


def reduce_otherwise(job: Job | None, event: LogEvent, at_ms: int) -> tuple[Job | None, list[Command]]:
    """Fold as ours, with other pauses before attempts, other words and leases that end sooner.

    What is ready it may store as such and send when it is next woken, so that we meet states with ready nodes.
    """
    after, commands = reduce(job, event, at_ms)
    if after is not None:
        after.stage = after.stage.upper()
        failed = after.nodes.get(event.node_id) if isinstance(event, TaskFailed) else None
        if failed is not None and failed.status == NodeStatus.WAITING and failed.retry_at_ms > at_ms:
            failed.retry_at_ms = at_ms + (failed.retry_at_ms - at_ms) // 2
        for node in after.nodes.values():
            if node.status == NodeStatus.RUNNING and node.lease_until_ms > at_ms + 5_000:
                node.lease_until_ms -= 1
        if after.open and not isinstance(event, TimerFired):
            commands = [command for command in commands if not _holds_back(after, command)]
    return after, commands


def _holds_back(job: Job, command: Command) -> bool:
    if not (isinstance(command, Dispatch) and command.order.seed % 2 and command.order.attempt == 1):
        return False
    job.nodes[command.order.node_id].status = NodeStatus.READY
    return True
