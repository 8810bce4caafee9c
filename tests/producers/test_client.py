"""A client hears the answer to its own request, and of a job everything up to its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bus.admin import apply
from bus.cloudevents import Event, readable
from bus.tail import read_topic
from consumers.assembly.intake.handler import admit
from consumers.assembly.intake.objects import Objects
from consumers.assembly.intake.sender import answer
from producers.client import Client, Job
from producers.hearing import HELD_AT_MOST, Hearing
from runtime.settings import Settings
from schemas.identity import event_id, job_id, terminal_event_id
from schemas.topics import requests_topic, topics
from tests.operations.world import World

ACCEPTED, ASSET, SUCCEEDED = "media.job.accepted.v1", "media.asset.ready.v1", "media.job.succeeded.v1"
REJECTED, CANCELLED = "media.job.rejected.v1", "media.job.cancelled.v1"
A_JOB = "6a0f2f0e-55a4-5b5b-9d3c-0d6b8d3f6c11"


def picture(prompt: str, key: str) -> dict[str, Any]:
    params = {"prompt": prompt}
    return {"kind": "task", "capability": "image-generation", "params": params, "idempotency_key": key}


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
async def client(own: Settings) -> AsyncIterator[Client]:
    async with Client(own) as client:
        yield client


class Intake:
    """Takes in what lies on the topic of requests, when a test says so."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: set[str] = set()

    async def take(self) -> None:
        settings = self._world.settings

        async def examined(request: Event) -> Any:
            objects = Objects(self._world.store, settings.bucket, 1_000_000)
            try:
                return await admit(request, objects, allow_private_webhooks=False)
            finally:
                await objects.close()

        types = ("media.job.requested.v1", "media.job.cancel-requested.v1", "media.job.replay-requested.v1")
        async for records in read_topic(settings.bootstrap_servers, self._world.topic("requests")):
            for request in readable(records, types):
                if request.position not in self._taken:
                    self._taken.add(request.position)
                    _, event = await answer(request, settings.topic_prefix, examined)
                    await self._world.say(event)  # type: ignore[arg-type]  # every answer is an event of the log

    async def make(self) -> None:
        """Let everything happen, to its end."""
        await self.take()
        outbox = await self._world.coordinate()
        await self._world.work([command.order for command in outbox.orders])
        await self._world.coordinate()


@pytest.fixture
def intake(world: World) -> Intake:
    return Intake(world)


async def heard(job: Job) -> list[Event]:
    return [event async for event in job.facts(60.0)]


async def test_a_key_that_belongs_to_another_ended_request_is_told_as_its_rejection(
    client: Client, intake: Intake, key: str
) -> None:
    first = await client.submit(picture("a fox", key))
    await intake.make()
    assert [e.type for e in await heard(first)] == [ACCEPTED, ASSET, SUCCEEDED]
    assert (first.view.status, first.view.tenant, [*first.view.outputs]) == (
        "succeeded",
        "default",
        ["result"],
    )
    other = await client.submit(picture("a whale", key))
    hearing = asyncio.create_task(heard(other))
    # Intake is behind: long enough for the client to look at what was said of the job.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(hearing), 4.0)
    assert not hearing.done()
    await intake.make()
    assert [(e.type, e.subject) for e in await hearing] == [(REJECTED, other.request_id)]
    assert (other.view.status, [p["path"] for p in other.view.problems]) == ("rejected", ["/idempotency_key"])


async def test_a_repeat_of_an_ended_request_hears_its_past(client: Client, intake: Intake, key: str) -> None:
    first = await client.submit(picture("a fox", key))
    await intake.make()
    told = [e.id for e in await heard(first)]
    again = await client.submit(picture("a fox", key))
    await intake.make()
    assert [e.id for e in await heard(again)] == told


async def test_a_replay_that_is_refused_does_not_report_the_run_that_still_runs(
    client: Client, world: World, intake: Intake, key: str
) -> None:
    first = await client.submit(picture("a fox", key))
    await intake.take()
    outbox = await world.coordinate()
    replay = await client.submit({"job_id": first.job_id}, kind="media.job.replay-requested.v1")
    await intake.take()
    await world.work([command.order for command in outbox.orders])
    await world.coordinate()
    assert [e.type for e in await heard(replay)] == [REJECTED]
    await first.close()


async def test_a_replay_hears_its_own_run(client: Client, intake: Intake, key: str) -> None:
    first = await client.submit(picture("a fox", key))
    await intake.make()
    await heard(first)
    replay = await client.submit({"job_id": first.job_id}, kind="media.job.replay-requested.v1")
    await intake.make()
    assert [(e.type, e.data["run"]) for e in await heard(replay)] == [
        (ACCEPTED, 2),
        (ASSET, 2),
        (SUCCEEDED, 2),
    ]


async def test_a_cancel_by_a_stranger_is_told_as_its_rejection(
    client: Client, world: World, intake: Intake, key: str
) -> None:
    first = await client.submit(picture("a fox", key) | {"tenant": "acme"})
    await intake.take()
    await world.coordinate()
    stranger = await client.submit({"job_id": first.job_id}, kind="media.job.cancel-requested.v1")
    await intake.take()
    await world.coordinate()
    assert (await heard(stranger))[-1].type == REJECTED
    owner = await client.submit(
        {"job_id": first.job_id, "tenant": "acme"}, kind="media.job.cancel-requested.v1"
    )
    await intake.take()
    await world.coordinate()
    assert (await heard(owner))[-1].type == CANCELLED
    await first.close()


async def test_who_speaks_for_a_tenant_writes_to_its_own_topic(own: Settings, world: World, key: str) -> None:
    specs = topics(own.topic_prefix, 1, tenants=["acme"])
    name = requests_topic(own.topic_prefix, "acme")
    await apply(own.bootstrap_servers, [spec for spec in specs if spec.name == name])
    sent: list[dict[str, Any]] = []
    async with Client(own.model_copy(update={"tenant": "acme"})) as client:
        job = await client.submit(picture("a fox", key))
        assert job.job_id == job_id("acme", key)
        await job.close()
        await (await client.submit({"reason": "all of them?"}, kind="media.job.cancel-requested.v1")).close()
    async for records in read_topic(own.bootstrap_servers, name):
        sent += [json.loads(record.value or b"") for record in records]
    assert sorted(request.get("tenant", "-") for request in sent) == ["-", "acme"]


async def test_following_a_busy_job_tells_its_past_first(
    client: Client, world: World, intake: Intake, key: str
) -> None:
    item = {"capability": "image-generation"}
    items = [item | {"id": f"p{i}", "params": {"prompt": f"{key} {i}"}} for i in range(3)]
    first = await client.submit({"kind": "batch", "items": items, "idempotency_key": key})
    await intake.take()
    orders = [command.order for command in (await world.coordinate()).orders]
    await world.work(orders[:1])
    await world.coordinate()
    follower = await client.follow(first.job_id)
    # The job goes on before the follower has looked at anything.
    await world.work(orders[1:])
    await world.coordinate()
    types = [e.type for e in await heard(follower)]
    assert types == [ACCEPTED, ASSET, ASSET, ASSET, SUCCEEDED]
    await first.close()


def told(kind: str, run: int = 1, *, request_id: str = "", digest: str | None = None, n: int = 0) -> Event:
    ids = {
        ACCEPTED: event_id(ACCEPTED, A_JOB, run),
        SUCCEEDED: terminal_event_id(A_JOB, run),
    }
    data: dict[str, Any] = {"job_id": A_JOB, "run": run, "request_id": request_id}
    data |= {"request_digest": digest} if digest is not None else {}
    return Event(
        type=kind,
        id=ids.get(kind, f"{kind}-{run}-{n}"),
        source="/reelbus",
        subject=request_id if kind == REJECTED else A_JOB,
        time=None,
        data=data,
        traceparent=None,
        key=None,
        topic="media.jobs",
        partition=0,
        offset=n,
        timestamp_ms=0,
        value=json.dumps(data).encode(),
        headers=(),
    )


def test_assets_that_are_read_after_the_end_of_their_run_come_before_it() -> None:
    hearing = Hearing(A_JOB, "job", request_id="mine", digest="d")
    assert len(hearing.live([told(ACCEPTED, request_id="mine")])) == 1
    assert hearing.live([told(SUCCEEDED)]) == []
    assert hearing.end is not None
    assert [e.type for e in hearing.live([told(ASSET)])] == [ASSET]


def test_an_equal_request_that_was_first_is_ours_and_another_is_not() -> None:
    for digest, ours in (("d", True), ("x", False), (None, False)):
        hearing = Hearing(A_JOB, "job", request_id="mine", digest="d")
        assert hearing.past([told(ACCEPTED, request_id="first", digest=digest), told(ASSET)]) == (
            [told(ACCEPTED, request_id="first", digest=digest), told(ASSET)] if ours else []
        )
        assert hearing.run == (1 if ours else None)


def test_what_is_held_for_an_answer_is_bounded_and_read_again() -> None:
    hearing = Hearing(A_JOB, "replay", request_id="mine")
    for number in range(3 * HELD_AT_MOST):
        assert hearing.live([told(ASSET, 2, n=number)]) == []
    assert len(hearing._held) <= HELD_AT_MOST
    assert hearing.live([told(ACCEPTED, 2, request_id="mine")]) == []
    assert hearing.needs_past
    given = hearing.past([told(ACCEPTED, 2, request_id="mine"), told(ASSET, 2, n=1)])
    assert [e.id for e in given[:2]] == [event_id(ACCEPTED, A_JOB, 2), f"{ASSET}-2-1"]
    assert len({e.id for e in given}) == len(given)


def test_a_rejection_of_another_request_is_not_ours() -> None:
    hearing = Hearing(A_JOB, "job", request_id="mine")
    hearing.live([told(REJECTED, request_id="theirs")])
    assert hearing.end is None
    hearing.live([told(REJECTED, request_id="mine")])
    assert hearing.end is not None
