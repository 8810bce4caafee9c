from __future__ import annotations

from planning.partition.partition import EXAMINED_AT_ONCE, LogEntry, Partition
from schemas.log import CancelMatching, JobAccepted
from tests.planning.jobs import accepted, folded, orders, ready

ENDS = {"media.job.cancelled.v1", "media.job.succeeded.v1"}


def job(key: str, tenant: str = "default", **labels: str) -> JobAccepted:
    request = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
    return accepted(request | {"tenant": tenant, "labels": labels}, key=key)


def cancel(tenant: str = "default", request_id: str = "c1", **labels: str) -> CancelMatching:
    return CancelMatching(request_id=request_id, tenant=tenant, labels=labels, reason="enough")


def ended(partition: Partition, *events: object) -> list[str]:
    begin = partition.next_offset
    logged = [LogEntry(begin + i, 1_000 + i, event) for i, event in enumerate(events)]  # type: ignore[arg-type]
    outbox, _ = folded(partition, *logged)
    return [fact.key for fact in outbox.facts if fact.type in ENDS]


def test_all_open_jobs_of_a_tenant_end_and_those_of_others_go_on() -> None:
    partition = Partition({}, 0)
    mine, other = job("a"), job("b", tenant="acme")
    assert ended(partition, mine, other, cancel()) == [mine.job_id]


def test_labels_must_all_be_there() -> None:
    partition = Partition({}, 0)
    both, one = job("a", show="x", day="1"), job("b", show="x")
    assert ended(partition, both, one, cancel(show="x", day="1")) == [both.job_id]


def test_what_has_ended_or_comes_later_is_not_touched() -> None:
    partition = Partition({}, 0)
    first = job("a")
    outbox, _ = folded(partition, LogEntry(0, 1, first))
    done = ready(orders([*outbox.orders])[0])
    later = job("b")
    assert ended(partition, done, cancel(), later) == [first.job_id]
    found = partition.job(later.job_id)
    assert found is not None
    assert found.open


def test_its_repeat_changes_nothing() -> None:
    partition = Partition({}, 0)
    assert ended(partition, job("a"), cancel()) != []
    assert ended(partition, job("b"), cancel()) == []


def test_among_very_many_jobs_it_lets_others_work_in_between_and_ends_each_once_after_a_crash() -> None:
    partition = Partition({}, 0)
    count = 2 * EXAMINED_AT_ONCE + 10
    ended(partition, *(job(f"k{i}") for i in range(count)))
    offset = partition.next_offset
    steps = partition.fold([LogEntry(offset, 5_000, cancel())])
    next(steps)
    # A crash after a commit in between: what was committed is kept, and the same event is folded again.
    assert partition.next_offset == offset
    first = [fact.key for fact in partition.take_changes()[1]]
    again = Partition(dict(partition.entries), partition.next_offset)
    second = ended(again, cancel())
    assert len(first) > 0
    assert sorted(first + second) == sorted({*first, *second})
    assert len(first + second) == count
