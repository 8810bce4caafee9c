"""What a worker works with: its engines, its store, its folder, and how files are measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from catalog.models import Model, model
from storage.store import Store
from worker.engines import Engines
from worker.memory import give_back
from worker.threads import EngineThreads


def measured(path: Path) -> dict[str, object]:
    """Return what can be measured of a media file, in the words of `Asset`; blocking.

    Raises:
        AssetInvalid: it cannot be read back.
    """
    from engines.media.probe import probe  # brings FFmpeg: a text worker need not have it in memory

    return probe(path).asset_facts()


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a worker works with; engines, `measure` and `tidy`, which is called after each large task, run in `threads`.

    `row_of` is the catalogue, and `now_ms` the clock that tickets are dated by, in milliseconds since the epoch.
    """

    worker_id: str
    engines: Engines
    store: Store
    scratch: Path
    memo_across_tenants: bool
    measure: Callable[[Path], dict[str, object]] = measured
    tidy: Callable[[], None] = give_back
    threads: EngineThreads = field(default_factory=EngineThreads)
    row_of: Callable[[str], Model | None] = model
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
