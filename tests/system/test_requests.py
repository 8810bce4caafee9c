from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from tests.system.system import TERMINAL, System, job_id_of

pytestmark = pytest.mark.stack

DIAMOND: dict[str, Any] = {
    "kind": "graph",
    "nodes": {
        "tale": {
            "capability": "text-generation",
            "params": {"prompt": "A fox and the sea", "max_tokens": 60},
        },
        "picture": {
            "capability": "image-generation",
            "params": {"prompt": {"$from": "tale", "field": "text"}, "width_px": 160, "height_px": 96},
        },
        "voice": {"capability": "text-to-speech", "params": {"text": "A fox hears the sea."}},
        "clip": {
            "capability": "video-animation",
            "params": {"image": {"$from": "picture"}, "duration_s": 1},
            "needs": ["voice"],
        },
    },
    "outputs": ["clip", "voice"],
}


def small_batch(key: str, count: int) -> dict[str, Any]:
    item = {"capability": "image-generation"}
    return {
        "kind": "batch",
        "idempotency_key": key,
        "seed": 5,
        "items": [
            item
            | {
                "id": f"p{i}",
                "params": {"prompt": f"picture {i} of a boat", "width_px": 320, "height_px": 180},
            }
            for i in range(count)
        ],
    }


async def test_a_plain_json_film_shows_all_five_modalities_and_a_repeat_is_no_second_film(
    system: System, key: str
) -> None:
    request = {
        "kind": "film",
        "brief": "A small boat finds its way home through the fog.",
        "duration_s": 6,
        "resolution": "360p",
        "seed": 11,
        "idempotency_key": key,
    }
    request_id = await system.send(request)
    job_id = job_id_of(key)
    end = await system.end_of(job_id, timeout_s=170)
    assert end.type == "media.job.succeeded.v1", end.data
    assert set(end.data["outputs"]) == {"film", "poster", "contact_sheet", "captions_srt", "captions_vtt"}
    assert end.data["draft"] is True
    assert abs(end.data["outputs"]["film"]["duration_s"] - 6) <= 0.3
    await system.send(request)
    # A later request that is answered proves that the repeat before it was read: one partition keeps their order.
    after = await system.send(small_batch(key + "-after", 1))
    told = await system.until(
        lambda heard: any(
            t.data.get("job_id") == job_id_of(key + "-after") and t.type in TERMINAL for t in heard
        )
    )
    assert after != request_id
    mine = [t for t in told if t.data.get("job_id") == job_id]
    assert [t.type for t in mine if t.topic == "media.jobs"] == [
        "media.job.accepted.v1",
        "media.job.succeeded.v1",
    ]
    accepted = next(t for t in mine if t.type == "media.job.accepted.v1")
    assert accepted.data["request_id"] == request_id
    assets = [t.data for t in mine if t.type == "media.asset.ready.v1"]
    assert {a["asset"]["media_type"].split("/")[0] for a in assets} >= {
        "application",
        "image",
        "video",
        "audio",
    }
    assert {"text-generation", "image-generation", "video-animation", "text-to-speech", "composition"} <= {
        a["capability"] for a in assets
    }
    announced = {(a["role"], a["asset"]["sha256"]) for a in assets}
    assert {(role, asset["sha256"]) for role, asset in end.data["outputs"].items()} <= announced


async def test_a_diamond_joins(system: System, key: str) -> None:
    await system.send(DIAMOND | {"idempotency_key": key})
    end = await system.end_of(job_id_of(key))
    assert end.type == "media.job.succeeded.v1", end.data
    assert set(end.data["outputs"]) == {"clip", "voice"}


@pytest.mark.parametrize(
    ("policy", "made", "degraded"),
    [
        ("fail", set(), set()),
        ("partial", {"voice"}, {"picture", "clip"}),
        ("placeholder", {"voice", "picture", "clip"}, {"picture"}),
    ],
)
async def test_a_node_whose_input_lacks_a_field_fails_is_left_out_or_stood_in_for(
    system: System, key: str, policy: str, made: set[str], degraded: set[str]
) -> None:
    size = {"width_px": {"$from": "voice", "field": "width_px"}, "height_px": 48}
    nodes = {
        "voice": {"capability": "text-to-speech", "params": {"text": "Hello."}},
        "picture": {"capability": "image-generation", "params": {"prompt": "a fox", **size}},
        "clip": {
            "capability": "video-animation",
            "params": {"image": {"$from": "picture"}, "duration_s": 0.5, "fps": 8},
        },
    }
    await system.send(
        {
            "kind": "graph",
            "nodes": nodes,
            "outputs": list(nodes),
            "on_failure": policy,
            "idempotency_key": key,
            "labels": {"policy": policy},
        }
    )
    end = await system.end_of(job_id_of(key))
    assert end.data["labels"] == {"policy": policy}
    if policy == "fail":
        assert end.type == "media.job.failed.v1"
        assert (end.data["error"]["node_id"], end.data["error"]["code"]) == ("picture", "asset_not_found")
        return
    assert end.type == "media.job.succeeded.v1", end.data
    assert set(end.data["outputs"]) == made
    assert {d["node_id"] for d in end.data["degraded"]} == degraded


async def test_a_replay_asked_for_twice_by_one_event_runs_once(system: System, key: str) -> None:
    await system.send(small_batch(key, 1))
    job_id = job_id_of(key)
    await system.end_of(job_id)
    event = {
        "ce_specversion": "1.0",
        "ce_id": f"{key}-replay",
        "ce_source": "/test",
        "ce_type": "media.job.replay-requested.v1",
    }
    for _ in range(2):
        await system.send({"job_id": job_id}, event)
        await system.until(
            lambda heard: any(
                t.data.get("job_id") == job_id and t.type in TERMINAL and t.data["run"] == 2 for t in heard
            ),
            topics=("jobs",),
        )
    # A third request in the same partition of the log is answered after the repeat was.
    await system.send({"job_id": job_id}, event | {"ce_id": f"{key}-another"})
    told = await system.until(
        lambda heard: any(
            t.data.get("job_id") == job_id and t.type in TERMINAL and t.data["run"] == 3 for t in heard
        ),
        topics=("jobs",),
    )
    assert [
        (t.data.get("run"), t.data.get("request_id"))
        for t in told
        if t.type == "media.job.accepted.v1" and t.data["job_id"] == job_id
    ][1:] == [(2, f"{key}-replay"), (3, f"{key}-another")]


async def test_forty_pictures_join_while_one_of_three_workers_is_killed(system: System, key: str) -> None:
    await system.send(small_batch(key, 40))
    job_id = job_id_of(key)
    await system.until(
        lambda heard: sum(t.data.get("job_id") == job_id for t in heard) >= 6, topics=("assets",)
    )
    victim = system.pids("image")[0]
    os.kill(victim, signal.SIGKILL)
    end = await system.end_of(job_id, timeout_s=170)
    assert end.type == "media.job.succeeded.v1", end.data
    assert set(end.data["outputs"]) == {f"p{i}" for i in range(40)}
    told = await system.until(
        lambda heard: any(t.data.get("job_id") == job_id for t in heard), topics=("jobs",)
    )
    assert sum(t.data.get("job_id") == job_id and t.type in TERMINAL for t in told) == 1


@pytest.mark.parametrize("role", ["coordinator", "intake"])
async def test_a_killed_process_that_holds_the_threads_loses_nothing(
    system: System, key: str, role: str
) -> None:
    await system.send(small_batch(key, 8))
    os.kill(system.pids(role)[0], signal.SIGKILL)
    end = await system.end_of(job_id_of(key), timeout_s=170)
    assert end.type == "media.job.succeeded.v1", end.data
    assert len(end.data["outputs"]) == 8


async def test_a_request_with_errors_is_refused_with_all_of_them_and_the_next_is_read(
    system: System, key: str
) -> None:
    bad = {
        "kind": "film",
        "brief": "",
        "durations_s": 3,
        "style": "watercolour",
        "fps": "24",
        "idempotency_key": key,
    }
    request_id = await system.send(bad)
    told = await system.until(
        lambda heard: any(t.data.get("request_id") == request_id for t in heard), topics=("jobs",)
    )
    refusal = next(t for t in told if t.data.get("request_id") == request_id)
    assert refusal.type == "media.job.rejected.v1"
    problems = {p["path"]: p for p in refusal.data["errors"]}
    assert set(problems) == {"/brief", "/durations_s", "/style", "/fps"}
    assert problems["/durations_s"]["code"] == "unknown_field"
    assert "duration_s" in problems["/durations_s"]["message"]
    assert "watercolor" in problems["/style"]["message"]


async def test_what_cannot_be_read_goes_to_the_dead_letters_untouched(system: System) -> None:
    positions = [
        await system.send(body) for body in (b"{not json", b"\xc3(", b'{"a":1,"a":2}', b"[]", b'{"a":NaN}')
    ]

    consumer = AIOKafkaConsumer("media.dlq", bootstrap_servers=system.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: dict[str, tuple[str, bytes]] = {}
    try:
        while not set(positions) <= set(found):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    h = {name: value.decode() for name, value in record.headers}
                    place = f"{h['dlq_topic']}/{h['dlq_partition']}/{h['dlq_offset']}"
                    found[place] = (h["dlq_reason"], record.value)
    finally:
        await consumer.stop()
    reasons = [found[place][0] for place in positions]
    assert reasons == ["not_json", "not_utf8", "duplicate_name", "not_an_object", "not_json"]
    assert found[positions[0]][1] == b"{not json"
