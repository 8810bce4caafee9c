"""Every topic that we read is fed with what nobody should send; nothing stops, nothing dies, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.poison.accounts import read_up_to, taken, unaccounted
from tests.poison.corpus import mutants
from tests.poison.feeding import (
    NAMES,
    amplifying,
    feed,
    feed_unparsable,
    for_every_topic,
    named,
    real_records,
    requests,
    stop_of,
)
from tests.system.system import System, job_id_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3_000)]

PICTURE = {"prompt": "a fox by the sea", "width_px": 96, "height_px": 64}
VALID: dict[str, dict[str, Any]] = {
    "task": {"kind": "task", "capability": "image-generation", "params": PICTURE},
    "batch": {
        "kind": "batch",
        "items": [{"id": f"p{n}", "capability": "image-generation", "params": PICTURE} for n in range(3)],
    },
    "graph": {
        "kind": "graph",
        "nodes": {
            "tale": {"capability": "text-generation", "params": {"prompt": "A fox", "max_tokens": 20}},
            "voice": {"capability": "text-to-speech", "params": {"text": {"$from": "tale", "field": "text"}}},
            "picture": {"capability": "image-generation", "params": PICTURE},
            "clip": {
                "capability": "video-animation",
                "params": {"image": {"$from": "picture"}, "duration_s": 1},
            },
        },
    },
    "composition": {
        "kind": "composition",
        "timeline": {
            "canvas": {"width_px": 160, "height_px": 96, "fps": 12},
            "tracks": [
                {"kind": "video", "clips": [{"source": {"colour": "#336699"}, "start_s": 0, "duration_s": 1}]}
            ],
        },
    },
    "film": {"kind": "film", "brief": "A fox sees the sea.", "duration_s": 5, "resolution": "360p"},
}
QUICK = ("task", "batch", "graph", "composition")
SLICE = 3_000
FED = tuple(name for name in NAMES if name != "state")
"""The state is read only by who restores it: it has a test of its own."""
TRACES = ("Traceback (most recent call last)", "process.broke", "coordinator.partition_lost")


async def succeed(system: System, *kinds: str) -> list[str]:
    """Request one of each kind and wait for their ends; returns the jobs."""
    keys = [f"poison-{kind}-{uuid.uuid4().hex}" for kind in kinds]
    for kind, key in zip(kinds, keys, strict=True):
        await system.send(VALID[kind] | {"idempotency_key": key, "seed": 3})
    jobs = [job_id_of(key) for key in keys]
    ended = set()
    async with asyncio.timeout(300):
        async for event in said(system):
            if event["job_id"] in jobs:
                assert event["type"] == "media.job.succeeded.v1", event
                ended.add(event["job_id"])
                if ended == set(jobs):
                    break
    return jobs


async def said(system: System) -> Any:
    """Yield the ends of jobs that the coordinator itself told, whatever else lies on the topic."""
    from bus.cloudevents import decode
    from bus.tail import Tail
    from bus.unreadable import Unreadable
    from tests.system.system import TERMINAL

    async with Tail(system.bootstrap, ["media.jobs"], start="beginning") as tail:
        async for record in tail:
            try:
                event = decode(record, types=TERMINAL)
            except Unreadable:
                continue
            if "job_id" in event.data:
                yield {"type": event.type} | event.data


def alive(system: System) -> list[tuple[str, int, int]]:
    return sorted((p["role"], p["index"], p["pid"]) for p in system.processes())


async def test_no_record_stops_a_partition_kills_a_process_or_gets_lost(system: System, count: int) -> None:
    before = alive(system)
    (job, *_) = await succeed(system, "task", "graph")
    await feed(system.bootstrap, [requests()[0]], Random(1))
    found = await real_records(system.bootstrap, [name for name in FED if name != "requests"])
    seeds = for_every_topic(found | {"requests": requests(), "control": [stop_of(job)]})
    draw = Random(20261121)
    samples = [named(sample, n) for n, sample in enumerate(mutants(seeds, count, draw))]
    samples += [named(sample, count + n) for n, sample in enumerate(amplifying())]

    working = asyncio.create_task(succeed(system, "task", "batch", "graph"))
    fed = await feed(system.bootstrap, samples, draw)
    await feed_unparsable(system.bootstrap, FED)
    await working
    await read_up_to(system.bootstrap, fed, within_s=60 + count / 50)

    accounts = await taken(system.bootstrap)
    wrong = unaccounted(accounts, fed)
    print(summary(fed, accounts))
    assert wrong == []
    await succeed(system, *(VALID if count > SLICE else QUICK))
    for arguments in (
        ("jobs",),
        ("show", job),
        ("watch", job),
        ("dlq", "list", "--json"),
        ("dlq", "count"),
        ("verify", "--json"),
        ("gc",),
    ):
        done = system.cli(*arguments, check=False, timeout_s=300)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in {0, 1}, (arguments, done.returncode, done.stderr)
    assert alive(system) == before


def summary(fed: list[Any], accounts: Any) -> str:
    """Say what became of how many, by the first word of their topic."""
    what = Counter(
        f.sample.topic.split(".")[0] + (": given up" if accounts.letters[f.place] else ": read") for f in fed
    )
    return json.dumps({"fed": len(fed), **dict(sorted(what.items()))})
