"""How records are read from a running system, and how poison gets into it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from bus.cloudevents import encode
from bus.tail import read_topic
from schemas.orders import STOP_TYPE, StopTask
from schemas.topics import topics
from tests.bus.conftest import unparsable
from tests.planning.amplifying import album, echoes, gifts
from tests.poison.corpus import Sample

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
REQUESTS = ("media.job.requested.v1", "media.job.cancel-requested.v1", "media.job.replay-requested.v1")
COMPACTED = {
    spec.name_without_prefix for spec in topics("media") if spec.config["cleanup.policy"] == "compact"
}
NAMES = tuple(spec.name_without_prefix for spec in topics("media"))

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A record that the broker took, and where it lies."""

    sample: Sample
    place: Place


def requests() -> list[Sample]:
    """The published examples of requests, made small: what of them is accepted shall end soon."""
    found = []
    for kind in REQUESTS:
        for file in sorted((EXAMPLES / kind).glob("*.json")):
            request = json.loads(file.read_bytes())
            if kind == REQUESTS[0]:
                request = _small(request)
            envelope = (
                ("ce_specversion", b"1.0"),
                ("ce_id", b"example"),
                ("ce_source", b"/poison"),
                ("ce_type", kind.encode()),
                ("content-type", b"application/json"),
            )
            found.append(Sample("requests", None, b"k", json.dumps(request).encode(), envelope))
    return found


def amplifying() -> list[Sample]:
    """Requests that are small, or valid, and become records without end when somebody carries them out."""
    kind = REQUESTS[0]
    character = {"id": "fox", "description": "故" * 19_000}
    scene = {"picture": "a fox", "duration_s": 3}
    schema = {"enum": [{f"w{n}": {"$from": "a", "field": "text"} for n in range(20_000)}]}
    requests: list[tuple[dict[str, Any], bytes, bytes]] = [
        (album(9_500), b"example", b"/poison"),
        (album(19_000), b"example", b"/poison"),
        (gifts(10_000), b"example", b"/poison"),
        (echoes(10_000), b"example", b"/poison"),
        ({"kind": "task", "capability": "text-generation", "params": {"prompt": "a", "json_schema": schema}},
         b"example", b"/poison"),
        ({"kind": "film", "resolution": "360p", "scenes": [scene] * 100, "characters": [character]},
         b"example", b"/poison"),
        ({"kind": "batch", "items": [{}] * 20_000}, b"example", b"/poison"),
        ({"kind": "batch", "items": [{"\x01" * 900: n} for n in range(190)]}, b"example", b"/poison"),
        ({"kind": "task"}, b"i" * 900_000, b"/poison"),
        ({"kind": "task"}, b"example", b"s" * 900_000),
    ]  # fmt: skip
    return [
        Sample(
            "requests",
            None,
            b"k",
            json.dumps(request | {"deadline_s": 1}, ensure_ascii=False, separators=(",", ":")).encode(),
            (
                ("ce_specversion", b"1.0"),
                ("ce_id", request_id),
                ("ce_source", source),
                ("ce_type", kind.encode()),
                ("content-type", b"application/json"),
                ("traceparent", b"0" * 20_000),
            ),
            "amplifying",
        )
        for request, request_id, source in requests
    ]


def _small(request: dict[str, Any]) -> dict[str, Any]:
    request = request | {"deadline_s": 1}
    request.pop("idempotency_key", None)
    if request.get("kind") == "film":
        request |= {"resolution": "360p"}
        if "scenes" in request:
            request["scenes"] = [request["scenes"][0] | {"duration_s": 5}]
        else:
            request["duration_s"] = 5
    works = [request, *request.get("items", ()), *request.get("nodes", {}).values()]
    for work in works:
        if str(work.get("capability", "")).startswith("image-gen"):
            work["params"] |= {"width_px": 96, "height_px": 64}
        if "duration_s" in work.get("params", {}):
            work["params"]["duration_s"] = 1
    return request


async def real_records(bootstrap: str, names: Iterable[str]) -> dict[str, list[Sample]]:
    """What a system has said so far, by topic without its prefix."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for name in names:
        async for records in read_topic(bootstrap, f"media.{name}"):
            found[name] += [
                Sample(name, None, r.key, r.value, tuple(r.headers)) for r in records if r.value is not None
            ]
    return found


def for_every_topic(found: Mapping[str, Sequence[Sample]]) -> dict[str, list[Sample]]:
    """Give a topic on which nobody has spoken yet what was said on the others: orders to a lane of orders."""
    everything = [sample for samples in found.values() for sample in samples]
    orders = [sample for sample in everything if sample.topic.startswith("tasks.")]
    return {
        name: list(found.get(name, ()))
        or [replace(sample, topic=name) for sample in (orders if name.startswith("tasks.") else everything)]
        for name in NAMES
        if name != "state"
    }


def stop_of(job_id: str) -> Sample:
    """A word to the workers: stop what you do for this job."""
    stop = StopTask(job_id=job_id, run=1, reason="poison")
    value, headers = encode(STOP_TYPE, stop.to_bytes(), id="stop", source="/reelbus/coordinator")
    return Sample("control", None, job_id.encode(), value, tuple(headers))


def named(sample: Sample, number: int) -> Sample:
    """Give a request an id of its own, where it still has one, so that it can be found again."""
    headers = tuple((n, f"poison-{number}".encode() if v == b"example" else v) for n, v in sample.headers)
    return replace(sample, headers=headers)


async def feed(bootstrap: str, samples: Iterable[Sample], draw: Random) -> list[Fed]:
    """Send the records, some of them in compressed batches, and a few that no client should be able to send."""
    producers = [
        AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=5_000_000, compression_type=codec)
        for codec in (None, "gzip", "lz4")
    ]
    fed: list[Fed] = []
    for producer in producers:
        await producer.start()
    try:
        waiting: list[tuple[Sample, asyncio.Future[object]]] = []
        for sample in samples:
            # The client sends no record of nothing, and the broker takes none without a key where it compacts.
            key = b"" if sample.key is None and sample.topic in COMPACTED else sample.key
            value = b"" if sample.value is None and key is None else sample.value
            future = await draw.choice(producers).send(
                f"media.{sample.topic}",
                value,
                key=key,
                partition=sample.partition,
                headers=list(sample.headers),
            )
            waiting.append((sample, future))
            if len(waiting) >= 500:
                fed += await _acknowledged(waiting)
        fed += await _acknowledged(waiting)
    finally:
        for producer in producers:
            await producer.stop()
    return fed


async def feed_unparsable(bootstrap: str, names: Iterable[str]) -> None:
    """Write records whose header names are no text, as kcat can."""
    for name in names:
        await unparsable(bootstrap, f"media.{name}")


async def _acknowledged(waiting: list[tuple[Sample, asyncio.Future[object]]]) -> list[Fed]:
    fed = []
    for sample, future in waiting:
        try:
            written = await future
        except MessageSizeTooLargeError:
            continue  # a batch that the broker does not take: these records never came
        fed.append(Fed(sample, (written.topic, written.partition, written.offset)))  # type: ignore[attr-defined]
    waiting.clear()
    return fed
