"""What an operator does with a whole system: mend poison, examine, find planted damage, sweep."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from minio import Minio

from planning.partition.records import packed, parts_of, read_job
from tests.system.system import TERMINAL, System, Told, job_id_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

PICTURE = {
    "kind": "task",
    "capability": "image-generation",
    "params": {"prompt": "a fox", "width_px": 64, "height_px": 64},
}


@pytest.fixture
def bucket(system: System) -> Bucket:
    """The store as any S3 client sees it."""
    return Bucket(json.loads(system.cli("status", "--json").stdout))


class Bucket:
    def __init__(self, status: dict[str, str]) -> None:
        self.name = status["bucket"]
        self.client = Minio(
            status["s3_endpoint"].removeprefix("http://"),
            access_key=status["s3_access_key"],
            secret_key=status["s3_secret_key"],
            secure=False,
        )

    def put(self, body: bytes) -> str:
        digest = hashlib.sha256(body).hexdigest()
        key = f"blobs/{digest[:2]}/{digest}"
        self.client.put_object(self.name, key, io.BytesIO(body), len(body))
        return key

    def take(self, key: str) -> bytes:
        answer = self.client.get_object(self.name, key)
        try:
            body: bytes = answer.read()
        finally:
            answer.close()
            answer.release_conn()
        self.client.remove_object(self.name, key)
        return body

    def listed(self) -> set[str]:
        return {entry.object_name for entry in self.client.list_objects(self.name, recursive=True)}


async def test_poison_is_listed_mended_and_dropped(system: System, key: str, tmp_path: Path) -> None:
    poison, hopeless = await system.send(b"{not json"), await system.send(b"\xc3(")
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(PICTURE | {"idempotency_key": key}), "utf-8")
    await _dead(system, {poison, hopeless})

    listed = {x["id"]: x for x in json.loads(system.cli("dlq", "list", "--json").stdout)}
    assert listed[poison].keys() == {"id", "reason", "error", "time"}
    assert (listed[poison]["reason"], listed[hopeless]["reason"]) == ("not_json", "not_utf8")
    system.cli("dlq", "redrive", poison, "--edit", str(mended))
    assert (await system.end_of(job_id_of(key))).type == "media.job.succeeded.v1"
    again = json.loads(system.cli("dlq", "redrive", hopeless, "--json").stdout)[0]["place"]
    await _dead(system, {again})
    system.cli("dlq", "drop", again)
    decided = {x["id"]: x for x in json.loads(system.cli("dlq", "list", "--decided", "--json").stdout)}
    assert [decided[x]["decision"] for x in (poison, hopeless, again)] == ["redriven", "redriven", "dropped"]
    assert decided[again]["dlq_origin"] == hopeless


async def test_a_system_in_which_workers_were_killed_is_clean_and_damage_is_found(
    system: System, bucket: Bucket, key: str
) -> None:
    items = [
        PICTURE | {"id": f"p{i}", "params": {**PICTURE["params"], "prompt": f"{key} {i}"}} for i in range(6)
    ]  # type: ignore[dict-item]
    batch = [{name: item[name] for name in ("id", "capability", "params")} for item in items]
    await system.send({"kind": "batch", "items": batch, "idempotency_key": key})
    job_id = job_id_of(key)
    await system.until(lambda heard: any(t.data.get("job_id") == job_id for t in heard), topics=("assets",))
    os.kill(system.pids("image")[0], signal.SIGKILL)
    end = await system.end_of(job_id, timeout_s=170)
    clean = system.cli("verify", "--digests", "--json", check=False)
    assert (clean.returncode, json.loads(clean.stdout)) == (0, []), clean.stdout

    blob = end.data["outputs"]["p0"]["key"]
    body = bucket.take(blob)
    state = (await _newest(system, "media.state", job_id)).value
    await _write(system, "media.state", job_id, _labelled(job_id, state), [])
    await _repeat_end(system, job_id)
    damaged = system.cli("verify", "--json", check=False)
    found = {(v["check"], v["key"]) for v in json.loads(damaged.stdout)}
    assert damaged.returncode == 1
    assert found == {("asset_missing", blob), ("state_differs", job_id), ("terminal_doubled", job_id)}

    # What can be mended is; the doubled end stays, and no later test minds.
    assert bucket.put(body) == blob
    await _write(system, "media.state", job_id, state, [])


async def test_a_sweep_takes_an_orphan_and_nothing_else(system: System, bucket: Bucket, key: str) -> None:
    await system.send(PICTURE | {"idempotency_key": key})
    await system.end_of(job_id_of(key))
    # While a job is open nothing young is swept: what other tests began has to end first.
    await system.until(_all_ended, topics=("jobs",))
    before = bucket.listed()
    orphan = bucket.put(key.encode())
    swept = json.loads(system.cli("gc", "--older-than", "0s", "--json").stdout)
    assert orphan in swept["keys"]
    assert {k for k in swept["keys"] if k.startswith(("jobs/", "memo/"))} == set()
    assert orphan not in bucket.listed()
    assert before - bucket.listed() <= set(swept["keys"])


def _all_ended(heard: list[Told]) -> bool:
    begun = {(t.data["job_id"], t.data["run"]) for t in heard if t.type == "media.job.accepted.v1"}
    ended = {(t.data["job_id"], t.data["run"]) for t in heard if t.type in TERMINAL}
    return bool(begun) and begun <= ended


async def _dead(system: System, places: set[str]) -> None:
    """Wait until these records lie in the dead letters."""
    consumer = AIOKafkaConsumer("media.dlq", bootstrap_servers=system.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        while places:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    h = {name: (value or b"").decode() for name, value in record.headers}
                    places = places - {f"{h['dlq_topic']}/{h['dlq_partition']}/{h['dlq_offset']}"}
    finally:
        await consumer.stop()


async def _write(
    system: System, topic: str, key: str, value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=system.bootstrap) as producer:
        await producer.send_and_wait(topic, value, key=key.encode(), headers=headers)


async def _newest(system: System, topic: str, job_id: str, types: set[str] | None = None):  # type: ignore[no-untyped-def]
    """Return the newest record of a job on a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=system.bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        await consumer._client.add_topic(topic)
        places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        newest = None
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    kind = dict(record.headers).get("ce_type", b"").decode()
                    if record.key == job_id.encode() and (types is None or kind in types):
                        newest = record
        return newest
    finally:
        await consumer.stop()


def _labelled(job_id: str, state: bytes) -> bytes:
    """The state of a job with labels that nobody requested."""
    job = read_job(job_id, {job_id: state})
    assert job is not None
    job.labels = {"by": "hand"}
    parts = parts_of(job)
    return packed(job, parts, parts)[job_id]


async def _repeat_end(system: System, job_id: str) -> None:
    record = await _newest(system, "media.jobs", job_id, TERMINAL)
    await _write(system, "media.jobs", job_id, record.value, list(record.headers))
