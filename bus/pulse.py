"""Whether a subscriber is at work or waits for work: how long ago that was seen last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pulse:
    """Notes when an attempt at a batch began; one that takes longer than `longest_s` hangs."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._seen_at = time.monotonic()
        self._attempt_since: float | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Be at work for as long as the block lasts."""
        self._attempt_since = time.monotonic()
        try:
            yield
        finally:
            self._attempt_since = None

    def age_s(self, *, idle: bool, reading: bool) -> float:
        """Return the seconds since it was last seen well: `idle` before its start, or `reading` and not hanging."""
        now = time.monotonic()
        hangs = self._attempt_since is not None and now - self._attempt_since > self._longest_s
        if idle or (reading and not hangs):
            self._seen_at = now
        return now - self._seen_at
