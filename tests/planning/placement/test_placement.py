"""How many orders go out, of which jobs and to whom, and what becomes of those that nobody claims."""

from __future__ import annotations

from typing import Any

from planning.job.commands import Dispatch
from planning.job.lifecycle import NodeStatus
from planning.partition.partition import LogEntry, Partition
from planning.placement.fleet import Fleet
from planning.placement.outstanding import AGAIN_AFTER_S
from planning.placement.placement import FEW, Placement
from schemas.log import CancelRequested, LogEvent, ReplayRequested
from tests.planning.jobs import accepted, folded, ready, started
from tests.planning.placement.words import word

PICTURE = {"capability": "image-generation"}


class Desk:
    """One partition of a log of so many, and its placement."""

    def __init__(self, partitions: int = 1) -> None:
        self.fleet = Fleet()
        self.placement = Placement(self.fleet, partitions)
        self.now_s = 10.0
        self.partition = Partition({}, 0, on_change=lambda job: self.placement.changed(0, job))
        self.placement.own(0, self.partition.entries)

    def say(self, *events: LogEvent) -> None:
        first = self.partition.next_offset
        folded(self.partition, *(LogEntry(first + n, 1_000_000, event) for n, event in enumerate(events)))

    def turn(self, after_s: float = 0.0) -> list[Dispatch]:
        self.now_s += after_s
        self.placement.begin(self.now_s)
        for job_id in self.placement.unseen(0):
            job = self.partition.job(job_id)
            assert job is not None
            self.placement.changed(0, job)
        found = []
        for late in self.placement.overdue():
            found += self.placement.draw_again(late, self.partition.job(late.job_id))
        while (turn := self.placement.turn()) is not None:
            drawn = self.placement.draw(turn, self.partition.job(turn.job_id))
            found += [drawn] if drawn is not None else []
        return found

    def names(self, after_s: float = 0.0) -> list[str]:
        return [each.order.node_id for each in self.turn(after_s)]

    def restart(self) -> None:
        self.placement = Placement(self.fleet, 1)
        self.placement.own(0, self.partition.entries)


def batch(count: int, tenant: str = "default", **fields: Any) -> Any:
    items = [{"id": f"{tenant}{n}", **PICTURE, "params": {"prompt": str(n)}} for n in range(count)]
    event = accepted({"kind": "batch", "items": items, **fields}, key=f"{tenant}-{count}")
    return event.model_copy(update={"tenant": tenant})


def test_a_few_orders_are_out_where_nobody_works_and_more_go_as_they_are_claimed() -> None:
    desk = Desk()
    desk.say(batch(20))
    first = desk.turn()
    assert [each.order.node_id for each in first] == [f"default{n}" for n in range(FEW)]
    assert desk.turn() == []
    assert desk.placement.waiting() == {"image": 16}
    desk.say(started(first[0].order))
    assert desk.turn() == [], "what runs takes its place too"
    desk.say(ready(first[0].order))
    assert desk.names() == ["default4"]


def test_there_is_one_order_for_each_slot_and_it_lies_where_its_worker_reads() -> None:
    desk = Desk()
    desk.fleet.heard("a", word("a", 3, 4), desk.now_s)
    desk.fleet.heard("b", word("b", 7, slots=2), desk.now_s)
    desk.say(batch(20))
    places = [each.partition for each in desk.turn()]
    assert len(places) == 3
    assert places.count(7) == 2
    assert {place for place in places if place != 7} <= {3, 4}


def test_who_has_just_done_our_tasks_is_not_taken_for_busy_until_it_says_so() -> None:
    desk = Desk()
    for name, place in (("a", 0), ("b", 1)):
        desk.fleet.heard(name, word(name, place, slots=2), desk.now_s)
    desk.say(batch(20))
    readers = {0: "a", 1: "b"}
    first = [(each.order, readers[each.partition or 0]) for each in desk.turn()]
    desk.say(*(started(order, worker_id) for order, worker_id in first))
    desk.fleet.heard("b", word("b", 1, slots=2, free=0), desk.now_s)
    desk.turn()
    desk.say(*(ready(order, worker_id) for order, worker_id in first))
    assert sorted(each.partition or 0 for each in desk.turn(after_s=0.01)) == [0, 0, 1, 1]


def test_an_owner_of_a_part_of_the_log_uses_that_part_of_the_slots() -> None:
    desk = Desk(partitions=4)
    desk.fleet.heard("a", word("a", 0, slots=8), desk.now_s)
    desk.say(batch(20))
    assert len(desk.turn()) == 2


def test_nothing_lies_behind_a_long_task() -> None:
    desk = Desk()
    desk.fleet.heard("a", word("a", 0), desk.now_s)
    desk.say(batch(20))
    (order,) = [each.order for each in desk.turn()]
    for _ in range(10):
        desk.say(started(order, "a"))
        assert [desk.turn(after_s=0.1) for _ in range(8)] == [[]] * 8
        desk.say(ready(order, "a"))
        (order,) = [each.order for each in desk.turn()]


def test_a_pool_that_works_off_tiny_tasks_has_more_out() -> None:
    desk = Desk()
    desk.fleet.heard("a", word("a", 0), desk.now_s)
    desk.say(batch(900))
    most = 0
    for _ in range(60):
        drawn = desk.turn(after_s=0.02)
        most = max(most, len(drawn))
        for each in drawn:
            desk.say(started(each.order, "a"), ready(each.order, "a"))
    assert most > 4
    assert desk.placement.waiting()["image"] < 700


def test_a_picture_of_another_tenant_is_next_and_a_cancelled_batch_sends_nothing_more() -> None:
    desk = Desk()
    desk.fleet.heard("a", word("a", 0), desk.now_s)
    many = batch(1_000, "a")
    desk.say(many)
    first = desk.turn()
    assert len(first) == 1
    desk.say(batch(1, "b"), started(first[0].order), ready(first[0].order))
    assert desk.names() == ["b0"]
    desk.say(CancelRequested(job_id=many.job_id, request_id="c", tenant="a", reason="enough"))
    assert desk.names() == []
    assert desk.placement.waiting() == {"image": 0}


def test_after_a_restart_what_is_ready_is_found_and_what_was_out_is_sent_again() -> None:
    desk = Desk()
    desk.fleet.heard("a", word("a", 0, slots=2), desk.now_s)
    desk.say(batch(20, "a"), batch(20, "b"))
    before = desk.turn()
    desk.say(started(before[0].order, "a"))
    desk.restart()
    again = {each.order.task_id for each in desk.turn()}
    assert len(again) == 1, "one runs, one more may be out"


def test_an_order_that_nobody_claims_is_sent_again_where_slots_are_free_ever_more_rarely() -> None:
    desk = Desk()
    desk.say(batch(1))
    (order,) = desk.turn()
    assert desk.turn(after_s=AGAIN_AFTER_S + 1) == [], "nobody is there to take it"
    desk.fleet.heard("a", word("a", 5), desk.now_s)
    (again,) = desk.turn(after_s=1.0)
    assert (again.order, again.partition) == (order.order, 5)
    assert desk.turn(after_s=AGAIN_AFTER_S + 1) == []
    desk.fleet.heard("a", word("a", 5, free=0), desk.now_s)
    assert desk.turn(after_s=2 * AGAIN_AFTER_S) == [], "its worker is busy"
    desk.fleet.heard("a", word("a", 5), desk.now_s)
    assert len(desk.turn(after_s=1.0)) == 1


def test_a_job_that_goes_on_in_another_lane_is_sent_there() -> None:
    desk = Desk()
    event = batch(FEW + 1)
    desk.say(event)
    desk.turn()
    desk.say(
        CancelRequested(job_id=event.job_id, request_id="c", tenant="default", reason="enough"),
        ReplayRequested(job_id=event.job_id, request_id="r", tenant="default"),
    )
    assert {each.order.lane for each in desk.turn()} == {"replay"}


def test_what_version_2_has_sent_is_out_already() -> None:
    desk = Desk()
    event = batch(FEW + 2)
    desk.say(event)
    job = desk.partition.job(event.job_id)
    assert job is not None
    for name in ("default0", "default1"):
        job.nodes[name].status = NodeStatus.DISPATCHED
    desk.placement.changed(0, job)
    assert desk.names() == [f"default{n}" for n in (2, 3)]


def test_a_partition_that_is_let_go_takes_everything_with_it() -> None:
    desk = Desk()
    desk.say(batch(20))
    desk.turn()
    desk.placement.forget(0)
    assert desk.placement.turn() is None
    assert desk.placement.waiting() == {"image": 0}
    assert desk.placement.room("image") == FEW
