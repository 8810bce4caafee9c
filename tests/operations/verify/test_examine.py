"""Each kind of damage is planted by hand, found, and named with the key to look at."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer

from operations.dead_letters import DeadLetterBox
from operations.verify.assets import check_assets
from operations.verify.examine import Report, examine
from operations.verify.reading import NamedAsset
from planning.job.commands import PublishFact
from planning.job.lifecycle import NodeStatus
from planning.partition.records import packed, parts_of, read_job
from schemas.codes import ErrorCode
from schemas.facts import Problem
from schemas.log import JobAccepted, RequestRejected, TaskDeferred
from storage.uploads import put_whole
from tests.operations.world import World
from tests.planning.jobs import accepted, started

Look = Callable[..., Awaitable[Report]]
LONG_AGO = -60.0
"""Lets everything count that is due within a minute: a test does not wait."""


@pytest.fixture
def look(world: World) -> Look:
    async def now(settle_s: float = 0.0, *, digests: bool = False) -> Report:
        return await examine(
            world.settings, world.store, settle_s=settle_s, digests=digests, second_look_s=0.0
        )

    return now


def picture(**fields: object) -> JobAccepted:
    """A job of one picture that no other test has."""
    params = {"prompt": uuid.uuid4().hex}
    request = {"kind": "task", "capability": "image-generation", "params": params, **fields}
    return accepted(request, key=uuid.uuid4().hex, requested_ms=time.time_ns() // 1_000_000)


def found_of(report: Report, *keys: str) -> list[str]:
    return [v.check for v in report.violations if v.key in keys]


def facts(commands: list[PublishFact], type_: str) -> list[PublishFact]:
    return [tell for tell in commands if tell.type == type_]


async def test_jobs_that_ended_that_run_and_that_were_refused_are_clean(world: World, look: Look) -> None:
    await world.run(picture(), picture())
    problem = Problem(code=ErrorCode.INVALID_REQUEST, path="/brief", message="must not be empty")
    refused = RequestRejected(request_id="r-1", tenant="default", errors=(problem,))
    await world.say(refused, refused, picture())
    outbox = await world.coordinate()
    await world.say(started(outbox.orders[0].order))
    await world.coordinate()
    report = await look(digests=True)
    assert report.violations == ()
    assert (report.jobs, report.assets) == (3, 2)


async def test_a_request_that_its_producer_took_back_is_not_missed(world: World, look: Look) -> None:
    name = uuid.uuid4().hex
    async with AIOKafkaProducer(
        bootstrap_servers=world.settings.bootstrap_servers, transactional_id=name
    ) as producer:
        places = []
        for ending in (producer.abort_transaction, producer.commit_transaction):
            await producer.begin_transaction()
            sent = await producer.send_and_wait(world.topic("requests"), b'{"kind": "film", "brief": "b"}')
            places.append(f"{sent.topic}/{sent.partition}/{sent.offset}")
            await ending()
        await producer.begin_transaction()
        sent = await producer.send_and_wait(world.topic("requests"), b"{", partition=0)
        places.append(f"{sent.topic}/{sent.partition}/{sent.offset}")
        report = await look(LONG_AGO)
        await producer.abort_transaction()
    assert [found_of(report, place) for place in places] == [[], ["request_lost"], []]


async def test_assets_that_are_gone_cut_or_changed(world: World, look: Look) -> None:
    outbox = await world.run(picture(), picture(), picture())
    keys = [tell.fact.to_json()["asset"]["key"] for tell in facts(outbox.facts, "media.asset.ready.v1")]
    gone, cut, changed = keys
    head = await world.store.head(changed)
    assert head is not None
    await world.store.delete(gone)
    connection = world.store._connection
    put_whole(connection, cut, b"x", {})
    put_whole(connection, changed, b"x" * head.size_bytes, {})
    report = await look()
    assert [found_of(report, key) for key in keys] == [["asset_missing"], ["asset_size"], []]
    report = await look(digests=True)
    assert [found_of(report, key) for key in keys] == [["asset_missing"], ["asset_size"], ["asset_digest"]]


async def test_events_that_are_told_twice_wrongly_or_from_nowhere(world: World, look: Look) -> None:
    jobs = [picture() for _ in range(4)]
    twice, renamed, late, _ = (job.job_id for job in jobs)
    outbox = await world.run(*jobs)
    ends = {tell.key: tell for tell in facts(outbox.facts, "media.job.succeeded.v1")}
    (asset,) = [t for t in facts(outbox.facts, "media.asset.ready.v1") if t.key == late]
    await world.repeat(ends[twice])
    await world.repeat(ends[renamed], id="another-id")
    await world.repeat(asset, id="new-asset")
    report = await look()
    assert found_of(report, twice) == ["terminal_doubled"]
    assert found_of(report, renamed) == ["terminal_doubled"]
    by_place = [v for v in report.violations if v.check in {"terminal_id", "asset_after_end"}]
    assert len(by_place) == 2
    assert any(late in v.message for v in by_place)


async def test_facts_that_were_never_told(world: World, look: Look) -> None:
    job = picture()
    await world.say(job)
    await world.coordinate(tell=False)
    assert found_of(await look(), job.job_id) == ["accepted_missing"]


async def test_a_state_that_is_not_what_the_log_says(world: World, look: Look) -> None:
    changed, gone = picture(), picture()
    await world.run(changed, gone)
    state = world.partition.job(changed.job_id)
    assert state is not None
    state.labels = {"by": "hand"}
    parts = parts_of(state)
    ((_, record),) = packed(state, parts, parts).items()
    name = world.topic("state")
    await world.publisher.publish_record(name, changed.job_id, record, [])
    await world.publisher.publish_record(name, gone.job_id, None, [])
    report = await look()
    assert found_of(report, changed.job_id) == ["state_differs"]
    assert found_of(report, gone.job_id) == ["state_missing"]
    assert any("labels" in v.message for v in report.violations)


async def test_open_jobs_that_wait_in_vain(world: World, look: Look) -> None:
    leased, waits, sent = picture(), picture(), picture()
    overdue, forgotten = picture(deadline_s=30), picture(capability="text-generation")
    await world.say(leased)
    outbox = await world.coordinate()
    await world.say(started(outbox.orders[0].order), waits, overdue, sent, forgotten)
    await world.coordinate(send_orders=False)
    state = read_job(sent.job_id, world.partition.entries)
    assert state is not None
    for node in state.nodes.values():
        node.status = NodeStatus.DISPATCHED  # as the version before wrote it
    parts = parts_of(state)
    ((_, record),) = packed(state, parts, parts).items()
    await world.publisher.publish_record(world.topic("state"), sent.job_id, record, [])
    report = await look(LONG_AGO)
    jobs = (leased, waits, overdue, sent, forgotten)
    assert [sorted(found_of(report, job.job_id)) for job in jobs] == [
        ["lease_forgotten"],
        [],  # for a slot: others of its pool are at work
        ["deadline_forgotten"],
        ["order_lost"],
        ["dispatch_forgotten"],
    ]


async def test_a_ticket_whose_time_is_over_and_that_nobody_gives_up(world: World, look: Look) -> None:
    forgotten, followed = picture(), picture()
    await world.say(forgotten, followed)
    outbox = await world.coordinate()
    orders = {command.order.job_id: command.order for command in outbox.orders}
    now_ms = time.time_ns() // 1_000_000
    for job, expires_in_ms in ((forgotten, 1_000), (followed, 3_600_000)):
        claim = started(orders[job.job_id])
        await world.say(
            claim,
            TaskDeferred(
                job_id=job.job_id,
                run=1,
                node_id=claim.node_id,
                attempt=1,
                worker_id=claim.worker_id,
                engine="far-away",
                ticket="t",
                check_at_ms=now_ms,
                expires_at_ms=now_ms + expires_in_ms,
            ),
        )
    await world.coordinate()
    report = await look(LONG_AGO)
    found = [found_of(report, job.job_id) for job in (forgotten, followed)]
    assert found == [["ticket_forgotten"], []]


async def test_a_log_that_nobody_folds(world: World, look: Look) -> None:
    await world.coordinate()
    await world.say(picture())
    report = await look(LONG_AGO)
    assert found_of(report, world.topic("log") + "/0") == ["behind"]
    await world.coordinate()
    assert found_of(await look(LONG_AGO), world.topic("log") + "/0") == []


async def test_requests_that_nobody_answered(world: World, look: Look) -> None:
    requests = world.topic("requests")
    request = await world.publisher.publish_record(requests, None, b'{"kind": "film"}', [])
    poison = await world.publisher.publish_record(requests, None, b"{", [])
    report = await look(LONG_AGO)
    assert found_of(report, f"{requests}/0/{request.offset}") == ["request_lost"]
    assert found_of(report, f"{requests}/0/{poison.offset}") == ["dead_letter_missing"]
    box = DeadLetterBox(world.settings.bootstrap_servers, world.settings.topic_prefix)
    assert await box.letters() == []


async def test_the_window_leaves_out_what_is_older(world: World) -> None:
    report = await examine(
        world.settings, world.store, since_ms=4_000_000_000_000, settle_s=0.0, second_look_s=0.0
    )
    assert report.violations == ()


async def test_a_request_that_was_repeated_is_still_clean(world: World, look: Look) -> None:
    job = picture()
    await world.run(job)
    done = world.partition.job(job.job_id)
    assert done is not None
    assert done.status == "succeeded"
    await world.say(job)
    again = await world.coordinate()
    assert again.facts == []
    assert found_of(await look(), job.job_id) == []


async def test_many_assets_are_found_through_the_listing_of_the_store(world: World) -> None:
    blob = await world.store.put_bytes(uuid.uuid4().bytes, "image/png")
    named = [
        NamedAsset(blob.key, blob.sha256, size_bytes, f"sha256:{blob.sha256}", "here")
        for size_bytes in range(150)
    ]
    gone = NamedAsset("blobs/00/" + "0" * 64, "0" * 64, 1, "sha256:" + "0" * 64, "here")
    found = await check_assets([*named, gone], world.store, digests=True)
    assert sum(v.check == "asset_size" for v in found) == 149
    assert [v.key for v in found if v.check == "asset_missing"] == [gone.key]


@pytest.mark.parametrize("garbage", [b"\xff", b"{", b"[]", b'{"next_offset": "1"}', b"{}"])
async def test_an_offset_that_is_none_is_told_and_ends_no_examination(
    world: World, look: Look, garbage: bytes
) -> None:
    """The last tests here: no coordinator can restore this partition afterwards."""
    await world.publisher.publish_record(world.topic("state"), b"offset", garbage, [], partition=0)
    assert found_of(await look(), "offset") == ["state_unreadable"]
