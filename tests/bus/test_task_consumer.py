"""Orders run once, within the slots, urgent ones first, through rebalances, restarts and stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from bus.circuit_breaker import LEAST, CircuitBreakers
from bus.cloudevents import Event, Record
from bus.lanes import GroupTimings, LaneReader
from bus.publisher import Publisher
from bus.task_consumer import TaskConsumer
from bus.unreadable import DlqReason, Unreadable
from runtime.errors import BusUnreachable

from .conftest import MakeTopic, unparsable

_QUICK = GroupTimings(session_timeout_ms=6_000, heartbeat_ms=200, rebalance_timeout_ms=10_000)


@dataclass
class Workshop:
    """What several members of a group do together; the log and the store of these tests."""

    bootstrap: str
    group: str
    lanes: list[str]
    history: list[tuple[str, str]] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    given_up: list[DlqReason] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    refuse_claims: int = 0
    too_new: bool = False
    breakers: CircuitBreakers = field(default_factory=lambda: CircuitBreakers(first_pause_s=0.2))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def loop(
        self, member: str, slots: int = 1, drain_s: float = 5.0, timings: GroupTimings = _QUICK
    ) -> TaskConsumer:
        async def handle(event: Event) -> None:
            self.note("start", event.id)
            self.at_once[member] += 1
            self.most_at_once[member] = max(self.most_at_once[member], self.at_once[member])
            try:
                if event.id in self.gates:
                    await self.gates[event.id].wait()
                self.note("end", event.id)
            finally:
                self.at_once[member] -= 1

        return TaskConsumer(
            LaneReader(self.bootstrap, self.group, self.lanes, timings),
            slots,
            handle=handle,
            claim=self.claim,
            unreadable=self,
            drain_s=drain_s,
            release=self.release,
            check=self.check,
            breakers=self.breakers,
        )

    def check(self, event: Event) -> None:
        if self.too_new and "new" in event.id:
            raise Unreadable(DlqReason.INVALID_MESSAGE, "a field is wrong")

    async def claim(self, event: Event) -> bool:
        if self.refuse_claims:
            self.refuse_claims -= 1
            raise BusUnreachable
        if event.id == "unanswered":
            await asyncio.Event().wait()
        self.note("claim", event.id)
        first = event.id not in self.claimed
        self.claimed.add(event.id)
        return first

    async def release(self, event: Event) -> None:
        self.note("release", event.id)

    async def give_up(self, record: Record, reason: DlqReason, error: str) -> None:
        self.given_up.append(reason)
        self.note("give up", error)

    def note(self, what: str, which: str) -> None:
        self.history.append((what, which))
        self.changed.set()

    def those(self, what: str) -> list[str]:
        return [which for noted, which in self.history if noted == what]

    async def until(self, reached: Callable[[], bool], within_s: float = 30.0) -> None:
        async with asyncio.timeout(within_s):
            while not reached():
                self.changed.clear()
                try:
                    async with asyncio.timeout(0.05):
                        await self.changed.wait()
                except TimeoutError:
                    continue


@asynccontextmanager
async def _at_work(*loops: TaskConsumer) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        await asyncio.gather(*tasks)


async def _order(bootstrap: str, topic: str, *ids: str) -> None:
    async with Publisher(bootstrap) as publisher:
        for id in ids:
            await publisher.publish(topic, id, "task.v1", b"{}", id=id)


def _share_equally(*loops: TaskConsumer) -> bool:
    return {len(loop.assignment) for loop in loops} == {6 // len(loops)}


@pytest.fixture
async def workshop(bootstrap: str, prefix: str, make_topic: MakeTopic) -> Workshop:
    lanes = [await make_topic("tasks.interactive", 3), await make_topic("tasks.batch", 3)]
    return Workshop(bootstrap, prefix, lanes)


async def test_an_order_is_claimed_before_it_runs_and_a_later_member_does_not_see_it_again(
    workshop: Workshop,
) -> None:
    await _order(workshop.bootstrap, workshop.lanes[0], "a")
    async with _at_work(workshop.loop("one")):
        await workshop.until(lambda: workshop.those("end") == ["a"])
    await _order(workshop.bootstrap, workshop.lanes[0], "b")
    async with _at_work(workshop.loop("two")):
        await workshop.until(lambda: "b" in workshop.those("end"))
    assert workshop.history == [(what, id) for id in "ab" for what in ("claim", "start", "end")]


async def test_slots_are_never_exceeded(workshop: Workshop) -> None:
    ids = [f"{number}" for number in range(12)]
    workshop.gates = {id: asyncio.Event() for id in ids}
    await _order(workshop.bootstrap, workshop.lanes[0], *ids)
    loop = workshop.loop("one", slots=3)
    async with _at_work(loop):
        await workshop.until(lambda: len(loop.in_flight) == 3)
        assert loop.free_slots == 0
        for gate in workshop.gates.values():
            gate.set()
        await workshop.until(lambda: len(workshop.those("end")) == len(ids))
    assert workshop.most_at_once["one"] == 3
    assert sorted(workshop.those("claim")) == sorted(ids)


async def test_urgent_orders_go_first_when_both_lanes_wait(workshop: Workshop) -> None:
    urgent, patient = [f"u{number}" for number in range(6)], [f"p{number}" for number in range(6)]
    await _order(workshop.bootstrap, workshop.lanes[1], *patient)
    await _order(workshop.bootstrap, workshop.lanes[0], *urgent)
    async with _at_work(workshop.loop("one")):
        await workshop.until(lambda: len(workshop.those("end")) == 12)
    assert sorted(workshop.those("end")[:6]) == urgent


async def test_an_urgent_order_overtakes_waiting_ones_at_the_next_free_slot(workshop: Workshop) -> None:
    workshop.gates = {"p0": asyncio.Event()}
    loop = workshop.loop("one")
    async with _at_work(loop):
        await _order(workshop.bootstrap, workshop.lanes[1], "p0")
        await workshop.until(lambda: workshop.those("start") == ["p0"])
        await _order(workshop.bootstrap, workshop.lanes[1], "p1", "p2", "p3")
        await _order(workshop.bootstrap, workshop.lanes[0], "u0")
        # One turn of the loop with all slots taken, so that both lanes have been fetched.
        await workshop.until(lambda: loop.last_poll_age_s > 0.15)
        await workshop.until(lambda: loop.last_poll_age_s < 0.05)
        workshop.gates["p0"].set()
        await workshop.until(lambda: len(workshop.those("end")) == 5)
    assert workshop.those("start")[:2] == ["p0", "u0"]


async def test_an_unreadable_order_is_given_up_and_the_next_one_runs(workshop: Workshop) -> None:
    async with Publisher(workshop.bootstrap) as publisher:
        await publisher.publish_record(workshop.lanes[0], b"k", b"{", [("ce_id", b"\xff")], partition=0)
        await publisher.publish(workshop.lanes[0], "k", "task.v1", b"{}", id="good", partition=0)
    async with _at_work(workshop.loop("one")):
        await workshop.until(lambda: workshop.those("end") == ["good"])
    assert len(workshop.given_up) == 1


@pytest.mark.parametrize("slots", [1, 4])
async def test_orders_of_a_newer_version_wait_until_they_can_be_read_and_the_others_run(
    workshop: Workshop, slots: int
) -> None:
    workshop.too_new = True
    new = [f"new {number}" for number in range(40)]
    async with Publisher(workshop.bootstrap, source="/reelbus/coordinator") as publisher:
        for order in new:
            await publisher.publish(workshop.lanes[0], "k", "task.v1", b"{}", id=order, partition=0)
    async with _at_work(workshop.loop("one", slots=slots)):
        await workshop.until(lambda: bool(workshop.breakers.reasons()))
        given_up = len(workshop.given_up)
        assert given_up < LEAST
        await _order(workshop.bootstrap, workshop.lanes[1], "other")
        await workshop.until(lambda: workshop.those("end") == ["other"])
        assert len(workshop.given_up) == given_up
        workshop.too_new = False
        await workshop.until(lambda: len(workshop.those("end")) == 1 + len(new) - given_up)
    assert workshop.those("end")[1:] == new[given_up:]


async def test_an_order_that_the_client_cannot_parse_stops_nobody(workshop: Workshop) -> None:
    await _order(workshop.bootstrap, workshop.lanes[0], *"abcd")
    for partition in range(3):
        await unparsable(workshop.bootstrap, workshop.lanes[0], partition)
    await _order(workshop.bootstrap, workshop.lanes[0], *"efgh")
    async with _at_work(workshop.loop("one", slots=4)):
        await workshop.until(lambda: len(workshop.those("end")) == 8 and len(workshop.given_up) == 3)
    assert Counter(workshop.those("start")) == Counter("abcdefgh")
    assert len(workshop.given_up) == 3


async def test_an_order_that_is_not_wanted_any_more_is_skipped_for_good(workshop: Workshop) -> None:
    workshop.claimed.add("old")
    await _order(workshop.bootstrap, workshop.lanes[0], "old", "new")
    async with _at_work(workshop.loop("one")):
        await workshop.until(lambda: workshop.those("end") == ["new"] and len(workshop.those("claim")) == 2)
    async with _at_work(workshop.loop("two")):
        await _order(workshop.bootstrap, workshop.lanes[0], "newer")
        await workshop.until(lambda: "newer" in workshop.those("end"))
    assert Counter(workshop.those("claim")) == {"old": 1, "new": 1, "newer": 1}


async def test_an_order_whose_claim_is_in_doubt_is_read_again(workshop: Workshop) -> None:
    workshop.refuse_claims = 3
    await _order(workshop.bootstrap, workshop.lanes[0], "a", "b", "c", "d")
    async with _at_work(workshop.loop("one", slots=2)):
        await workshop.until(lambda: len(workshop.those("end")) == 4)
    assert Counter(workshop.those("start")) == {"a": 1, "b": 1, "c": 1, "d": 1}


async def test_an_order_that_arrives_twice_while_it_runs_is_started_once(workshop: Workshop) -> None:
    workshop.gates = {"a": asyncio.Event()}
    await _order(workshop.bootstrap, workshop.lanes[0], "a", "a", "b")
    async with _at_work(workshop.loop("one", slots=3)):
        await workshop.until(lambda: workshop.those("end") == ["b"])
        workshop.gates["a"].set()
        await workshop.until(lambda: "a" in workshop.those("end"))
    assert Counter(workshop.those("start")) == {"a": 1, "b": 1}


async def test_members_that_come_and_go_never_restart_a_running_order(workshop: Workshop) -> None:
    workshop.gates = {"long": asyncio.Event()}
    short = [f"s{number}" for number in range(9)]
    first = workshop.loop("one")
    async with _at_work(first):
        await _order(workshop.bootstrap, workshop.lanes[0], "long")
        await workshop.until(lambda: workshop.those("start") == ["long"])
        for turn in range(3):
            other = workshop.loop(f"guest {turn}")
            async with _at_work(other):
                await workshop.until(partial(_share_equally, first, other))
                await _order(workshop.bootstrap, workshop.lanes[1], *short[3 * turn : 3 * turn + 3])
                await asyncio.sleep(0.3)
            await workshop.until(partial(_share_equally, first))
        assert [event.id for event in first.in_flight] == ["long"]
        workshop.gates["long"].set()
        await workshop.until(lambda: len(workshop.those("end")) == 10)
    assert Counter(workshop.those("start")) == Counter(["long", *short])
    assert max(workshop.most_at_once.values()) == 1


async def test_a_member_stays_in_its_group_while_its_slots_are_taken(workshop: Workshop) -> None:
    workshop.gates = {"long": asyncio.Event()}
    impatient = GroupTimings(
        session_timeout_ms=6_000, heartbeat_ms=200, rebalance_timeout_ms=10_000, max_poll_ms=800
    )
    first, second = workshop.loop("one", timings=impatient), workshop.loop("two", timings=impatient)
    async with _at_work(first, second):
        await workshop.until(partial(_share_equally, first, second))
        await _order(workshop.bootstrap, workshop.lanes[0], "long")
        await workshop.until(lambda: workshop.those("start") == ["long"])
        before = (first.assignment, second.assignment)
        await asyncio.sleep(2.0)
        assert (first.assignment, second.assignment) == before
        assert first.last_poll_age_s < 1.0
        workshop.gates["long"].set()
    assert Counter(workshop.those("start")) == {"long": 1}


async def test_a_stop_lets_running_work_end_and_takes_nothing_new(workshop: Workshop) -> None:
    workshop.gates = {"a": asyncio.Event()}
    loop = workshop.loop("one")
    serving = asyncio.create_task(loop.run())
    await _order(workshop.bootstrap, workshop.lanes[0], "a", "b")
    await workshop.until(lambda: "a" in workshop.those("start"))
    loop.stop()
    assert not loop.running
    asyncio.get_running_loop().call_later(0.5, workshop.gates["a"].set)
    await serving
    assert "a" in workshop.those("end")
    assert workshop.those("release") == []


async def test_a_stop_hands_back_what_does_not_end_in_time(workshop: Workshop) -> None:
    workshop.gates = {"a": asyncio.Event()}
    loop = workshop.loop("one", drain_s=0.3)
    serving = asyncio.create_task(loop.run())
    await _order(workshop.bootstrap, workshop.lanes[0], "a")
    await workshop.until(lambda: workshop.those("start") == ["a"])
    loop.stop()
    async with asyncio.timeout(5):
        await serving
    assert workshop.those("release") == ["a"]
    assert workshop.those("end") == []


async def test_a_stop_hands_back_what_was_claimed_and_never_begun(workshop: Workshop) -> None:
    for name in ("a", "unanswered"):  # whose claims are waited for together
        await _order(workshop.bootstrap, workshop.lanes[0], name)
    loop = workshop.loop("one", slots=2, drain_s=0.3)
    serving = asyncio.create_task(loop.run())
    await workshop.until(lambda: workshop.those("claim") == ["a"])
    loop.stop()
    async with asyncio.timeout(5):
        await serving
    assert workshop.those("release") in (["a"], [])  # begun alone, it ends; begun never, it goes back
    assert workshop.those("end") + workshop.those("release") == ["a"]


async def test_without_a_broker_the_error_says_how_to_start_one(prefix: str) -> None:
    with pytest.raises(BusUnreachable, match="reelbus stack start"):
        await Workshop("127.0.0.1:1", prefix, ["t"]).loop("one").run()
