from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace

import pytest

from bus.admin import apply
from operations.garbage import Swept, sweep
from runtime.errors import InvalidRequest
from schemas.log import CancelRequested
from schemas.orders import TICKET_TYPE, DeferredTicket
from schemas.topics import requests_topic, topics
from storage.result_cache import ResultEntry
from storage.store import Store
from storage.uploads import put_whole
from tests.operations.world import World, made_by_bytes
from tests.planning.jobs import History, accepted, orders


async def swept(world: World, store: Store | None = None, **options: object) -> Swept:
    return await sweep(world.settings, store or world.store, **{"older_than_s": 0.0, **options})  # type: ignore[arg-type]


def picture() -> dict[str, object]:
    return {
        "kind": "task",
        "capability": "image-generation",
        "params": {"prompt": uuid.uuid4().hex},
    }


async def orphan(world: World) -> str:
    return (await world.store.put_bytes(os.urandom(20), "image/png")).key


def put(world: World, key: str, body: bytes = b"x") -> str:
    put_whole(world.store._connection, key, body, {})
    return key


async def test_a_store_of_which_the_topics_name_nothing_is_left_alone(world: World) -> None:
    lonely = await orphan(world)
    with pytest.raises(InvalidRequest, match="is it the store of this broker"):
        await swept(world)
    assert await world.store.head(lonely) is not None
    assert (await swept(world, even_if_nothing_is_named=True)).keys == (lonely,)


async def test_what_nobody_names_goes_and_nothing_else(world: World) -> None:
    job = accepted(picture(), key="one")
    outbox = await world.run(job)
    (named,) = {tell.fact.to_json()["asset"]["key"] for tell in outbox.facts if "asset.ready" in tell.type}
    lonely = await orphan(world)
    remembered, forgotten = await orphan(world), await orphan(world)
    fingerprint = "f" * 64  # the one that the worker of these tests tells
    await world.store.write_result(fingerprint, memo(remembered))
    await world.store.write_result("0" * 64, memo(forgotten))
    temporary = put(world, f"blobs/ab/{'ab' * 32}-{uuid.uuid4()}")
    vanished = put(world, f"jobs/{uuid.uuid4()}/result.png")
    kept = [
        named,
        remembered,
        forgotten,
        f"memo/{fingerprint}.json",
        put(world, f"jobs/{job.job_id}/result.png"),
        put(world, "uploads/mine.png"),
        put(world, "blobs/ab/readme.txt"),
    ]
    gone = {lonely, temporary, vanished, f"memo/{'0' * 64}.json"}
    assert set((await swept(world, older_than_s=3600.0)).keys) == set()
    assert set((await swept(world, dry_run=True)).keys) == gone
    assert all([await world.store.head(key) for key in [*gone, *kept]])
    assert set((await swept(world)).keys) == gone
    assert not any([await world.store.head(key) for key in gone])
    assert all([await world.store.head(key) for key in kept])
    assert (await swept(world)).keys == (forgotten,)
    assert (await swept(world)).keys == ()


async def test_a_grant_goes_with_its_blob_and_keeps_none(world: World) -> None:
    outbox = await world.run(accepted(picture(), key=uuid.uuid4().hex))
    (named,) = {t.fact.to_json()["asset"]["sha256"] for t in outbox.facts if "asset.ready" in t.type}
    lonely = await orphan(world)
    forgotten = lonely.rpartition("/")[2]
    await world.store.grant("default", [named, forgotten, "0" * 64])
    await world.store.grant("acme", [named, forgotten])
    gone = {lonely, f"grants/default/{forgotten}", f"grants/acme/{forgotten}", f"grants/default/{'0' * 64}"}
    assert set((await swept(world)).keys) == gone
    assert await world.store.head(f"grants/default/{named}") is not None
    assert await world.store.head(f"grants/acme/{named}") is not None


async def test_what_a_tenants_own_topic_of_requests_names_stays(world: World) -> None:
    lonely = await orphan(world)
    asset = f"sha256:{lonely.rpartition('/')[2]}"
    prefix = world.settings.topic_prefix
    specs = topics(prefix, 1, tenants=["acme"])
    own = [replace(spec, partitions=1) for spec in specs if spec.name == requests_topic(prefix, "acme")]
    await apply(world.settings.bootstrap_servers, own)
    await world.run(accepted(picture(), key=uuid.uuid4().hex))
    await world.publisher.publish_record(own[0].name, b"k", json.dumps({"image": asset}).encode(), [])
    assert lonely not in (await swept(world)).keys


async def test_while_a_job_is_open_what_is_young_stays(world: World) -> None:
    lonely = await orphan(world)
    job = accepted(picture(), key=uuid.uuid4().hex)
    await world.say(job)
    outbox = await world.coordinate()
    report = await swept(world)
    assert (report.keys, report.older_than_s) == ((), 3600.0)
    await world.work([command.order for command in outbox.orders])
    await world.coordinate()
    assert (await swept(world)).keys == (lonely,)


async def test_what_is_named_while_the_sweep_is_under_way_stays(world: World) -> None:
    await world.run(accepted(picture(), key=uuid.uuid4().hex))
    job = accepted(picture(), key=uuid.uuid4().hex)
    (order,) = orders(History().add(job))
    soon_named = (await world.store.put_bytes(made_by_bytes(order), "image/png")).key
    lonely = await orphan(world)

    class Busy(Store):
        """A store in which others are at work after the topics were read: then the cached results are."""

        at_work = False

        async def read_result(self, fingerprint: str) -> bytes | None:
            if not self.at_work:
                self.at_work = True
                await world.run(job)
            return await super().read_result(fingerprint)

    await world.store.write_result("1" * 64, memo())
    async with Busy(world.settings) as busy:
        gone = (await swept(world, busy)).keys
        assert busy.at_work
    assert lonely in gone
    assert await world.store.head(soon_named) is not None


def memo(*keys: str) -> bytes:
    assets = [[None, {"key": key, "sha256": key.rsplit("/", 1)[1]}] for key in keys]
    return json.dumps({"products": assets, "degraded": []}).encode()


async def test_a_preview_goes_by_its_age_alone(world: World) -> None:
    await world.run(accepted(picture(), key=uuid.uuid4().hex))
    preview = (await world.store.put_preview(b"\xff\xd8\xff early", "image/jpeg")).key
    assert (await swept(world, older_than_s=3600.0)).keys == ()
    assert (await swept(world, dry_run=True)).keys == (preview,)
    assert (await swept(world)).keys == (preview,)
    assert await world.store.head(preview) is None


async def test_notes_of_submissions_go_when_their_job_has_ended_and_never_while_their_outcome_is_unknown(
    world: World,
) -> None:
    ended, running, waits = (accepted(picture(), key=uuid.uuid4().hex) for _ in range(3))
    await world.run(ended)
    await world.say(running)
    await world.coordinate()
    ticket = DeferredTicket(
        job_id=waits.job_id,
        run=1,
        node_id="result",
        attempt=1,
        task_id="t",
        engine="far-away",
        ticket="t",
        check_at_ms=1,
        expires_at_ms=2,
    )
    await world.run(waits)
    name = world.topic("deferred")
    await world.publisher.publish(name, "t", TICKET_TYPE, ticket, id="t")
    with_ticket = {"by": "w", "ticket": "t"}
    notes: dict[str, dict[str, object]] = {
        "a": {"job_id": ended.job_id, **with_ticket},
        "b": {"job_id": ended.job_id, "by": "w", "answered": True},
        "c": {"job_id": ended.job_id},
        "d": {"job_id": str(uuid.uuid4()), **with_ticket},
        "0": {"job_id": ended.job_id, "by": "w"},
        "1": {"job_id": running.job_id, **with_ticket},
        "2": {"job_id": waits.job_id, **with_ticket},
        "3": with_ticket,
        "4": {"job_id": str(uuid.uuid4()), "by": "w"},
    }
    keys = {digit: f"submissions/{digit * 64}.json" for digit in notes}
    for digit, note in notes.items():
        await world.store.write_submission(digit * 64, json.dumps(note).encode())
    unreadable = put(world, f"submissions/{'e' * 64}.json", b"{")
    assert set((await swept(world)).keys) == set()  # while a job is open what is young stays
    await world.say(CancelRequested(job_id=running.job_id, request_id="c", tenant="default", reason=""))
    await world.coordinate()
    await world.store.write_submission("1" * 64, b'{"by": "w"}', (await noted(world, "1")).etag)
    goes = {keys[digit] for digit in "abcd"}
    assert set((await swept(world, older_than_s=3600.0)).keys) == set()
    assert set((await swept(world, dry_run=True)).keys) == goes
    assert set((await swept(world)).keys) == goes
    await world.publisher.publish_record(name, "t", None, [])
    assert set((await swept(world)).keys) == {keys["2"]}
    assert await world.store.head(unreadable) is not None


async def noted(world: World, digit: str) -> ResultEntry:
    found = await world.store.read_submission(digit * 64)
    assert found is not None
    return found
