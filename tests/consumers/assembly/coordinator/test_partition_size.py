from __future__ import annotations

from consumers.assembly.coordinator.partition import MOST_STATE_BYTES, Logged, Outbox, Partition
from planning.commands import Tell
from schemas.log import LogEvent
from tests.planning.jobs import accepted, asset, ready, started

PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}


def apply(partition: Partition, *events: LogEvent) -> Outbox:
    begin = partition.next_offset
    return partition.apply([Logged(begin + i, 1000 * (begin + i), event) for i, event in enumerate(events)])


def test_a_job_whose_texts_no_record_can_hold_fails_and_the_partition_goes_on() -> None:
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
    pending = apply(partition, accepted({"kind": "graph", "nodes": nodes})).orders
    ends: list[Tell] = []
    while pending:
        order = pending[0].order
        made = asset(order.node_id, "text/plain", text="x" * 64_000)
        outbox = apply(partition, started(order), ready(order, made=made))
        assert all(len(state) <= MOST_STATE_BYTES for state in outbox.states.values())
        ends += [fact for fact in outbox.facts if fact.type == "media.job.failed.v1"]
        pending = outbox.orders
    assert [end.fact.to_json()["error"]["code"] for end in ends] == ["unsupported"]
    assert apply(partition, accepted(PICTURE, key="another")).orders
