"""What a worker's task leaves in traces and log lines: whose it is, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from runtime.telemetry import unit_of_work
from runtime.tracing import failed
from schemas.orders import WorkOrder

_NO_FAILURES = frozenset({"done", "cancelled", "released"})


@contextmanager
def about(order: WorkOrder, worker_id: str, group: str) -> Iterator[None]:
    """Let the present span, and every line that the block says, name the order; ids only, never its parameters."""
    trace.get_current_span().set_attributes(
        {
            "messaging.consumer.group.name": group,
            "reelbus.job_id": order.job_id,
            "reelbus.run": order.run,
            "reelbus.node_id": order.node_id,
            "reelbus.task_id": order.task_id,
            "reelbus.attempt": order.attempt,
            "reelbus.capability": order.capability,
            "reelbus.engine": order.engine,
            "reelbus.lane": order.lane,
            "reelbus.worker_id": worker_id,
        }
    )
    with unit_of_work(job_id=order.job_id, node_id=order.node_id, task_id=order.task_id):
        yield


def ended(outcome: str, *, cached: bool) -> None:
    """Tell the present span how its task ended: `done`, `cancelled`, `released` or a public error code."""
    span = trace.get_current_span()
    span.set_attributes({"reelbus.outcome": str(outcome), "reelbus.cached": cached})
    if outcome not in _NO_FAILURES:
        failed(span, str(outcome))
