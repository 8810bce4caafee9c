"""What the fakes have sold, and the jobs that they do for it."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

MOST_PURCHASES = 1_000_000


@dataclass(frozen=True, slots=True)
class Purchase:
    """One thing that was sold; `job` is the provider's own name for it, `at` seconds since the epoch."""

    provider: str
    model: str
    job: str
    idempotency_key: str
    prompt: str
    at: float
    price_usd: float


@dataclass(slots=True)
class Work:
    """A job: what was asked for, and when it is done; `outcome` is what it comes to."""

    purchase: Purchase
    about: dict[str, Any]
    done_at_s: float
    outcome: str = "done"
    asked: int = 0

    @property
    def ended(self) -> bool:
        """Whether it has ended by now."""
        return self.outcome == "cancelled" or time.monotonic() >= self.done_at_s


class Ledger:
    """All purchases and jobs of all fakes. Safe for threads."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._changing = threading.Lock()
        self._purchases: list[Purchase] = []
        self._works: dict[tuple[str, str], Work] = {}

    def buy(self, provider: str, model: str, prompt: str, price_usd: float, key: str = "") -> Purchase:
        """Sell something, and return the purchase with its new number."""
        with self._changing:
            if len(self._purchases) >= MOST_PURCHASES:
                raise OverflowError("the ledger is full")
            job = f"{provider}-{len(self._purchases) + 1:08x}"
            bought = Purchase(provider, model, job, key, prompt, time.time(), price_usd)
            self._purchases.append(bought)
            return bought

    def begin(self, purchase: Purchase, outcome: str = "done", **about: Any) -> Work:
        """Begin a job for a purchase."""
        work = Work(purchase, about, time.monotonic() + self._latency_s, outcome)
        with self._changing:
            self._works[purchase.provider, purchase.job] = work
        return work

    def work(self, provider: str, job: str) -> Work | None:
        """Return a job by its name, and count that it was asked for."""
        with self._changing:
            found = self._works.get((provider, job))
            if found is not None:
                found.asked += 1
            return found

    def rows(self) -> list[dict[str, Any]]:
        """Return every purchase, the first one first."""
        with self._changing:
            return [asdict(each) for each in self._purchases]
