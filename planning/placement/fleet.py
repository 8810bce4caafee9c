"""Who works: what the workers of each pool have announced, how far that may be trusted, and whose turn it is to get an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from catalog.models import PLACEHOLDER
from schemas.orders import WorkerAnnounced

ANNOUNCED_EVERY_S = 60.0
"""A worker that has nothing new to say repeats itself after this."""
TRUSTED_S = 3 * ANNOUNCED_EVERY_S
"""A word that is older is nobody's: its worker was killed, or cannot be heard."""
MOST_WORKERS = 10_000
"""So many workers are known; of more the longest unheard is forgotten."""
MOST_PARTITIONS = 256
"""So many partitions a lane may have (`grown`): a word that names others is not believed in this."""
GROWS_BY = 4
"""A lane becomes at most so many times as wide at once."""
_SEEN_EVERY_S = 1.0

_Place = tuple[str, str, int]
"""Pool, lane, partition."""


@dataclass(frozen=True, slots=True)
class Member:
    """One worker as it is trusted now; `busy` are the slots that it said were taken in its word of this number."""

    worker_id: str
    slots: int
    busy: int
    loadable: frozenset[str]
    partitions: Mapping[str, tuple[int, ...]]
    word: int = 0

    def can(self, engine: str) -> bool:
        """Whether it could do the work of this engine; who does not say what it can is asked, and stand-ins all can make.

        This is the one place that knows: what workers have refused belongs here too.
        """
        return not self.loadable or engine in self.loadable or engine == PLACEHOLDER.name


@dataclass(slots=True)
class Pool:
    """The workers of a pool that are trusted now, and get orders: those that leave are not among them.

    `workers` are all that live, also those that read no partition and so cannot take anything.
    """

    members: list[Member] = field(default_factory=list)
    workers: int = 0

    @property
    def slots(self) -> int:
        """How many tasks they can have at a time."""
        return sum(member.slots for member in self.members)

    @property
    def free(self) -> int:
        """How many of these were free, as they said."""
        return sum(max(member.slots - member.busy, 0) for member in self.members)


_NOBODY = Pool()


@dataclass(slots=True)
class _Word:
    word: WorkerAnnounced
    pool: str
    until_s: float
    number: int

    def names(self, pool: str, lane: str, number: int) -> bool:
        """Whether it says that its worker reads this partition."""
        return self.pool == pool and any(
            number in numbers for name, numbers in self.word.partitions.items() if name == lane
        )


class Fleet:
    """The newest word of each worker. Times are seconds of the clock of whoever asks; nothing here has its own."""

    def __init__(self) -> None:
        self.changes = 0
        """Counts what was heard: who sees another number looks again."""
        self._words: dict[str, _Word] = {}
        self._readers: dict[_Place, str] = {}
        self._pools: dict[str, Pool] = {}
        self._seen = (-1, 0.0)

    def heard(
        self, worker_id: str, word: WorkerAnnounced | None, now_s: float, *, age_s: float = 0.0
    ) -> None:
        """Take a worker's word, said so long ago; None is its farewell.

        Of words that name the same partition the newest one is true: a dead worker's partitions are given to others,
        who say so within a second or two.
        """
        self.changes += 1
        self._words.pop(worker_id, None)
        if word is None:
            return
        pool = word.pool or word.modality
        self._words[worker_id] = _Word(word, pool, now_s + TRUSTED_S - max(age_s, 0.0), self.changes)
        for lane, numbers in word.partitions.items():
            for number in numbers[:MOST_PARTITIONS]:
                if 0 <= number < MOST_PARTITIONS:
                    self._readers[pool, lane, number] = worker_id
        if len(self._words) > MOST_WORKERS:
            del self._words[next(iter(self._words))]

    def pool(self, name: str, now_s: float) -> Pool:
        """Return a pool as it is now; one of which nothing is known is empty."""
        changes, at_s = self._seen
        if changes != self.changes or not 0.0 <= now_s - at_s < _SEEN_EVERY_S:
            self._seen = (self.changes, now_s)
            self._pools = self._look(now_s)
        return self._pools.get(name, _NOBODY)

    def members(self, now_s: float) -> Iterator[Member]:
        """Yield the members of all pools."""
        self.pool("", now_s)  # looks again when it is time
        for pool in self._pools.values():
            yield from pool.members

    def pools_above(self, workers: int, now_s: float) -> list[str]:
        """Return the pools that have more workers than this."""
        self.pool("", now_s)  # looks again when it is time
        return sorted(name for name, pool in self._pools.items() if pool.workers > workers)

    def grown(self, now_s: float, widths: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Return which lanes, of these widths by pool and lane, are too narrow for their workers, and how wide they shall be.

        Partitions are dealt one after the other: with as many as workers each gets one of every lane.
        """
        wanted = {}
        for (pool, lane), width in widths.items():
            workers = min(self.pool(pool, now_s).workers, MOST_PARTITIONS)
            most, wide = min(width * GROWS_BY, MOST_PARTITIONS), width
            while 0 < wide < workers and wide < most:
                wide = min(2 * wide, most)
            if wide > width:
                wanted[pool, lane] = wide
        return wanted

    def _look(self, now_s: float) -> dict[str, Pool]:
        for worker_id in [key for key, word in self._words.items() if word.until_s <= now_s]:
            del self._words[worker_id]
        self._readers = {place: who for place, who in self._readers.items() if who in self._words}
        reads: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (pool, lane, number), who in self._readers.items():
            if self._words[who].names(pool, lane, number):
                reads[who][lane].append(number)
        pools: defaultdict[str, Pool] = defaultdict(Pool)
        for worker_id, said in self._words.items():
            word, found = said.word, pools[said.pool]
            outdated = bool(word.partitions) and worker_id not in reads
            if word.draining or outdated:
                continue
            found.workers += 1
            # Versions that name no pool do not name partitions either; others that read none can take nothing.
            if worker_id in reads or not word.pool:
                slots = max(word.slots - word.deaf, 0)
                lanes = {lane: tuple(sorted(numbers)) for lane, numbers in reads[worker_id].items()}
                busy = max(slots - word.free, 0)
                loadable = frozenset(word.loadable)
                found.members.append(Member(worker_id, slots, busy, loadable, lanes, said.number))
        return dict(pools)


class Load(NamedTuple):
    """What a worker has of whoever asks: in hand, and of that what only lies before it."""

    tasks: int
    lying: int


def choose(pool: Pool, lane: str, engine: str, load: Callable[[Member], Load]) -> Member | None:
    """Return the worker to whom an order goes: who has the least to do for its slots, and can do it.

    Of equals it is the one before whom less lies: what is under way ends sooner, or has ended and nobody said so yet.
    None where nobody is known to read the lane.
    """

    def weight(member: Member) -> tuple[float, int, str]:
        has = load(member)
        return (has.tasks + 1) / member.slots, has.lying, member.worker_id

    able = [m for m in pool.members if m.slots and m.partitions.get(lane) and m.can(engine)]
    return min(able, key=weight, default=None)
