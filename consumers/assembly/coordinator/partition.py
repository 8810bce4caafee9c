"""What one partition of the log has come to: the jobs in it, as bytes, and what their newest events ask for."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from planning.advance import end_failed, forget_contents
from planning.commands import Command, Dispatch, Show, Stop, Tell
from planning.reduce import reduce
from planning.state import Failure, Job, decode_job, due_ms, encode_job
from runtime.telemetry import get_logger
from schemas.codes import ErrorCode
from schemas.facts import JobRejected
from schemas.log import CancelRequested, LogEvent, ReplayRequested, WishRejected

log = get_logger(__name__)

_OUR_FAULT = Failure(ErrorCode.INTERNAL, "this job met an error of ours; it is in the coordinator's log")

_TOO_LARGE = Failure(ErrorCode.UNSUPPORTED, "the results of this job hold more text than one job can carry")
MOST_STATE_BYTES = 3_500_000
"""A little below what `media.state` takes as one record."""

NEXT_OFFSET = "offset"
"""Key of the record on `media.state` that says which log offset is read next; job ids and this never meet."""
REJECTED = "rejected/"
JOBS_AT_HAND = 16
"""So many jobs stay decoded in each partition."""
TIMER_REPEAT_MS = 500
"""A timer that fired and changed nothing yet, because clocks differ, fires again after this."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One event as it stands in the log; None in place of a record that was given up."""

    offset: int
    at_ms: int
    event: LogEvent | None


@dataclass(slots=True)
class Outbox:
    """What a batch of events asks for: sent now (orders, stops, progress) or committed with the state (facts)."""

    orders: list[Dispatch] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    shows: dict[str, Show] = field(default_factory=dict)
    facts: list[Tell] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)

    def take(self, command: Command) -> None:
        """Sort a command to where it goes; of a job's progress only the newest is worth sending."""
        match command:
            case Dispatch():
                self.orders.append(command)
            case Stop():
                self.stops.append(command)
            case Show():
                self.shows[command.progress.job_id] = command
            case Tell():
                self.facts.append(command)


class Partition:
    """The folded state of one log partition. Jobs are kept encoded, and decoded when an event touches them.

    The few touched last also stay as they are: decoding a job of a thousand nodes for each event is most of the work.
    """

    def __init__(self, entries: Mapping[str, bytes], next_offset: int) -> None:
        self._entries = dict(entries)
        self.next_offset = next_offset
        self._due: list[tuple[int, str]] = []
        self._at_hand: dict[str, Job] = {}
        self._at_ms = 0
        self._armed: dict[str, tuple[int, int]] = {}
        for key, value in self._entries.items():
            if not key.startswith(REJECTED):
                self._arm(decode_job(value))

    def apply(self, events: Iterable[Logged]) -> Outbox:
        """Fold events in log order and return what they ask for. Events already applied change nothing."""
        outbox = Outbox()
        touched: dict[str, Job] = {}
        for logged in events:
            self.next_offset = max(self.next_offset, logged.offset + 1)
            self._at_ms = logged.at_ms
            if logged.event is not None:
                self._apply(logged, logged.event, touched, outbox)
        for job_id, job in touched.items():
            outbox.states[job_id] = self._entries[job_id] = self._encode(job, outbox)
            self._arm(job)
            self._at_hand.pop(job_id, None)
            self._at_hand[job_id] = job
        while len(self._at_hand) > JOBS_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]
        return outbox

    def due(self, now_ms: int) -> Iterator[tuple[str, int]]:
        """Yield (job_id, due_ms) of every timer that has come, again every `TIMER_REPEAT_MS` until its job moves on."""
        while self._due and self._due[0][0] <= now_ms:
            at_ms, job_id = heapq.heappop(self._due)
            due, next_ms = self._armed.get(job_id, (0, 0))
            if next_ms != at_ms:
                continue  # the job has another timer by now
            self._armed[job_id] = (due, now_ms + TIMER_REPEAT_MS)
            heapq.heappush(self._due, (now_ms + TIMER_REPEAT_MS, job_id))
            yield job_id, due

    def next_due_ms(self) -> int | None:
        """Return when the earliest timer comes, if one is armed."""
        return self._due[0][0] if self._due else None

    def _apply(self, logged: Logged, event: LogEvent, touched: dict[str, Job], outbox: Outbox) -> None:
        if isinstance(event, CancelRequested | ReplayRequested) and self._refused(event.request_id):
            return  # its sender was told no: the repeat of a refused request is not obeyed later
        if isinstance(event, WishRejected):
            job_id, job = "", None
        else:
            job_id = event.job_id
            job = touched.get(job_id) or self._job(job_id)
            if job is not None and logged.offset <= job.applied:
                return
        try:
            job, commands = reduce(job, event, logged.at_ms)
        except Exception:  # one event that we handle wrongly must not stop every job of its partition
            log.exception("coordinator.reduce_failed", job_id=job_id, offset=logged.offset)
            commands = end_failed(job, _OUR_FAULT, logged.at_ms) if job is not None and job.open else []
        if job is not None:
            job.applied = logged.offset
            touched[job_id] = job
        for command in commands:
            if isinstance(command, Tell) and isinstance(command.fact, JobRejected):
                if self._refused(command.key):
                    continue
                self._entries[REJECTED + command.key] = outbox.states[REJECTED + command.key] = b"{}"
            outbox.take(command)

    def _encode(self, job: Job, outbox: Outbox) -> bytes:
        """A job that no record can hold ends here: one that cannot be stored would stop its whole partition."""
        encoded = encode_job(job)
        if len(encoded) <= MOST_STATE_BYTES:
            return encoded
        log.warning("coordinator.job_too_large", job_id=job.job_id, size_bytes=len(encoded))
        forget_contents(job)
        for command in end_failed(job, _TOO_LARGE, self._at_ms) if job.open else []:
            outbox.take(command)
        return encode_job(job)

    def _refused(self, request_id: str) -> bool:
        return REJECTED + request_id in self._entries

    def _job(self, job_id: str) -> Job | None:
        if job_id in self._at_hand:
            return self._at_hand[job_id]
        value = self._entries.get(job_id)
        return decode_job(value) if value is not None else None

    def _arm(self, job: Job) -> None:
        """Set the job's timer. One that stays the same keeps its place: events that change nothing do not hurry it."""
        due = due_ms(job)
        if due is None:
            self._armed.pop(job.job_id, None)
        elif self._armed.get(job.job_id, (None, 0))[0] != due:
            self._armed[job.job_id] = (due, due)
            heapq.heappush(self._due, (due, job.job_id))
