"""Another version of the reducer: it shares the group with ours while one replaces the other, or is rolled back."""

from __future__ import annotations

from planning.job.commands import Command
from planning.job.reduce import reduce
from planning.job.state import Job
from schemas.log import LogEvent


def reduce_otherwise(job: Job | None, event: LogEvent, at_ms: int) -> tuple[Job | None, list[Command]]:
    """Fold as ours, with other pauses before attempts, other words and leases that end sooner."""
    after, commands = reduce(job, event, at_ms)
    if after is not None:
        after.stage = after.stage.upper()
        for node in after.nodes.values():
            if node.status == "waiting" and node.retry_at_ms > at_ms:
                node.retry_at_ms = at_ms + (node.retry_at_ms - at_ms) // 2
            if node.status == "running" and node.lease_until_ms > at_ms + 5_000:
                node.lease_until_ms -= 1
    return after, commands
