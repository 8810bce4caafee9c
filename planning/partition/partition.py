"""What one partition of the log has come to: its jobs, as records, and what their newest events ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from planning.job import facts
from planning.job.advance import UNFIT, end_failed, end_unfit
from planning.job.commands import Command, FollowTicket, Notice, PublishFact, PublishProgress, Stop
from planning.job.reduce import reduce
from planning.job.state import Failure, Job
from planning.partition import records
from planning.partition.timers import Timers
from schemas.codes import ErrorCode
from schemas.facts import TERMINAL_TYPES, JobRejected, Problem
from schemas.log import (
    Asked,
    CancelMatching,
    CancelRequested,
    LogEvent,
    ReplayRequested,
    RequestRejected,
    TimerFired,
)
from schemas.sizes import BUDGETS

_OUR_FAULT = Failure(ErrorCode.INTERNAL, "this job met an error of ours; it is in the coordinator's log")
_NOT_TAKEN = Failure(ErrorCode.UNSUPPORTED, "the broker does not take records as large as this job's")
_REFUSAL_NOT_TAKEN = Problem(
    code=ErrorCode.UNSUPPORTED, path="", message="the broker does not take a record of all that is wrong"
)

MOST_RECORD_BYTES = BUDGETS["state"]
"""A little below what `media.state` takes as one record."""
DECODED_JOBS = 16
"""So many jobs stay decoded."""
EXAMINED_AT_ONCE = 1_000
"""After so many jobs a long fold lets others work."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One place of the log and its event; None where a record could not be read and is a dead letter."""

    offset: int
    at_ms: int
    event: LogEvent | None


@dataclass(slots=True)
class Outbox:
    """What a batch of events asks for: sent now (stops, progress) or committed with the state (facts).

    Among the stops is also what the poller of tickets is told, in its order.
    """

    stops: list[Notice] = field(default_factory=list)
    progress: dict[str, PublishProgress] = field(default_factory=dict)
    facts: list[PublishFact] = field(default_factory=list)

    def take(self, command: Command) -> None:
        """Sort a command to where it goes; of a job's progress only the newest is worth sending."""
        match command:
            case Stop() | FollowTicket():
                self.stops.append(command)
            case PublishProgress():
                self.progress[command.progress.job_id] = command
            case PublishFact():
                self.facts.append(command)


@dataclass(slots=True)
class _Decoded:
    """A job as it is, and the contents of its records as they were when last written."""

    job: Job
    parts: dict[str, bytes]


Defect = Callable[[str, int], None]
Reducer = Callable[[Job | None, LogEvent, int], tuple[Job | None, list[Command]]]


def _no_word(job_id: str, offset: int) -> None:
    """Say nothing of an event that the reducer could not take."""


def _nobody(job: Job) -> None:
    """Nobody wants to know which jobs have changed."""


class Partition:
    """The folded state of one log partition. Jobs are kept as records, and decoded when an event touches them.

    The few touched last also stay as they are: decoding a job of a thousand nodes for each event is most of the
    work. `entries` and `next_offset` are ahead of `media.state` by what `changes` holds.
    """

    def __init__(
        self,
        entries: dict[str, bytes],
        next_offset: int,
        *,
        on_defect: Defect = _no_word,
        on_change: Callable[[Job], None] = _nobody,
        reducer: Reducer | None = None,
        unfit: set[str] | None = None,
    ) -> None:
        """Go on from stored records; the mapping is taken over.

        `on_defect` hears of events that met our errors, `on_change` sees each job as events have left it; `reducer`
        is another than this version's own. `unfit` are jobs and refusals of which the broker did not take a record:
        they end with as few bytes as possible, and are taken out of the set.
        """
        self.entries = entries
        self.next_offset = next_offset
        self.changes: dict[str, bytes | None] = {}
        self.outbox = Outbox()
        self.timers = Timers(entries)
        self._before: dict[str, bytes | None] = {}
        self._decoded: dict[str, _Decoded] = {}
        self._touched: dict[str, Job] = {}
        self._at_ms = 0
        self._on_defect = on_defect
        self._on_change = on_change
        self._fold_one = reducer or reduce
        self._unfit = unfit if unfit is not None else set()

    def fold(self, events: Iterable[LogEntry]) -> Iterator[None]:
        """Fold events in log order into `entries`, `changes` and `outbox`.

        It yields when others should get a turn, in a state that may be committed: an event that is half done is
        folded again after a crash, and events already applied change nothing.

        Raises:
            StateUnreadable: a record that an event needs is damaged.
            StateIsNewer: a newer version wrote it.
        """
        for entry in events:
            if entry.event is not None:
                self._at_ms = entry.at_ms
            match entry.event:
                case None:
                    pass
                case CancelMatching() as event:
                    yield from self._cancel_matching(entry, event)
                case RequestRejected() as event:
                    self._reduce("", None, event, entry)
                case CancelRequested() | ReplayRequested() as event if self._refused(event.note):
                    pass  # its sender was told no: the repeat of a refused request is not obeyed later
                case event:
                    job = self.job(event.job_id)
                    if job is None or entry.offset > job.applied:
                        self._reduce(event.job_id, job, event, entry)
                    if isinstance(event, TimerFired):
                        self.timers.heard(event.job_id, event.due_ms)
            self.next_offset = max(self.next_offset, entry.offset + 1)
        self._flush()

    def take_messages(self) -> tuple[list[Notice], list[PublishProgress]]:
        """Return the stops (with words about tickets) and progress that are to be sent before the records are committed."""
        outbox = self.outbox
        messages = outbox.stops, list(outbox.progress.values())
        self.outbox = Outbox(facts=outbox.facts)
        return messages

    @property
    def facts_wait(self) -> bool:
        """Whether there is news that somebody may be waiting for."""
        return bool(self.outbox.facts)

    def take_changes(self) -> tuple[dict[str, bytes | None], list[PublishFact]]:
        """Return the records and facts that are to be committed together; `committed` or `roll_back` says how it went."""
        changes, self.changes = self.changes, {}
        facts, self.outbox.facts = self.outbox.facts, []
        return changes, facts

    def committed(self) -> None:
        """What was taken is committed."""
        self._before.clear()

    def roll_back(self) -> dict[str, bytes]:
        """Return the records as they were committed last; this partition is of no use afterwards."""
        for key, value in self._before.items():
            self._put(key, value)
        return self.entries

    def job(self, job_id: str) -> Job | None:
        """Return a job as the log has it up to now.

        Raises:
            StateUnreadable: one of its records is damaged.
            StateIsNewer: a newer version wrote it.
        """
        if job_id in self._touched:
            return self._touched[job_id]
        decoded = self._decoded.get(job_id)
        if decoded is None:
            found = records.load(job_id, self.entries)
            if found is None:
                return None
            decoded = _Decoded(*found)
            if not self._touched:  # else a fold is under way, and looks to it at its end
                self._forget_decoded(DECODED_JOBS - 1)
        else:
            del self._decoded[job_id]
        self._decoded[job_id] = decoded  # the newest
        job = decoded.job
        if not job.open and job.ended_ms + records.RETENTION_MS < self._at_ms:
            return None  # as if it had been removed already
        return job

    def give_up(self, job_id: str) -> None:
        """End an open job of which the broker does not take a record, without an event that asks for it."""
        self._unfit.discard(job_id)
        job = self.job(job_id) if records.is_job(job_id) and records.is_ours(job_id) else None
        if job is not None and job.open:
            for command in end_unfit(job, _NOT_TAKEN, self._at_ms or job.accepted_ms):
                self.outbox.take(command)
            self._touched[job_id] = job
            self._flush()

    def scan_timers(self, now_ms: int) -> None:
        """Look at the next records for timers that come near, and remove what is too old to be known."""
        for key in self.timers.look(now_ms, self._at_ms):
            for part in [key, *self._parts(key)]:
                self._change(part, None)
            self._decoded.pop(key, None)

    def _reduce(self, job_id: str, job: Job | None, event: LogEvent, entry: LogEntry) -> None:
        try:
            job, commands = self._fold_one(job, event, entry.at_ms)
        except Exception:  # noqa: BLE001  # one event that we handle wrongly must not stop every job of its partition
            self._on_defect(job_id, entry.offset)
            commands = end_failed(job, _OUR_FAULT, entry.at_ms) if job is not None and job.open else []
        if job is not None:
            job.applied = entry.offset
            self._touched[job_id] = job
            if job_id in self._unfit:
                commands = self._with_few_bytes(job, commands, entry.at_ms)
        for each in commands:
            command = each
            if isinstance(command, PublishFact) and isinstance(command.fact, JobRejected):
                # By what tells requests apart: another's may have the same id, and gets its own answer.
                note = event.note if isinstance(event, Asked) else command.key
                if command.key in self._unfit and isinstance(event, Asked):
                    self._unfit.discard(command.key)
                    command = facts.rejected(event, (_REFUSAL_NOT_TAKEN,))
                if self._refused(note):
                    continue
                self._note(records.REFUSED, note, entry.at_ms)
            self.outbox.take(command)

    def _with_few_bytes(self, job: Job, commands: list[Command], at_ms: int) -> list[Command]:
        """End a job of which the broker did not take a record: its order, its state or what it tells is too large."""
        told = [command for command in commands if isinstance(command, PublishFact)]
        if not job.open and not any(command.type in TERMINAL_TYPES for command in told):
            return commands
        self._unfit.discard(job.job_id)
        kept: list[Command] = [facts.bare(each) for each in told if each.type not in TERMINAL_TYPES]
        return kept + end_unfit(job, _NOT_TAKEN, at_ms)

    def _cancel_matching(self, entry: LogEntry, event: CancelMatching) -> Iterator[None]:
        """Cancel every open job that the request describes, and remember that this was done."""
        if self._known(records.OBEYED, event.note):
            return
        self._flush()
        mark = records.tenant_mark(event.tenant)
        for number, key in enumerate(list(self.entries), start=1):
            about = records.header_of(self.entries[key]) if records.is_job(key) else None
            if about is not None and about.open and about.tenant == mark:
                job = self.job(key)
                meant = job is not None and event.labels.items() <= job.labels.items()
                if job is not None and meant and entry.offset > job.applied:
                    self._reduce(key, job, event, entry)
            if number % EXAMINED_AT_ONCE == 0:
                self._flush()
                yield
        self._note(records.OBEYED, event.note, entry.at_ms)

    def _flush(self) -> None:
        """Bring the records of all touched jobs up to date; only what differs is written."""
        touched, self._touched = self._touched, {}
        for job_id, job in touched.items():
            parts = records.parts_of(job)
            if max(map(len, parts.values())) > MOST_RECORD_BYTES:
                parts = self._end_too_large(job)
            decoded = self._decoded.pop(job_id, None)
            written = decoded.parts if decoded is not None else {}
            changed = [key for key, content in parts.items() if written.get(key) != content]
            for key, record in records.packed(job, parts, changed).items():
                self._change(key, record)
            for key in written.keys() - parts.keys():
                self._change(key, None)
            self._decoded[job_id] = _Decoded(job, parts)
            self.timers.arm(job)
            self._on_change(job)
        self._forget_decoded(DECODED_JOBS)

    def _forget_decoded(self, most: int) -> None:
        """Keep at most so many jobs decoded: those asked for last."""
        for job_id in list(self._decoded)[:-most]:
            del self._decoded[job_id]

    def _end_too_large(self, job: Job) -> dict[str, bytes]:
        """A job that no record can hold ends here: one that cannot be stored would stop its whole partition.

        The reducer has ended every job that grows too large; this one an older version has begun.
        """
        before = job.open, job.status, job.ended_ms
        commands = end_unfit(job, UNFIT, self._at_ms)
        was_open, status, ended_ms = before
        if was_open:
            for command in commands:
                self.outbox.take(command)
        else:
            job.status, job.ended_ms = status, ended_ms
        return records.parts_of(job)

    def _parts(self, job_id: str) -> list[str]:
        if f"{job_id}/" not in self.entries:
            return []
        found = records.load(job_id, self.entries)
        return [key for key in found[1] if key != job_id] if found is not None else []

    def _refused(self, note: str) -> bool:
        return self._known(records.REFUSED, note)

    def _known(self, kind: str, note: str) -> bool:
        record = self.entries.get(kind + note)
        if record is None:
            return False
        kept_until_ms = records.header_of(record).due_ms
        return not kept_until_ms or kept_until_ms >= self._at_ms

    def _note(self, kind: str, note: str, at_ms: int) -> None:
        self._change(kind + note, records.pack_note(at_ms))

    def _change(self, key: str, record: bytes | None) -> None:
        self._before.setdefault(key, self.entries.get(key))
        if records.is_job(key):
            self.timers.reopened(self.entries.get(key), record)
        self.changes[key] = record
        self._put(key, record)

    def _put(self, key: str, record: bytes | None) -> None:
        if record is None:
            self.entries.pop(key, None)
        else:
            self.entries[key] = record


__all__ = ["DECODED_JOBS", "LogEntry", "Outbox", "Partition"]
