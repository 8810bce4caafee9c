"""How a running system is examined: all checks over one snapshot, and once more for what they find."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from operations.dead_letters import DeadLetterBox
from operations.verify.assets import check_assets, named_assets
from operations.verify.published import check_published
from operations.verify.reading import read_snapshot
from operations.verify.requests import check_requests
from operations.verify.states import check_states
from operations.verify.violations import Violation, Window
from operations.verify.waiting import check_open_jobs
from runtime.settings import Settings
from storage.store import Store

SETTLE_S = 30.0
"""What is younger than this may be under way: no violation."""

_SECOND_LOOK_S = 1.0


@dataclass(frozen=True)
class Report:
    """What an examination found, and how much it looked at."""

    violations: tuple[Violation, ...]
    jobs: int
    events: int
    assets: int
    requests: int
    dead_letters: int


async def examine(
    settings: Settings,
    store: Store,
    *,
    since_ms: int = 0,
    settle_s: float = SETTLE_S,
    digests: bool = False,
    second_look_s: float = _SECOND_LOOK_S,
) -> Report:
    """Examine topics and store; a violation counts when a second look finds it too.

    The system goes on while it is examined, and topics are read one after the other: what is only being
    written looks wrong once, and not twice.

    Raises:
        BusUnreachable: No broker, or topics are missing.
        StoreUnreachable: The store does not answer.
    """
    report = await _look(settings, store, since_ms, settle_s, digests=digests)
    if not report.violations:
        return report
    await asyncio.sleep(second_look_s)
    again = await _look(settings, store, since_ms, settle_s, digests=digests)
    seen = {violation.identity for violation in report.violations}
    kept = tuple(violation for violation in again.violations if violation.identity in seen)
    return Report(kept, again.jobs, again.events, again.assets, again.requests, again.dead_letters)


async def _look(settings: Settings, store: Store, since_ms: int, settle_s: float, *, digests: bool) -> Report:
    window = Window(now_ms=time.time_ns() // 1_000_000, settle_ms=int(settle_s * 1000), since_ms=since_ms)
    snapshot = await read_snapshot(settings)
    letters = await DeadLetterBox(settings.kafka, settings.topic_prefix).letters()
    named = list(named_assets(snapshot, window))
    found = [
        *check_requests(snapshot, window, letters),
        *check_states(snapshot, window),
        *check_published(snapshot, window),
        *await check_open_jobs(snapshot, window, settings),
        *await check_assets(named, store, digests=digests),
    ]
    return Report(
        violations=tuple(sorted(set(found))),
        jobs=sum(len(fold.job_ids()) for fold in snapshot.folds.values()),
        events=sum(1 for _ in snapshot.every_published()),
        assets=len({asset.key for asset in named}),
        requests=len(snapshot.requests),
        dead_letters=sum(letter.open for letter in letters),
    )


__all__ = ["Report", "Violation", "examine"]
