"""Whose turn it is: lanes first, the tenants of a lane in turn, the jobs of a tenant in turn."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from collections.abc import Callable

from schemas.choices import LANES, Lane

REMEMBERED_TENANTS = 1_000
"""So many tenants that have nothing to wait for are known by when their last turn was, in each lane."""


class FairQueue:
    """Jobs that have something ready for one pool. It is a queue of jobs, whatever they have ready: a turn is one node.

    Who adds a job that is there already gives it two turns.
    """

    def __init__(self) -> None:
        self._lanes = {lane: _Lane() for lane in LANES}

    def __bool__(self) -> bool:
        return any(lane.waits for lane in self._lanes.values())

    def add(self, lane: Lane, tenant: str, job_id: str) -> None:
        """Put a job behind the other jobs of its tenant."""
        self._lanes[lane].add(tenant, job_id)

    def head(self) -> tuple[Lane, str] | None:
        """Return whose turn it is, as its lane and its id; None when nobody waits."""
        for name, lane in self._lanes.items():
            if lane.waits:
                return name, lane.head()
        return None

    def served(self, *, more: bool) -> None:
        """The head has had its turn; with `more` it waits for another."""
        self._first().leave(turn=True, more=more)

    def skip(self) -> None:
        """The head has nothing to send any more: it goes, and its tenant keeps its turn."""
        self._first().leave(turn=False, more=False)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Let go of the jobs that are not wanted here any more."""
        for lane in self._lanes.values():
            lane.keep(wanted)

    def _first(self) -> _Lane:
        return next(lane for lane in self._lanes.values() if lane.waits)


class _Lane:
    """The tenants of a lane, by when their last turn was: who never had one goes first."""

    def __init__(self) -> None:
        self._jobs: dict[str, deque[str]] = {}
        self._turns: list[tuple[int, int, str]] = []
        self._last: OrderedDict[str, int] = OrderedDict()
        self._turn = 0

    @property
    def waits(self) -> bool:
        return bool(self._turns)

    def add(self, tenant: str, job_id: str) -> None:
        jobs = self._jobs.get(tenant)
        if jobs is None:
            jobs = self._jobs[tenant] = deque()
            self._turn += 1
            heapq.heappush(self._turns, (self._last.pop(tenant, 0), self._turn, tenant))
        jobs.append(job_id)

    def head(self) -> str:
        return self._jobs[self._turns[0][2]][0]

    def leave(self, *, turn: bool, more: bool) -> None:
        last, arrived, tenant = self._turns[0]
        jobs = self._jobs[tenant]
        job_id = jobs.popleft()
        if more:
            jobs.append(job_id)
        if turn:
            self._turn += 1
            last = arrived = self._turn
        if jobs:
            heapq.heapreplace(self._turns, (last, arrived, tenant))
        else:
            heapq.heappop(self._turns)
            self._gone(tenant, last)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        kept = []
        for last, arrived, tenant in self._turns:
            jobs = self._jobs[tenant] = deque(filter(wanted, self._jobs[tenant]))
            if jobs:
                kept.append((last, arrived, tenant))
            else:
                self._gone(tenant, last)
        heapq.heapify(kept)
        self._turns = kept

    def _gone(self, tenant: str, last: int) -> None:
        """Remember a tenant's last turn: else one that comes back again and again would always go first."""
        del self._jobs[tenant]
        if last:
            self._last[tenant] = last
            self._last.move_to_end(tenant)
            while len(self._last) > REMEMBERED_TENANTS:
                self._last.popitem(last=False)
