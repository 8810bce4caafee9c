"""What an operator types about jobs and topics of tenants."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from PIL import Image

from bus.publisher import Publisher
from bus.tail import read_topic
from runtime.settings import Settings
from schemas.topics import requests_topic, topic
from storage.store import Store
from tests.operations.world import World
from tests.planning.jobs import accepted
from tests.producers.cli.test_operating import Cli, cli

__all__ = ["cli"]


async def a_job(world: World, tenant: str) -> str:
    request = {
        "kind": "task",
        "capability": "image-generation",
        "params": {"prompt": "a fox"},
        "tenant": tenant,
    }
    job = accepted(request, key=uuid.uuid4().hex)
    await world.say(job)
    await world.coordinate()
    return job.job_id


async def newest_request(own: Settings) -> dict[str, object]:
    found: dict[str, object] = {}
    async for records in read_topic(own.bootstrap_servers, topic(own.topic_prefix, "requests")):
        for record in records:
            found = json.loads(record.value or b"")
    return found


def test_a_cancel_and_a_replay_name_the_tenant_of_their_job(own: Settings, cli: Cli) -> None:
    async def made() -> str:
        async with Store.from_settings(own) as store, Publisher(own.bootstrap_servers) as publisher:
            return await a_job(World(own, store, publisher), "acme")

    job_id = asyncio.run(made())
    for command in (("cancel", job_id), ("replay", job_id)):
        # Nobody takes requests in here: what was sent is all that is looked at.
        code, _, _ = cli(*command, "--timeout", "0.1")
        assert code == 4
        sent = asyncio.run(newest_request(own))
        assert (sent["job_id"], sent["tenant"]) == (job_id, "acme")
    cli("cancel", job_id, "--tenant", "other", "--timeout", "0.1")
    assert asyncio.run(newest_request(own))["tenant"] == "other"


async def test_jobs_are_listed_and_shown_of_one_tenant(world: World, cli: Cli) -> None:
    theirs, others = await a_job(world, "bees"), await a_job(world, "wasps")
    _, out, _ = await asyncio.to_thread(cli, "jobs", "--tenant", "bees", "--json")
    assert [(j["job_id"], j["tenant"]) for j in json.loads(out)] == [(theirs, "bees")]
    for command in ("show", "get"):
        code, _, err = await asyncio.to_thread(cli, command, others, "--tenant", "bees")
        assert (code, others in err) == (2, True)
    code, _, _ = await asyncio.to_thread(cli, "show", others, "--tenant", "wasps")
    assert code == 0


def test_a_tenants_topic_is_made_checked_and_mended(own: Settings, cli: Cli) -> None:
    name = requests_topic(own.topic_prefix, "acme")
    assert cli("topics", "check")[1].count(name) == 0
    code, out, _ = cli("topics", "apply", "--tenant", "acme")
    assert (code, f"created {name}" in out) == (0, True)
    assert name not in cli("topics", "apply")[1]
    assert name not in cli("topics", "check")[1]
    code, _, err = cli("topics", "apply", "--tenant", "a/b")
    assert (code, "no tenant's name" in err) == (2, True)


@pytest.mark.parametrize("tenant", ["default", "acme"])
async def test_a_file_is_put_among_the_uploads_of_its_tenant(
    store: Store, cli: Cli, tmp_path: Path, tenant: str
) -> None:
    path = tmp_path / "fox.png"
    Image.new("RGB", (16, 16), "#204060").save(path)
    given = () if tenant == "default" else ("--tenant", tenant)
    code, out, _ = await asyncio.to_thread(cli, "upload", str(path), "--as", "spring/fox.png", *given)
    assert (code, out.strip()) == (0, f"s3://{store.bucket}/uploads/{tenant}/spring/fox.png")
    head = await store.head(f"uploads/{tenant}/spring/fox.png")
    assert head is not None
    assert head.media_type == "image/png"
    code, _, err = await asyncio.to_thread(cli, "upload", str(path), "--as", "../x", *given)
    assert (code, "object key" in err) == (2, True)
    (tmp_path / "notes.bin").write_bytes(b"\x00\x01")
    assert (await asyncio.to_thread(cli, "upload", str(tmp_path / "notes.bin"), *given))[0] in {1, 2}


async def test_what_was_made_before_there_were_grants_becomes_its_tenants(
    world: World, store: Store, cli: Cli
) -> None:
    params = {"prompt": uuid.uuid4().hex}
    request = {"kind": "task", "capability": "image-generation", "params": params, "tenant": "early"}
    outbox = await world.run(accepted(request, key=uuid.uuid4().hex))
    (made,) = {t.fact.to_json()["asset"]["sha256"] for t in outbox.facts if "asset.ready" in t.type}
    assert await store.list("grants/early/") == []
    code, _, err = await asyncio.to_thread(cli, "grant")
    assert (code, "may be named" in err) == (0, True)
    assert [entry.key for entry in await store.list("grants/early/")] == [f"grants/early/{made}"]
