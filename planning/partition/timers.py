"""When the jobs of a partition want to be woken: the near times at hand, the far ones found by looking around."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import islice

from planning.job.state import Job, due_ms
from planning.partition.records import is_job, waits_of

ROUND_MS = 300_000
"""Every record is looked at once in this time; what comes due within two rounds is at hand."""
LOOKED_AT_ONCE = 2_000
REPEAT_MS = 500
"""A timer that fired and changed nothing yet, because clocks differ, fires again after this."""
LONGEST_REPEAT_MS = 8_000
"""One that was not read back yet waits twice as long each time, up to this: the log is behind, and must not get more."""


class Timers:
    """The timers of all jobs of a partition; a million far ones cost nothing but their records."""

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        """`entries` is the partition's own mapping, as it is at any time."""
        self._entries = entries
        self._heap: list[tuple[int, str]] = []
        self._armed: dict[str, tuple[int, int, int]] = {}
        self._round: Iterator[str] | None = None
        self._next_round_ms = 0
        self._edge_ms = 0
        self._now_ms = 0
        self.open_jobs = 0
        """Of all records, as of the last round and what changed since (`reopened`)."""
        self._open_found = 0

    def reopened(self, before: bytes | None, after: bytes | None) -> None:
        """Take note that a job's record was replaced, or came or went."""
        self.open_jobs += _is_open(after) - _is_open(before)

    def wants_look(self, now_ms: int) -> bool:
        """Whether a round is under way or due."""
        return self._round is not None or now_ms >= self._next_round_ms

    def look(self, now_ms: int, log_ms: int) -> list[str]:
        """Look at the next records of the round: arm what comes near, return the keys of what is too old.

        Age is measured by the broker's time: a clock that jumps makes timers fire too early, which harms nobody,
        but must not make us forget anything.
        """
        if self._round is None:
            self._round = iter(list(self._entries))
            self._open_found = 0
        self._edge_ms = now_ms + 2 * ROUND_MS
        self._next_round_ms = now_ms + ROUND_MS
        old: list[str] = []
        looked = list(islice(self._round, LOOKED_AT_ONCE))
        for key in looked:
            record = self._entries.get(key)
            if record is None:
                continue
            is_open, due = waits_of(record)
            self._open_found += is_open and is_job(key)
            if not due:
                continue
            if is_open:
                self._arm(key, due)
            elif due < log_ms:
                old.append(key)
        if len(looked) < LOOKED_AT_ONCE:
            self._round = None
            self.open_jobs = self._open_found
        return old

    def arm(self, job: Job) -> None:
        """Set the job's timer, or take it away."""
        due = due_ms(job)
        if due is None:
            self._armed.pop(job.job_id, None)
        else:
            self._arm(job.job_id, due)

    def heard(self, job_id: str, due_ms: int) -> None:
        """A timer that fired was read back: the log is not behind, and repeats need not become rarer."""
        due, next_ms, _ = self._armed.get(job_id, (0, 0, 0))
        if due == due_ms and next_ms:
            self._armed[job_id] = (due, next_ms, REPEAT_MS)

    def due(self, now_ms: int) -> Iterator[tuple[str, int]]:
        """Yield (job_id, due_ms) of every timer that has come, again and again until its job moves on."""
        if now_ms < self._now_ms:
            self._go_back(now_ms)
        self._now_ms = now_ms
        while self._heap and self._heap[0][0] <= now_ms:
            at_ms, job_id = heapq.heappop(self._heap)
            due, next_ms, pause_ms = self._armed.get(job_id, (0, 0, 0))
            if next_ms != at_ms:
                continue  # the job has another timer by now
            self._armed[job_id] = (due, now_ms + pause_ms, min(2 * pause_ms, LONGEST_REPEAT_MS))
            heapq.heappush(self._heap, (now_ms + pause_ms, job_id))
            yield job_id, due

    def next_ms(self, now_ms: int) -> int | None:
        """Return when the earliest timer at hand comes, or now while there is more to look at."""
        if self._round is not None:
            return now_ms
        return self._heap[0][0] if self._heap else None

    def _go_back(self, now_ms: int) -> None:
        """The clock was ahead: repeats that were set by it would come as much too late."""
        self._armed = {job_id: (due, due, REPEAT_MS) for job_id, (due, *_) in self._armed.items()}
        self._heap = [(due, job_id) for job_id, (due, *_) in self._armed.items()]
        heapq.heapify(self._heap)
        self._next_round_ms = min(self._next_round_ms, now_ms + ROUND_MS)

    def _arm(self, job_id: str, due: int) -> None:
        """One that stays the same keeps its place: events that change nothing do not hurry it."""
        if due > self._edge_ms:
            self._armed.pop(job_id, None)  # a later round comes before it
        elif self._armed.get(job_id, (None, 0, 0))[0] != due:
            self._armed[job_id] = (due, due, REPEAT_MS)
            heapq.heappush(self._heap, (due, job_id))


def _is_open(record: bytes | None) -> bool:
    return record is not None and waits_of(record)[0]
