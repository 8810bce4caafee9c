from __future__ import annotations

from planning.job.commands import Dispatch, PublishFact
from planning.partition.partition import LogEntry, Partition
from planning.partition.timers import REPEAT_MS
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import (
    CancelMatching,
    CancelRequested,
    LeaseRenewed,
    LogEvent,
    ReplayRequested,
    RequestRejected,
    TimerFired,
)
from schemas.orders import WorkOrder
from tests.planning.jobs import Folded, accepted, folded, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
LEASE_MS = 6_000


class Log:
    """A partition with its log: what is appended is applied at once."""

    def __init__(self) -> None:
        self.partition = Partition({}, 0)
        self.offset = 0

    def add(self, event: LogEvent, at_ms: int) -> Folded:
        self.offset += 1
        self.partition.scan_timers(at_ms)
        return folded(self.partition, LogEntry(self.offset - 1, at_ms, event))[0]


def running() -> tuple[Log, WorkOrder]:
    log = Log()
    (dispatch,) = log.add(accepted(PICTURE), 1_000).orders
    log.add(started(dispatch.order), 1_000)
    return log, dispatch.order


def test_a_timer_that_comes_too_early_for_the_broker_is_repeated_at_a_walking_pace() -> None:
    log, order = running()
    due_ms = 1_000 + LEASE_MS
    fired = 0
    for now_ms in range(due_ms, due_ms + 3_000, 10):  # our clock is three seconds ahead
        for job_id, _ in list(log.partition.timers.due(now_ms)):
            fired += 1
            log.add(TimerFired(job_id=job_id, due_ms=due_ms), now_ms - 3_000)
    assert fired == 3_000 // REPEAT_MS
    assert log.add(TimerFired(job_id=order.job_id, due_ms=due_ms), due_ms).orders


def test_a_lease_that_was_renewed_often_is_one_timer() -> None:
    log, order = running()
    for at_ms in range(2_000, 60_000, 2_000):
        log.add(
            LeaseRenewed(
                job_id=order.job_id,
                run=1,
                node_id="result",
                attempt=1,
                worker_id="w1",
                lease_s=6.0,
                fraction=0.1,
            ),
            at_ms,
        )
    assert list(log.partition.timers.due(58_000 + LEASE_MS - 1)) == []
    assert list(log.partition.timers.due(58_000 + LEASE_MS)) == [(order.job_id, 58_000 + LEASE_MS)]
    assert log.partition.timers.next_ms(0) == 58_000 + LEASE_MS + REPEAT_MS


def test_an_event_that_a_job_has_seen_is_folded_once() -> None:
    """The offset that a job remembers holds where transactions do not: an older state over newer events."""
    once = Partition({}, 0)
    begun = LogEntry(0, 1_000, accepted(PICTURE))
    (dispatch,) = folded(once, begun)[0].orders
    silent = [
        LogEntry(1, 1_000, started(dispatch.order)),
        LogEntry(2, 9_000, TimerFired(job_id=dispatch.order.job_id, due_ms=7_000)),
    ]
    folded(once, *silent)
    records = dict(once.entries)
    again = Partition(dict(records), 0)
    outbox, changes = folded(again, begun, silent[0])
    assert (outbox.orders, outbox.facts, changes) == ([], [], {})
    assert again.entries == records
    cancel = CancelRequested(job_id=dispatch.order.job_id, request_id="c", tenant="default", reason="")
    assert folded(again, LogEntry(3, 20_000, cancel))[0].facts


def test_a_cancel_of_many_does_not_reach_jobs_that_were_accepted_behind_it() -> None:
    partition = Partition({}, 0)
    every = CancelMatching(request_id="c", tenant="default", labels={}, reason="")
    folded(partition, LogEntry(5, 1_000, accepted(PICTURE)))
    assert folded(partition, LogEntry(3, 1_000, every))[0].facts == []
    other = CancelMatching(request_id="d", tenant="default", labels={}, reason="")
    assert [tell.type for tell in folded(partition, LogEntry(6, 1_000, other))[0].facts] == [
        "media.job.cancelled.v1"
    ]


def test_a_request_that_was_refused_is_not_obeyed_when_it_comes_again() -> None:
    log, order = running()
    again = ReplayRequested(job_id=order.job_id, request_id="again", tenant="default")
    (refusal,) = log.add(again, 1_100).facts
    assert refusal.type == "media.job.rejected.v1"
    log.add(ready(order), 1_200)
    assert log.add(again, 1_300) == Folded([], [], [], [])


def test_a_cancel_that_came_before_its_job_does_not_end_it_later() -> None:
    log = Log()
    event = accepted(PICTURE)
    cancel = CancelRequested(job_id=event.job_id, request_id="c", tenant="default", reason="")
    facts: list[PublishFact] = log.add(cancel, 1_000).facts
    assert [tell.type for tell in facts] == ["media.job.rejected.v1"]
    orders: list[Dispatch] = log.add(event, 1_001).orders
    assert log.add(cancel, 1_002).facts == []
    assert [t.type for t in log.add(ready(orders[0].order), 1_003).facts][-1] == "media.job.succeeded.v1"


def test_a_request_that_was_corrected_under_its_old_id_is_accepted() -> None:
    log = Log()
    problem = Problem(code=ErrorCode.INVALID_REQUEST, path="/kind", message="no")
    log.add(RequestRejected(request_id="key-1", tenant="default", errors=(problem,)), 1_000)
    assert [tell.type for tell in log.add(accepted(PICTURE), 1_001).facts] == ["media.job.accepted.v1"]
