"""Workers that cannot do every order, and that no job pays for meeting one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from catalog.models import MODELS
from planning.job.commands import PublishFact
from planning.job.retry import FIRST_CANNOT_MS, LACKING_IS_NO_FAILURE
from planning.partition.partition import LogEntry
from schemas.log import CANNOT, JobAccepted, TaskEvent, TaskReleased, TaskStarted
from tests.simulation.plan import Luck

SOONEST_MS = FIRST_CANNOT_MS * 3 // 4
"""An order is not offered again before that; the pause has a jitter of a quarter."""


class SimulatedOffering:
    """What a real worker of a schedule can run: everything, but for the order that comes at a bad moment."""

    loadable: tuple[str, ...] = tuple(row.name for row in MODELS)
    missing: Mapping[str, str] = {}

    def __init__(self, luck: Luck) -> None:
        self._luck = luck

    def look(self) -> None:
        """There is nothing to look for."""

    def why_not(self, engine: str) -> str | None:
        return f"it has no {engine}" if self._luck.bad("worker_cannot", 0.03) else None


def no_worker_that_cannot_costs_anything(
    log: Sequence[LogEntry], told: Sequence[PublishFact]
) -> Iterator[str]:
    """Nobody lacks an engine for ten minutes here, so no job fails for it; and nobody is asked again at once."""
    version = {e.event.job_id: e.event.plan_version for e in log if isinstance(e.event, JobAccepted)}
    for tell in told:
        error = getattr(tell.fact, "error", None)
        if error is None or error.code != "engine_unavailable":
            continue
        if version.get(tell.key, 0) >= LACKING_IS_NO_FAILURE:
            yield f"{tell.key} failed for a worker that could not do it: {error.message}"
    yield from _asked_at_once(log)


def _asked_at_once(log: Sequence[LogEntry]) -> Iterator[str]:
    """Yield the attempts that were begun before the pause that follows a worker which could not do the one before."""
    said: dict[tuple[str, int, str, int], list[tuple[TaskEvent, int]]] = defaultdict(list)
    for entry in log:
        event = entry.event
        if isinstance(event, TaskEvent):
            said[event.job_id, event.run, event.node_id, event.attempt].append((event, entry.at_ms))
    for (job_id, run, node_id, attempt), events in said.items():
        first, at_ms = next(((e, ms) for e, ms in events if not isinstance(e, TaskStarted)), (None, 0))
        if not (isinstance(first, TaskReleased) and first.reason == CANNOT):
            continue
        if len({event.worker_id for event, _ in events}) > 1:
            continue  # another had it, whose end it may have been that counted
        for event, begun_ms in said.get((job_id, run, node_id, attempt + 1), ()):
            if isinstance(event, TaskStarted) and at_ms <= begun_ms < at_ms + SOONEST_MS:
                yield f"{node_id} of {job_id} was asked for {begun_ms - at_ms} ms after nobody could do it"
