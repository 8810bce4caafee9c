"""Requests that become large records: each has its end, and another job on the same partition goes on meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import uuid
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from bus.cloudevents import decode, encode
from bus.partitions import partition_of
from bus.tail import Tail
from schemas.log import log_type
from schemas.orders import ORDER_TYPE, WorkOrder
from tests.planning.amplifying import album, gifts, texts
from tests.planning.jobs import asset, ready
from tests.system.system import System, job_id_of

pytestmark = pytest.mark.stack

SUCCEEDED = "media.job.succeeded.v1"
PICTURE = {
    "kind": "task",
    "capability": "image-generation",
    "params": {"prompt": "a fox", "width_px": 96, "height_px": 64},
}


def key_beside(job_id: str) -> str:
    """A key whose job lies in the same partition."""
    place = partition_of(job_id.encode(), 4)
    keys = (f"beside-{uuid.uuid4().hex}" for _ in itertools.count())
    return next(key for key in keys if partition_of(job_id_of(key).encode(), 4) == place)


async def goes_on_beside(system: System, job_id: str) -> None:
    """Another job of the same partition is done."""
    key = key_beside(job_id)
    await system.send(PICTURE | {"idempotency_key": key})
    assert (await system.end_of(job_id_of(key), timeout_s=60)).type == SUCCEEDED


async def test_an_album_of_9_500_clips_of_one_picture_stops_nobody(system: System) -> None:
    key = f"album-{uuid.uuid4().hex}"
    request = album(9_500)
    for track in request["nodes"]["b"]["params"]["timeline"]["tracks"]:
        track["clips"] = [
            {"source": {"$from": "a"}, "start_s": n / 12, "duration_s": 1 / 12} for n in range(9_500)
        ]
    await system.send(request | {"idempotency_key": key, "deadline_s": 45})
    await goes_on_beside(system, job_id_of(key))
    made = await system.until(
        lambda told: any(t.data["job_id"] == job_id_of(key) for t in told), topics=("assets",)
    )
    assert made
    await goes_on_beside(system, job_id_of(key))
    # Eight hundred seconds of film are not composed in this time; an order that never left would look the same.
    ended = await system.end_of(job_id_of(key))
    assert ended.type == SUCCEEDED or ended.data["error"]["code"] == "deadline_exceeded"
    assert await _largest_order(system, "assembly", job_id_of(key)) > 1_000_000


async def _largest_order(system: System, modality: str, job_id: str) -> int:
    async with (
        asyncio.timeout(30),
        Tail(system.bootstrap, [f"media.tasks.{modality}.interactive"], start="beginning") as tail,
    ):
        async for record in tail:
            event = decode(record, types=(ORDER_TYPE,))
            if event.data["job_id"] == job_id:
                return len(record.value or b"")
    raise AssertionError("there is no such order")


async def test_a_batch_of_a_thousand_chinese_texts_ends_in_one_fact(system: System) -> None:
    """The worker stands still, and somebody else answers for it: our own engines write no Chinese."""
    key = f"texts-{uuid.uuid4().hex}"
    job_id = job_id_of(key)
    pids = system.pids("text")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        await system.send(texts(1_000) | {"idempotency_key": key})
        await _answer(system, job_id, 1_000)
        await goes_on_beside(system, job_id)
        ended = await system.end_of(job_id, timeout_s=180)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert ended.type == SUCCEEDED
    outputs: dict[str, dict[str, Any]] = ended.data["outputs"]
    assert len(outputs) == 1_000
    left_out = {name for name, made in outputs.items() if "text" not in made}
    assert 0 < len(left_out) < 1_000
    assert {lack["node_id"] for lack in ended.data["degraded"]} == left_out
    await goes_on_beside(system, job_id)


async def _answer(system: System, job_id: str, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=system.bootstrap)
    await producer.start()
    try:
        async with (
            asyncio.timeout(120),
            Tail(system.bootstrap, ["media.tasks.text.interactive"], start="beginning") as tail,
        ):
            answered = 0
            async for record in tail:
                order = WorkOrder.model_validate_json(record.value or b"")
                if order.job_id != job_id:
                    continue
                answered += 1
                made = asset(order.node_id, "text/plain", text="故" * 2_000)
                event = ready(order, worker="stranger", made=made)
                value, headers = encode(log_type(event), event.to_bytes(), id=order.task_id, source="/t")
                place = partition_of(job_id.encode(), 4)
                await producer.send("media.log", value, key=job_id.encode(), partition=place, headers=headers)
                if answered == count:
                    break
        await producer.flush()
    finally:
        await producer.stop()


async def test_ten_thousand_given_assets_are_refused_at_once_with_the_limit(system: System) -> None:
    request = await system.send(gifts(10_000))
    told = await system.until(
        lambda heard: any(t.data.get("request_id") == request for t in heard), topics=("jobs",)
    )
    (refusal,) = [t for t in told if t.data.get("request_id") == request]
    assert refusal.type == "media.job.rejected.v1"
    errors = refusal.data["errors"]
    assert errors[0]["code"] == "unsupported"
    assert errors[0]["path"].startswith("/timeline/tracks/0/clips/")
    assert "10000 different assets" in errors[0]["message"]
