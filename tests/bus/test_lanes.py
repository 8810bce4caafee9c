"""Polls that a rebalance keeps waiting lose nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

from aiokafka.structs import TopicPartition

from bus.lanes import LaneReader

URGENT, PATIENT = TopicPartition("urgent", 0), TopicPartition("patient", 0)


@dataclass(frozen=True)
class Order:
    topic: str
    partition: int
    offset: int


Found = Mapping[TopicPartition, list[Order]]


@dataclass
class Member:
    """A consumer whose polls are answered by the test, in turn; a poll without an answer waits for a rebalance."""

    answers: list[Found | asyncio.Future[Found]]
    seeks: list[tuple[TopicPartition, int]] = field(default_factory=list)
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    _client: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(cluster=SimpleNamespace(brokers=lambda: {"it": "is there"}))
    )

    async def start(self) -> None:
        """Join."""

    def assignment(self) -> set[TopicPartition]:
        return {URGENT, PATIENT}

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> Found:
        answer = self.answers.pop(0)
        if not isinstance(answer, asyncio.Future):
            return answer
        self.waits.set()
        return await answer

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.seeks.append((place, offset))


async def _joined(member: Member) -> LaneReader:
    reader = LaneReader("", "group", ["urgent", "patient"], build=lambda *_, **__: member)
    await reader.connect()
    return reader


async def test_what_a_waiting_poll_finds_while_all_slots_are_taken_is_read_again() -> None:
    rebalance: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
    patient = Order("patient", 0, 3)
    member = Member([{}, {}, {PATIENT: [patient]}, rebalance])
    reader = await _joined(member)
    taking = asyncio.create_task(reader.poll(2))
    await member.waits.wait()
    reader.wake()  # a running order has ended
    assert await taking == [patient]
    rebalance.set_result({URGENT: [Order("urgent", 0, 7), Order("urgent", 0, 8)]})
    await reader.idle()
    assert member.seeks == [(URGENT, 7)]


async def test_orders_that_give_way_to_an_urgent_one_are_read_again_from_the_first() -> None:
    rebalance: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
    urgent = Order("urgent", 0, 7)
    member = Member([{}, rebalance, {URGENT: [urgent]}])
    reader = await _joined(member)
    taking = asyncio.create_task(reader.poll(2))
    await member.waits.wait()
    reader.wake()
    for _ in range(5):  # turns of the loop in which the wait for all lanes goes on with the poll of one
        await asyncio.sleep(0)
    rebalance.set_result({PATIENT: [Order("patient", 0, 3), Order("patient", 0, 4)]})
    assert await taking == [urgent]
    assert member.seeks == [(PATIENT, 3)]
