"""What goes wrong at the fakes: kinds of faults, queued for the next submissions or by chance."""

from __future__ import annotations

import random
import threading
from collections import defaultdict, deque
from typing import Final, Literal, get_args

Fault = Literal[
    "auth",
    "busy",
    "down",
    "error",
    "failed",
    "forgotten",
    "html",
    "lost",
    "moderated",
    "quota",
    "refused",
    "slow-drip",
    "private",
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
"""Of a submission: `auth` (401), `busy` (429 with Retry-After), `quota` (no credit), `down` (503), `error` (500 after it was taken),
`lost` (taken, and the line breaks), `html` (a page in the place of JSON), `refused` (400), `moderated` (refused for what it shows),
`slow-drip` (an answer that comes byte by byte).
Of the job that it begins: `failed`, `forgotten` (nobody knows it any more), `private` (its result lies at a private address).
"""
OF_JOBS: Final = frozenset(("failed", "forgotten", "private"))
BY_CHANCE: Final[tuple[Fault, ...]] = ("busy", "down", "error", "failed", "lost", "html")


class Faults:
    """Which faults come next. Safe for threads; equal seeds give equal faults."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        """`rate` of the submissions meet one of `BY_CHANCE`."""
        self._rate, self._dice = rate, random.Random(seed)  # no secret hangs on it
        self._queued: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._changing = threading.Lock()

    def queue(self, provider: str, fault: Fault, times: int = 1) -> None:
        """Let the next submissions at a provider meet a fault."""
        with self._changing:
            self._queued[provider].extend([fault] * times)

    def next(self, provider: str) -> Fault | None:
        """Return what the submission that comes now meets."""
        with self._changing:
            if self._queued[provider]:
                return self._queued[provider].popleft()
            return self._dice.choice(BY_CHANCE) if self._dice.random() < self._rate else None
