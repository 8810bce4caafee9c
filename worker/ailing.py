"""Which engines of a worker fail for everybody lately, so that new work had better go to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.codes import ErrorCode
from schemas.log import CANNOT, TaskFailed, TaskReleased, TaskSucceeded
from schemas.orders import WorkOrder
from worker.events import Ending

FAILED_JOBS = 3
"""An engine ails when it failed for so many jobs, one after the other: one job's own fault is no sign of that."""
AILS_FOR_MS = 300_000
"""So long after the last failure: then new work is to show whether it is well again."""
_REASON_CHARS = 200
_THE_ENGINES = frozenset(
    {
        ErrorCode.ENGINE_UNAVAILABLE,
        ErrorCode.ENGINE_FAILED,
        ErrorCode.OUT_OF_MEMORY,
        ErrorCode.PROVIDER_AUTH,
        ErrorCode.PROVIDER_RATE_LIMITED,
        ErrorCode.PROVIDER_FAILED,
        ErrorCode.TIMEOUT,
    }
)
"""What may be the fault of an engine, its host or its provider, and not that of a request or of the store."""


@dataclass(slots=True)
class _Failures:
    """What an engine has failed for since it last did something: the newest jobs, and why and when it was at last."""

    jobs: list[str] = field(default_factory=list)
    reason: str = ""
    at_ms: int = 0
    cannot: bool = False


@dataclass(slots=True)
class Ailing:
    """How the engines of one worker are. Times are milliseconds of any clock that does not go back."""

    _failures: dict[str, _Failures] = field(default_factory=dict)

    def heard(self, order: WorkOrder, end: Ending | None, now_ms: int) -> None:
        """Take what came of an attempt; a remembered result, a stop and a ticket say nothing of the engine."""
        match end:
            case TaskSucceeded() if not end.cached:
                self._failures.pop(order.engine, None)
            case TaskFailed() if ErrorCode.known(end.code) in _THE_ENGINES:
                self._failed(order, end.code, now_ms)
            case TaskReleased() if end.reason == CANNOT:
                found = self._failed(order, f"it cannot be loaded: {end.message}", now_ms)
                found.cannot = True

    def words(
        self, now_ms: int, paused: Iterable[str] = (), loadable: Iterable[str] = ()
    ) -> Mapping[str, str]:
        """Return why each engine that ails does; all do where the worker's orders are `paused`."""
        why = next(iter(paused), None)
        found = dict.fromkeys(loadable, f"its worker takes no orders: {why}"[:_REASON_CHARS]) if why else {}
        for name, failures in self._failures.items():
            ails = failures.cannot or len(failures.jobs) >= FAILED_JOBS
            if ails and now_ms - failures.at_ms < AILS_FOR_MS:
                found[name] = failures.reason
        return found

    def _failed(self, order: WorkOrder, reason: str, now_ms: int) -> _Failures:
        found = self._failures.get(order.engine)
        if found is None or now_ms - found.at_ms >= AILS_FOR_MS:
            found = self._failures[order.engine] = _Failures()
        if order.job_id not in found.jobs:
            found.jobs = [*found.jobs, order.job_id][-FAILED_JOBS:]
        counted = f"it failed for {len(found.jobs)} jobs in a row, at last with {reason}"
        found.reason = (reason if reason.startswith("it cannot") else counted)[:_REASON_CHARS]
        found.at_ms = now_ms
        return found
