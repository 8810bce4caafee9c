"""How long to wait before something is tried again: the one policy of every loop that does, and of the reducer."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_ASKED_S = 3600.0
"""A pause that somebody else asks for is believed up to this."""
_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Retry:
    """Pauses that double from `first_s` to `longest_s`, in all for `within_s` where there is such a limit."""

    first_s: float
    longest_s: float
    within_s: float = math.inf

    def pause_s(self, failures: int, draw: float, asked_s: float | None = None) -> float:
        """Return the pause after so many failures in a row, the first being 1.

        A quarter of it, up or down, is chance (`draw`, 0.0 to 1.0): many who failed together do not return together.
        Who answered with a request of its own (`asked_s`, as in Retry-After) is not asked again before.
        """
        doubled_s = min(self.first_s * 2.0 ** min(max(failures - 1, 0), _MOST_DOUBLINGS), self.longest_s)
        own_s = doubled_s * (0.75 + 0.5 * draw)
        return own_s if asked_s is None else max(own_s, min(asked_s, LONGEST_ASKED_S))


STORE = Retry(0.1, 1.5)
"""One request to the object store; its patience is the caller's."""
HANDLER = Retry(0.2, 5.0)
"""A handler whose broker or store is away."""
MEMBER = Retry(0.5, 5.0)
"""A reader that lost its broker."""
RESULT = Retry(1.0, 5.0)
"""A result that nobody has heard of yet."""
PROCESS = Retry(0.2, 10.0)
"""A process that ends again and again."""


class Tries:
    """The failures in a row of one thing that is tried again, on the caller's clock in seconds."""

    def __init__(
        self,
        retry: Retry,
        clock_s: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.failures = 0
        self._retry, self._clock_s, self._draw = retry, clock_s, draw
        self._ends_s = clock_s() + retry.within_s

    def failed(self, asked_s: float | None = None) -> float | None:
        """Return the pause before the next try, or None when there is no time for one."""
        self.failures += 1
        pause_s = self._retry.pause_s(self.failures, self._draw(), asked_s)
        return pause_s if self._clock_s() + pause_s <= self._ends_s else None

    def pause_s(self, asked_s: float | None = None) -> float:
        """The same for a policy that has no end."""
        pause_s = self.failed(asked_s)
        return self._retry.longest_s if pause_s is None else pause_s

    def succeeded(self) -> None:
        """Begin to count anew."""
        self.failures = 0
        self._ends_s = self._clock_s() + self._retry.within_s


def asked_s(header: str | None, now_s: float) -> float | None:
    """Return the pause that a `Retry-After` header asks for (RFC 9110, 10.2.3), or None when it says nothing readable.

    `now_s` is the time since the epoch, for headers that name a date.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_ASKED_S)
    try:
        date = parsedate_to_datetime(text)
        at_s = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return min(max(at_s - now_s, 0.0), LONGEST_ASKED_S)
