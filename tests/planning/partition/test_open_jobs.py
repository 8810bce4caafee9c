"""How many jobs of a partition have not ended is known: after its restore, and from event to event."""

from __future__ import annotations

from planning.partition.partition import LogEntry, Partition
from schemas.log import CancelRequested
from tests.planning.jobs import accepted, folded

GRAPH = {
    "kind": "graph",
    "nodes": {f"n{i}": {"capability": "text-generation", "params": {"prompt": "a"}} for i in range(40)},
}


def test_open_jobs_are_counted_as_they_begin_and_end_and_again_after_a_restore() -> None:
    partition = Partition({}, 0)
    events = [accepted(GRAPH, key=f"k{i}") for i in range(3)]
    folded(partition, *(LogEntry(i, 1000 + i, event) for i, event in enumerate(events)))
    assert partition.timers.open_jobs == 3
    cancel = CancelRequested(job_id=events[0].job_id, request_id="c", tenant="default", reason="")
    folded(partition, LogEntry(3, 2000, cancel), LogEntry(4, 2001, cancel))
    assert partition.timers.open_jobs == 2
    partition.scan_timers(5000)
    assert partition.timers.open_jobs == 2

    again = Partition(dict(partition.entries), 5)
    again.scan_timers(6000)
    assert again.timers.open_jobs == 2
    folded(again, LogEntry(5, 7000, events[1].model_copy()))  # known already
    assert again.timers.open_jobs == 2
