"""However large the requests are, intake's loop goes on: heartbeats are sent, and it keeps its place in the group."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterator, Sequence

import pytest

from bus.admin import apply
from bus.cloudevents import Event
from bus.dead_letters import DeadLetters
from bus.publisher import Publisher
from bus.subscriber import Subscriber
from consumers.assembly.intake.app import put_on_log
from consumers.assembly.intake.handler import admit
from consumers.assembly.intake.objects import Objects
from consumers.assembly.intake.traces import admit_each
from runtime.settings import Settings
from schemas.log import Asked
from schemas.topics import topic, topics
from storage.store import Store

LONGEST_S = 0.5
"""A sixth of the time between two heartbeats. 0.12 s were seen; a machine that others use computes at half its speed."""


def _in_one_poll() -> list[bytes]:
    """As many requests as a poll may hand over together, of 20 kB each."""
    items = [
        {"id": f"i{n}", "capability": "text-generation", "params": {"prompt": "x" * 900}} for n in range(20)
    ]
    return [
        json.dumps({"kind": "batch", "items": items, "labels": {"n": str(n)}}).encode() for n in range(200)
    ]


def _large() -> list[bytes]:
    """One request of each large shape: a batch of a megabyte, 10,000 clips, a dense graph of a thousand nodes."""
    batch = {
        "kind": "batch",
        "items": [
            {"id": f"i{n}", "capability": "text-generation", "params": {"prompt": "x" * 900}}
            for n in range(1000)
        ],
    }
    clips = [{"source": {"$from": "a"}, "start_s": n / 10, "duration_s": 0.1} for n in range(10_000)]
    timeline = {
        "canvas": {"width_px": 64, "height_px": 64, "fps": 24},
        "tracks": [{"kind": "video", "clips": clips}],
        "output": {"container": "mp4"},
    }
    composed = {
        "kind": "graph",
        "nodes": {
            "a": {"capability": "image-generation", "params": {"prompt": "x"}},
            "c": {"capability": "composition", "params": {"timeline": timeline}},
        },
    }
    graph = {
        "kind": "graph",
        "nodes": {
            f"n{n}": {
                "capability": "text-to-text",
                "params": {"text": "a", "instruction": "b" * 400},
                "needs": [f"n{k}" for k in range(max(0, n - 20), n)],
            }
            for n in range(1000)
        },
    }
    return [json.dumps(request).encode() for request in (batch, composed, graph)]


@pytest.fixture
def small_heap() -> Iterator[None]:
    """What earlier tests have left in this process is no work of the garbage collector meanwhile, as in a process of its own."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def _lags(until: asyncio.Event) -> list[float]:
    """Return how long the loop stood each time, in seconds of our own computing.

    Other processes of a busy machine take the loop's time too; what they take is no fault of ours.
    """
    lags = []
    while not until.is_set():
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(0.005)
        lags.append(min(time.monotonic() - wall, time.process_time() - cpu) - 0.005)
    return lags


@pytest.mark.usefixtures("small_heap")
@pytest.mark.parametrize(
    ("requests", "together"), [(_large() * 3, 1), (_in_one_poll(), 200)], ids=["large", "many"]
)
async def test_the_loop_never_stands_while_large_requests_are_taken_in(
    settings: Settings, store: Store, requests: list[bytes], together: int
) -> None:
    prefix = f"{settings.topic_prefix}-{together}"
    await apply(settings.bootstrap_servers, topics(prefix, 2))
    admitted: list[str] = []
    batches: list[int] = []
    everything = asyncio.Event()
    objects = Objects(store, settings.bucket, settings.given_asset_bytes)
    async with Publisher(settings.bootstrap_servers) as publisher:
        for n, value in enumerate(requests):
            await publisher.publish_record(topic(prefix, "requests"), b"k", value, [], partition=n % 2)

        async def admit_one(event: Event) -> tuple[str, Asked]:
            return await admit(event, objects, allow_private_webhooks=False)

        async def handle(events: Sequence[Event]) -> None:
            assert sum(len(event.value or b"") for event in events) < 8 * 1024 * 1024
            named, _ = await admit_each(events, "intake", admit_one)
            await put_on_log(publisher, prefix, named, partitions=2)
            batches.append(len(events))
            admitted.extend(kind.__class__.__name__ for _, (_, kind) in named)
            if len(admitted) >= len(requests):
                everything.set()

        app = Subscriber(
            settings.bootstrap_servers,
            topic(prefix, "requests"),
            f"{prefix}-large",
            handle,
            DeadLetters(publisher, topic(prefix, "dlq")),
            plain_ok=True,
        )
        running = asyncio.create_task(app.run())
        lags = await _lags(everything)
        app.stop()
        await running
    assert admitted == ["JobAccepted"] * len(requests)  # none twice: nobody was expelled
    assert max(batches) >= together
    assert max(lags) < LONGEST_S
