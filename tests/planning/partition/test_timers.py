from __future__ import annotations

from itertools import pairwise

from planning.partition import records
from planning.partition.partition import LogEntry, Partition
from planning.partition.timers import LOOKED_AT_ONCE, ROUND_MS
from schemas.log import TimerFired
from tests.planning.jobs import accepted, folded, orders, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
DAY_MS = 24 * 3600 * 1000


def test_after_a_restore_every_lease_is_found_however_many_jobs_there_are() -> None:
    first = Partition({}, 0)
    count = LOOKED_AT_ONCE + 50
    outbox, _ = folded(first, *(LogEntry(i, 1_000, accepted(PICTURE, key=f"k{i}")) for i in range(count)))
    folded(first, *(LogEntry(count + i, 2_000, started(o)) for i, o in enumerate(orders([*outbox.orders]))))
    restored = Partition(dict(first.entries), first.next_offset)
    now_ms = 2_000 + 6_000
    while restored.timers.wants_look(now_ms):
        restored.scan_timers(now_ms)
    assert len(list(restored.timers.due(now_ms))) == count


def test_a_far_deadline_is_found_in_time() -> None:
    partition = Partition({}, 0)
    partition.scan_timers(1_000)
    due_ms = 1_000 + 7 * ROUND_MS
    folded(partition, LogEntry(0, 1_000, accepted(PICTURE).model_copy(update={"deadline_ms": due_ms})))
    assert partition.timers.next_ms(1_000) is None  # it costs nothing yet
    fired = []
    for now_ms in range(1_000, due_ms + 2_000, 1_000):
        if partition.timers.wants_look(now_ms):
            partition.scan_timers(now_ms)
        fired += [(now_ms, due) for _, due in partition.timers.due(now_ms)]
        if fired:
            break
    assert fired == [(due_ms, due_ms)]


def test_what_ended_a_month_ago_is_forgotten_by_the_brokers_time_alone() -> None:
    partition = Partition({}, 0)
    outbox, _ = folded(partition, LogEntry(0, 1_000, accepted(PICTURE)))
    done = ready(orders([*outbox.orders])[0])
    folded(partition, LogEntry(1, 2_000, done))
    partition.scan_timers(90 * DAY_MS)  # our clock is wrong
    assert partition.entries
    folded(partition, LogEntry(2, 2_000 + records.RETENTION_MS + 1, accepted(PICTURE, key="another")))
    partition.scan_timers(91 * DAY_MS)
    changes, _ = partition.take_changes()
    assert changes == {accepted(PICTURE).job_id: None}
    assert partition.job(accepted(PICTURE).job_id) is None


def test_a_clock_that_was_ahead_for_a_while_delays_no_timer() -> None:
    partition = Partition({}, 0)
    partition.scan_timers(1_000)
    (order,) = orders([*folded(partition, LogEntry(0, 1_000, accepted(PICTURE)))[0].orders])
    folded(partition, LogEntry(1, 1_000, started(order)))
    due_ms = 1_000 + 6_000
    assert list(partition.timers.due(3_600_000))  # an hour ahead
    assert list(partition.timers.due(2_000)) == []
    assert list(partition.timers.due(due_ms)) == [(order.job_id, due_ms)]


def test_timers_fire_ever_more_rarely_into_a_log_that_is_behind() -> None:
    partition = Partition({}, 0)
    partition.scan_timers(1_000)
    (order,) = orders([*folded(partition, LogEntry(0, 1_000, accepted(PICTURE)))[0].orders])
    folded(partition, LogEntry(1, 1_000, started(order)))
    due_ms = 1_000 + 6_000
    fired = [at for at in range(due_ms, due_ms + 60_000, 100) for _ in partition.timers.due(at)]
    pauses_ms = [later - sooner for sooner, later in pairwise(fired)]
    assert pauses_ms[:5] == [500, 1_000, 2_000, 4_000, 8_000]
    assert set(pauses_ms[5:]) == {8_000}
    again = TimerFired(job_id=order.job_id, due_ms=due_ms)
    offset, fired = 2, []
    for at in range(due_ms + 60_000, due_ms + 75_000, 100):
        for _ in partition.timers.due(at):
            fired.append(at)
            folded(partition, LogEntry(offset, due_ms - 1, again))  # it is read at once, and comes too early
            offset += 1
    assert {later - sooner for sooner, later in pairwise(fired[1:])} == {500}
