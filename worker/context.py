"""What a worker works with: its engines, its store, its folder, and how files are measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from catalog.models import Model, model
from engines.host.devices import CPU
from engines.host.hosts import Hosts
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
    """What a worker works with. Engines run in `hosts`, all but those that may run in a thread; without hosts all do.

    `threads` is where these run, with `measure` (where there are no hosts) and `tidy`, called after each large task.
    `now_ms` is the clock that tickets are dated by, in milliseconds since the epoch.
    """

    worker_id: str
    engines: Engines
    store: Store
    scratch: Path
    memo_across_tenants: bool
    measure: Callable[[Path], dict[str, object]] = measured
    tidy: Callable[[], None] = give_back
    threads: EngineThreads = field(default_factory=EngineThreads)
    offering: Offers = field(default_factory=lambda: Offering(""))
    hosts: Hosts | None = None
    find: Callable[[str], Model | None] = model
    """Gives an engine's row of the catalogue by its name."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def device_of(self, row: Model) -> str:
        """Return what an engine of this machine computes on."""
        return CPU if self.hosts is None else self.hosts.device_of(row.name)

    def expect(self, engine: str) -> None:
        """Have an engine loaded for an order that was claimed, while its inputs come and others are at work."""
        row = self.find(engine)
        if self.hosts is not None and row is not None and row.runs_in != "thread":
            self.hosts.prefetch(row)

    @property
    def resident(self) -> tuple[str, ...]:
        """The names of the engines that are loaded."""
        return self.engines.resident + (self.hosts.resident if self.hosts is not None else ())
