from __future__ import annotations

from planning.partition.partition import MOST_RECORD_BYTES, LogEntry, Partition
from planning.partition.records import PARTED_ABOVE_NODES
from schemas.log import LogEvent
from tests.planning.jobs import Folded, accepted, asset, folded, ready, started


def apply(partition: Partition, *events: LogEvent) -> tuple[Folded, dict[str, bytes | None]]:
    begin = partition.next_offset
    return folded(
        partition, *(LogEntry(begin + i, 1000 * (begin + i), event) for i, event in enumerate(events))
    )


def work_off(partition: Partition, first: Folded, text: str) -> tuple[list[str], int]:
    """Answer every order with a text; returns the types of the last facts and the bytes that were written."""
    pending, told, written = list(first.orders), list(first.facts), 0
    while pending:
        order = pending.pop(0).order
        made = asset(order.node_id, "text/plain", text=text)
        outbox, changes = apply(partition, started(order), ready(order, made=made))
        assert all(len(record or b"") <= MOST_RECORD_BYTES for record in changes.values())
        written += sum(len(record or b"") for record in changes.values())
        pending += outbox.orders
        told += outbox.facts
    return [fact.type for fact in told], written


def test_a_chain_whose_texts_no_single_record_could_hold_succeeds() -> None:
    partition = Partition({}, 0)
    nodes = {
        f"n{i}": {
            "capability": "text-to-text",
            "params": {
                "text": {"$from": f"n{i - 1}", "field": "text"} if i else "a",
                "instruction": "shorten",
            },
        }
        for i in range(80)
    }
    first, _ = apply(partition, accepted({"kind": "graph", "nodes": nodes}))
    told, _ = work_off(partition, first, "x" * 64_000)
    assert told[-1] == "media.job.succeeded.v1"


def test_a_job_writes_as_many_bytes_for_each_node_whether_it_has_few_or_a_thousand() -> None:
    def bytes_per_node(count: int) -> float:
        partition = Partition({}, 0)
        item = {"capability": "image-generation", "params": {"prompt": "a fox"}}
        request = {"kind": "batch", "items": [{"id": f"p{i}", **item} for i in range(count)]}
        first, changes = apply(partition, accepted(request))
        told, written = work_off(partition, first, "")
        assert told[-1] == "media.job.succeeded.v1"
        return (written + sum(len(record or b"") for record in changes.values())) / count

    assert bytes_per_node(1000) < 1.5 * bytes_per_node(2 * PARTED_ABOVE_NODES)


def test_a_job_that_no_record_can_hold_fails_and_the_partition_goes_on() -> None:
    partition = Partition({}, 0)
    request = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
    event = accepted(request).model_copy(
        update={"request": request | {"labels": {"a": "x" * MOST_RECORD_BYTES}}}
    )
    outbox, _ = apply(partition, event)
    ends = [fact.fact.to_json() for fact in outbox.facts if fact.type == "media.job.failed.v1"]
    assert [end["error"]["code"] for end in ends] == ["unsupported"]
    assert apply(partition, accepted(request, key="another"))[0].orders
