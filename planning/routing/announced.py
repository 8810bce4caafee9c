"""What workers say of themselves, as far as it is still believed: who offers an engine, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from catalog.pools import DEFAULT_POOLS, Pools
from planning.routing.availability import Fleet, wants_keys
from schemas.orders import WorkerAnnounced

SILENT_AFTER_MS = 150_000
"""A worker speaks once a minute; one that is silent for so long is gone, whatever it said."""
OFFERED_FOR_MS = 600_000
"""An engine that somebody offered counts for so long after that: workers are restarted, and come back."""
MOST_WORKERS = 10_000
"""So many workers are remembered, those that spoke last."""


@dataclass(slots=True)
class Announced:
    """The newest word of each worker. Times are the broker's, in milliseconds since the epoch."""

    pools: Pools = DEFAULT_POOLS
    _words: dict[str, tuple[WorkerAnnounced, int]] = field(default_factory=dict)
    _offered_ms: dict[str, int] = field(default_factory=dict)

    def heard(self, worker_id: str, word: WorkerAnnounced | None, at_ms: int) -> None:
        """Take a worker's word; None says that it has gone."""
        self._words.pop(worker_id, None)
        if word is None:
            return
        self._words[worker_id] = word, at_ms
        if len(self._words) > MOST_WORKERS:
            del self._words[next(iter(self._words))]
        for row in self.pools.models:
            if row.name in word.loadable:
                self._offered_ms[row.name] = max(at_ms, self._offered_ms.get(row.name, 0))

    def workers(self, now_ms: int) -> tuple[WorkerAnnounced, ...]:
        """Return the words of those that are still there."""
        return tuple(word for word, at_ms in self._words.values() if now_ms - at_ms < SILENT_AFTER_MS)

    def offering(self, engine: str, now_ms: int) -> tuple[str, ...]:
        """Return which workers say that they can run an engine."""
        return tuple(sorted(word.worker_id for word in self.workers(now_ms) if engine in word.loadable))

    def fleet(self, now_ms: int) -> Fleet:
        """Return which engines run here: somebody offers them, or they are declared and nobody knows better.

        A worker that says nothing of an engine is of an older version, or only starting: it knows no better. What is
        declared is refused only where all that are there say what they lack; nobody there says nothing against it. What
        needs keys runs only where it is offered, or declared by its name.
        """
        words = self.workers(now_ms)
        elsewhere: dict[str, str] = {}
        for row in self.pools.models:
            offered_ms = self._offered_ms.get(row.name)
            if offered_ms is not None and now_ms - offered_ms < OFFERED_FOR_MS:
                continue
            homes = self.pools.homes_of(row)
            told = [word.missing.get(row.name) for word in _of_pools(words, homes)]
            lacks = [lack for lack in told if lack is not None]
            if row.keys and not self.pools.declares(row):
                elsewhere[row.name] = lacks[0] if lacks else wants_keys(row)
            elif lacks and len(lacks) == len(told):
                elsewhere[row.name] = lacks[0]
            elif not self.pools.declares(row) and not told:
                elsewhere[row.name] = self._start_one(homes)
        return Fleet(elsewhere, self.ailing(now_ms))

    def ailing(self, now_ms: int) -> dict[str, str]:
        """Return the engines that ail at every worker that offers them, each with what one says of it.

        A worker of an older version says nothing of that, so its engines are well.
        """
        words = self.workers(now_ms)
        found: dict[str, str] = {}
        for name in dict.fromkeys(name for word in words for name in word.ailing):
            said = [word.ailing.get(name) for word in words if name in word.loadable]
            told = [why for why in said if why is not None]
            if told and len(told) == len(said):
                found[name] = told[0]
        return found

    def _start_one(self, homes: Iterable[str]) -> str:
        """Say which worker would run an engine whose pool nobody has."""
        name = next(iter(homes), "")
        pool = self.pools.pools[name]
        if pool.engines is not None:
            return f"name it among the engines of the pool {name} in the fleet file"
        own = f" --pool {name}" if pool.name != pool.modality else ""
        return f"start a worker that has it: reelbus worker {pool.modality}{own}"


def _of_pools(words: Iterable[WorkerAnnounced], homes: Iterable[str]) -> list[WorkerAnnounced]:
    return [word for word in words if (word.pool or word.modality) in homes]
