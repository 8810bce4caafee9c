"""A record that the broker does not take ends the job that it belongs to, and no other on its partition."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from bus.publisher import RecordTooLarge
from consumers.assembly.coordinator.loop import Coordinator
from planning.job.commands import Dispatch, PublishFact, PublishProgress, Stop
from planning.partition.records import Checkpoint
from schemas.base import Fact
from schemas.codes import ErrorCode
from schemas.facts import TERMINAL_TYPES, Problem
from schemas.log import LogEvent, RequestRejected
from schemas.topics import JOB_BYTES
from tests.consumers.assembly.coordinator.test_loop import PICTURE, World, _StateStore
from tests.planning.amplifying import address, album, echoes, gifts, given, texts
from tests.planning.jobs import accepted, asset, made_by, ready, started

SUCCEEDED, FAILED = "media.job.succeeded.v1", "media.job.failed.v1"


class Narrow(World):
    """A world whose broker takes records up to a size, and whose writers write what they are asked for."""

    def __init__(self, text: str = "", **limits: int) -> None:
        super().__init__()
        self.text = text
        self.limits = dict.fromkeys(("log", "state", "tasks", "jobs"), JOB_BYTES) | limits
        self.refused: list[str] = []

    def check(self, topic: str, records: Iterable[tuple[str, int]]) -> None:
        about = [name for name, size in records if size > self.limits[topic]]
        if about:
            self.refused += about
            raise RecordTooLarge(f"a record for {topic} is larger than its topic takes", about)

    async def open(self, partition: int) -> _StateStore:
        self.owner += 1
        return _NarrowStateStore(self, self.owner)

    async def send(
        self, orders: Sequence[Dispatch], stops: Sequence[Stop], progress: Iterable[PublishProgress]
    ) -> None:
        self.check("tasks", ((c.order.job_id, len(c.order.to_bytes())) for c in orders))
        for command in orders:
            made = made_by(command.order)
            if self.text and made.text is not None:
                made = asset(command.order.node_id, "text/plain", text=self.text)
            self.answered += (started(command.order), ready(command.order, made=made))

    async def end_of(self, *jobs: str) -> dict[str, dict[str, Any]]:
        def ends() -> dict[str, dict[str, Any]]:
            return {
                t.key: {"type": t.type} | t.fact.to_json() for t in self.facts if t.type in TERMINAL_TYPES
            }

        while not ends().keys() >= set(jobs):
            self.changed.clear()
            await self.changed.wait()
        return ends()


class _NarrowStateStore(_StateStore):
    def __init__(self, world: Narrow, owner: int) -> None:
        super().__init__(world, owner)
        self._narrow = world

    async def commit(
        self, states: Mapping[str, bytes | None], checkpoint: Checkpoint | None, facts: Sequence[PublishFact]
    ) -> None:
        self._narrow.check("jobs", ((t.key, len(t.fact.to_bytes())) for t in facts))
        self._narrow.check("state", ((key, len(value or b"")) for key, value in states.items()))
        await super().commit(states, checkpoint, facts)


async def ends_of(world: Narrow, *events: LogEvent) -> list[dict[str, Any]]:
    """Put the events on the log, the last of them another's small job; return the end of each job."""
    for event in events:
        assert len(event.to_bytes()) <= world.limits["log"]
        world.append(event)
    other = accepted(PICTURE, key="another's")
    world.append(other)
    coordinator = Coordinator(
        world, world, world, now_ms=lambda: world.at_ms, commit_every_s=0.001, retry_s=0.0
    )
    running = asyncio.create_task(coordinator.run())
    jobs = [event.job_id for event in (*events, other) if not isinstance(event, RequestRejected)]  # type: ignore[union-attr]
    async with asyncio.timeout(60):
        ends = await world.end_of(*jobs)
    coordinator.stop()
    await running
    assert ends[other.job_id]["type"] == SUCCEEDED
    ids = [t.event_id for t in world.facts]
    assert len(ids) == len(set(ids))
    return [ends[job] for job in jobs[:-1]]


async def test_an_album_of_one_picture_is_made() -> None:
    world = Narrow()
    (end,) = await ends_of(world, accepted(album(9_500)))
    assert end["type"] == SUCCEEDED
    assert world.refused == []


async def test_a_batch_of_chinese_texts_is_made() -> None:
    world = Narrow("故" * 2_000)
    (end,) = await ends_of(world, accepted(texts(500)))
    assert end["type"] == SUCCEEDED
    assert len(end["outputs"]) == 500
    assert end["degraded"]
    assert world.refused == []


async def test_four_thousand_given_assets_are_composed() -> None:
    request = gifts(4_000)
    event = given(request, {address(n): asset(f"given {n}") for n in range(4_000)})
    world = Narrow()
    (end,) = await ends_of(world, event)
    assert end["type"] == SUCCEEDED
    assert world.refused == []


async def test_an_order_that_cannot_fit_ends_its_job_without_being_sent() -> None:
    world = Narrow("故" * 60_000)
    (end,) = await ends_of(world, accepted(echoes(1_000)))
    assert (end["type"], end["error"]["code"], end["error"]["node_id"]) == (FAILED, "unsupported", "b")
    assert world.refused == []


ECHO = "故" * 60_000
"""With this in thirty places an order has its budget, and more than half a megabyte."""


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        ({"tasks": 500_000}, echoes(5)),
        ({"jobs": 100_000}, texts(3)),
        ({"jobs": 1_000}, texts(100)),
        ({"state": 3_000}, gifts(300)),
        ({"tasks": 500_000, "jobs": 2_000, "state": 5_000}, echoes(8)),
    ],
)
async def test_a_broker_that_takes_less_than_it_should_ends_that_job_alone(
    limits: dict[str, int], data: dict[str, Any]
) -> None:
    world = Narrow(ECHO, **limits)
    (end,) = await ends_of(world, accepted(data))
    assert (end["type"], end["error"]["code"]) == (FAILED, "unsupported")
    assert world.refused
    assert len(world.refused) < 20  # and it is not tried for ever


async def test_a_refusal_that_the_broker_does_not_take_is_told_in_short() -> None:
    problems = tuple(Problem(code=ErrorCode.UNSUPPORTED, path=f"/{n}", message="x" * 100) for n in range(100))
    world = Narrow(jobs=5_000)
    refusal = RequestRejected(request_id="media.requests/3/17", tenant="default", errors=problems)
    assert await ends_of(world, refusal) == []
    (told,) = [t.fact for t in world.facts if t.type == "media.job.rejected.v1"]
    assert _errors(told)[0]["code"] == "unsupported"


def _errors(fact: Fact) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = fact.to_json()["errors"]
    return errors


async def test_a_lost_state_is_made_again_around_a_job_that_does_not_fit() -> None:
    world = Narrow(ECHO, tasks=500_000)
    await ends_of(world, accepted(echoes(5), key="large"))
    before, told = dict(world.state), len(world.facts)
    world.state, world.next_offset = {}, None
    world.append(accepted(PICTURE, key="new"))
    coordinator = Coordinator(
        world, world, world, now_ms=lambda: world.at_ms, commit_every_s=0.001, retry_s=0.0
    )
    running = asyncio.create_task(coordinator.run())
    async with asyncio.timeout(60):
        await world.end_of(accepted(PICTURE, key="new").job_id)
    coordinator.stop()
    await running
    assert len(world.facts) == told + 3
    assert world.state.keys() >= before.keys()


async def test_an_open_job_whose_order_is_not_taken_any_more_ends_in_a_rebuild() -> None:
    """Its beginning the log has lost: only its state knows that it waits for an order."""
    world = Narrow(ECHO)
    large = accepted(echoes(5), key="large")
    world.append(large)

    coordinator = Coordinator(
        world, world, world, now_ms=lambda: world.at_ms, commit_every_s=0.001, retry_s=0.0
    )
    plain, asked = world.send, asyncio.Event()

    async def send(
        orders: Sequence[Dispatch], stops: Sequence[Stop], progress: Iterable[PublishProgress]
    ) -> None:
        if any(command.order.node_id == "b" for command in orders):
            world.check("tasks", ((c.order.job_id, len(c.order.to_bytes())) for c in orders))
            asked.set()
            return
        await plain(orders, stops, progress)

    world.send = send  # type: ignore[method-assign]
    running = asyncio.create_task(coordinator.run())
    async with asyncio.timeout(60):
        await asked.wait()
    coordinator.stop()
    await running
    world.send = plain  # type: ignore[method-assign]
    world.first, world.next_offset = len(world.log), None
    world.limits["tasks"] = 500_000
    end = await _after_rebuild(world, large.job_id)
    assert (end["type"], end["error"]["code"]) == (FAILED, "unsupported")


async def _after_rebuild(world: Narrow, job_id: str) -> dict[str, Any]:
    other = accepted(PICTURE, key="another's")
    world.append(other)
    coordinator = Coordinator(
        world, world, world, now_ms=lambda: world.at_ms, commit_every_s=0.001, retry_s=0.0
    )
    running = asyncio.create_task(coordinator.run())
    async with asyncio.timeout(60):
        ends = await world.end_of(job_id, other.job_id)
    coordinator.stop()
    await running
    return ends[job_id]
