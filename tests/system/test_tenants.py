"""Two tenants on one running system: each gets its own answers, and neither reads or ends what is the other's."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest
from minio import Minio
from PIL import Image

from tests.system.system import TERMINAL, System, Told, job_id_of

pytestmark = pytest.mark.stack

REJECTED, ACCEPTED = "media.job.rejected.v1", "media.job.accepted.v1"
JOB, CANCEL, REPLAY = (
    f"media.job.{name}.v1" for name in ("requested", "cancel-requested", "replay-requested")
)


@pytest.fixture(scope="module")
def store(system: System) -> tuple[Minio, str]:
    """The store as any S3 client sees it, and our bucket."""
    found = json.loads(system.cli("status", "--json").stdout)
    endpoint = found["s3_endpoint"].removeprefix("http://")
    keys = found["s3_access_key"], found["s3_secret_key"]
    return Minio(endpoint, *keys, secure=False), found["bucket"]


def a_picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (96, 64), colour).save(file, "PNG")
    return file.getvalue()


def put(store: tuple[Minio, str], key: str, data: bytes, media_type: str = "image/png") -> str:
    client, bucket = store
    client.put_object(bucket, key, io.BytesIO(data), len(data), content_type=media_type)
    return f"s3://{bucket}/{key}"


def larger(image: str, tenant: str | None, key: str) -> dict[str, Any]:
    """A clip of a picture, which is given."""
    task = {"kind": "task", "capability": "video-animation", "params": {"image": image, "duration_s": 0.5}}
    return task | ({"tenant": tenant} if tenant else {}) | {"idempotency_key": key}


def envelope(kind: str, request_id: str, source: str) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": request_id,
        "ce_source": source,
        "ce_type": kind,
        "content-type": "application/json",
    }


async def answers(system: System, request_id: str, count: int) -> list[Told]:
    """Wait for so many answers to requests with this id."""
    kinds = {ACCEPTED, REJECTED}

    def of(heard: list[Told]) -> list[Told]:
        return [t for t in heard if t.type in kinds and t.data.get("request_id") == request_id]

    return of(await system.until(lambda heard: len(of(heard)) >= count, topics=("jobs",)))


async def refusal(system: System, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a plain request and return why it is refused."""
    (told,) = await answers(system, await system.send(request), 1)
    assert told.type == REJECTED, told.data
    errors: list[dict[str, Any]] = told.data["errors"]
    return errors


async def test_neither_of_two_tenants_reads_what_is_the_others(
    system: System, store: tuple[Minio, str], key: str
) -> None:
    a, b = f"a-{key[-8:]}", f"b-{key[-8:]}"
    given = put(store, f"uploads/{a}/fox.png", a_picture("#aa3311"))
    await system.send(larger(given, a, key))
    end = await system.end_of(job_id_of(key, a))
    assert end.type == "media.job.succeeded.v1", end.data
    made = end.data["outputs"]["result"]
    picture = {"kind": "task", "capability": "image-generation", "params": {"prompt": f"a fox {key}"}}
    await system.send(picture | {"tenant": a, "idempotency_key": key + "-p"})
    painted = (await system.end_of(job_id_of(key + "-p", a))).data["outputs"]["result"]
    copy = put(store, f"jobs/{job_id_of(key, a)}/result.png", a_picture("#111111"))
    memo = put(store, f"memo/{uuid.uuid4().hex * 2}.json", a_picture("#222222"))

    bucket = store[1]
    nothing = await refusal(system, larger(f"s3://{bucket}/uploads/{b}/absent.png", b, key))
    assert [(e["code"], e["path"]) for e in nothing] == [("asset_not_found", "/params/image")]
    for address in (given, copy, memo, f"s3://{bucket}/{painted['key']}"):
        for stranger in (b, None):
            assert await refusal(system, larger(address, stranger, key)) == nothing
    no_asset = await refusal(system, larger("sha256:" + "0" * 64, b, key))
    assert [(e["code"], e["path"]) for e in no_asset] == [("asset_not_found", "/params/image")]
    assert await refusal(system, larger(painted["asset_id"], b, key)) == no_asset
    assert await refusal(system, larger(made["asset_id"], None, key)) == no_asset
    # What was made for it, and what it gave before, its owner may name.
    await system.send(larger(painted["asset_id"], a, key + "-again"))
    assert (await system.end_of(job_id_of(key + "-again", a))).type == "media.job.succeeded.v1"


async def test_a_job_of_another_tenant_is_neither_ended_nor_run_again(system: System, key: str) -> None:
    a = f"a-{key[-8:]}"
    picture = {"kind": "task", "capability": "image-generation", "params": {"prompt": f"a boat {key}"}}
    await system.send(picture | {"tenant": a, "idempotency_key": key})
    job_id = job_id_of(key, a)
    assert (await system.end_of(job_id)).type == "media.job.succeeded.v1"
    told = []
    for kind, data in (
        (REPLAY, {"job_id": job_id}),
        (REPLAY, {"job_id": job_id, "tenant": "other"}),
        (CANCEL, {"job_id": job_id}),
        (REPLAY, {"job_id": str(uuid.uuid4())}),
    ):
        request_id = uuid.uuid4().hex
        await system.send(data, envelope(kind, request_id, "/stranger"))
        told += await answers(system, request_id, 1)
    assert {json.dumps(t.data["errors"]) for t in told} == {json.dumps(told[-1].data["errors"])}
    assert [e["path"] for e in told[-1].data["errors"]] == ["/job_id"]
    request_id = uuid.uuid4().hex
    await system.send({"job_id": job_id, "tenant": a}, envelope(REPLAY, request_id, "/owner"))
    (own,) = await answers(system, request_id, 1)
    assert (own.type, own.data["run"]) == (ACCEPTED, 2)
    # Whoever runs the command line may see whose a job is.
    assert system.cli("replay", job_id, "--timeout", "60").returncode == 0


async def test_requests_of_several_sources_and_tenants_under_one_id_are_all_answered(
    system: System, key: str
) -> None:
    picture = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}
    whale = picture | {"params": {"prompt": "a whale"}}
    wrong = picture | {"sead": 1}
    sent = [
        (picture, "/a"),
        (whale, "/b"),
        (picture, "/c"),
        (wrong, "/a"),
        (wrong, "/b"),
        (picture | {"tenant": "acme"}, "/a"),
    ]
    for data, source in sent:
        await system.send(data, envelope(JOB, key, source))
    told = await answers(system, key, len(sent))
    for data, source in sent:
        await system.send(data, envelope(JOB, key, source))  # true repeats
    after = await system.send(picture | {"idempotency_key": key + "-after"})
    await answers(system, after, 1)
    assert len({t.id for t in told}) == len(sent)
    assert sorted((t.type, t.data["request_source"], t.data["tenant"]) for t in told) == sorted(
        [
            (ACCEPTED, "/a", "default"),
            (REJECTED, "/b", "default"),
            (ACCEPTED, "/c", "default"),
            (REJECTED, "/a", "default"),
            (REJECTED, "/b", "default"),
            (ACCEPTED, "/a", "acme"),
        ]
    )
    assert len(await answers(system, key, len(sent))) == len(sent)
    for tenant in ("default", "acme"):
        heard = await system.until(
            lambda all_, t=tenant: any(
                x.data.get("job_id") == job_id_of(key, t) and x.type in TERMINAL for x in all_
            ),  # type: ignore[misc]
            topics=("jobs",),
        )
        assert heard


async def test_a_topic_of_its_own_says_whose_a_request_is(system: System, key: str) -> None:
    tenant = f"t-{key[-8:]}"
    assert f"created media.requests.{tenant}" in system.cli("topics", "apply", "--tenant", tenant).stdout
    picture = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a hill"}}
    own = f"media.requests.{tenant}"
    await system.send(picture | {"idempotency_key": key}, topic=own)
    assert (await system.end_of(job_id_of(key, tenant))).type == "media.job.succeeded.v1"
    (told,) = await answers(system, await system.send(picture | {"tenant": "other"}, topic=own), 1)
    assert (told.type, told.data["tenant"]) == (REJECTED, tenant)
    assert [(e["code"], e["path"]) for e in told.data["errors"]] == [("invalid_request", "/tenant")]
    assert system.cli("topics", "check").returncode == 0
    place = await system.send(b"{", topic=own)
    letters: list[dict[str, Any]] = []
    while not letters:
        found = json.loads(system.cli("dlq", "list", "--json").stdout)
        letters = [letter for letter in found if letter["id"] == place]
    redriven = json.loads(system.cli("dlq", "redrive", place, "--json").stdout)
    assert redriven[0]["place"].startswith(f"{own}/")
