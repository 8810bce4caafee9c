"""What a worker works with: its engines, its store, its folder, and how files are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from storage.store import Store
from worker.engines import Engines
from worker.memory import give_back
from worker.offering import Offering, Offers
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
    """What a worker works with; engines, `measure` and `tidy`, which is called after each large task, run in `threads`."""

    worker_id: str
    engines: Engines
    store: Store
    scratch: Path
    memo_across_tenants: bool
    measure: Callable[[Path], dict[str, object]] = measured
    tidy: Callable[[], None] = give_back
    threads: EngineThreads = field(default_factory=EngineThreads)
    offering: Offers = field(default_factory=lambda: Offering(""))
