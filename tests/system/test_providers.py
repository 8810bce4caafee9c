"""A whole system makes media by providers that stand in for the real ones; workers and the poller die meanwhile, and nothing is paid twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from infra.fakes.server import Fakes, serving
from tests.system.system import System, job_id_of, running

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

ENGINES = {
    "text-generation": "anthropic-claude-haiku",
    "image-generation": "replicate-flux-schnell",
    "video-animation": "runway-gen4-turbo",
    "text-to-speech": "elevenlabs-multilingual",
}
NODES = {
    "words": {"capability": "text-generation", "params": {"prompt": "a line about a fox"}},
    "picture": {
        "capability": "image-generation",
        "params": {"prompt": "a fox", "width_px": 640, "height_px": 360},
    },
    "clip": {"capability": "video-animation", "params": {"image": {"$from": "picture"}, "duration_s": 5}},
    "voice": {"capability": "text-to-speech", "params": {"text": "The fox runs."}},
}


@pytest.fixture(scope="module")
def fakes() -> Iterator[Fakes]:
    """Providers that take two seconds for a job."""
    with serving(Fakes(latency_s=2.0)) as found:
        yield found


@pytest.fixture(scope="module")
def away(fakes: Fakes) -> Iterator[System]:
    """A system that asks them."""
    with running("providers", env=fakes.environment()) as found:
        yield found


async def test_a_job_of_four_providers_is_paid_once_though_workers_and_the_poller_die(
    away: System, fakes: Fakes, key: str
) -> None:
    await away.send({"kind": "graph", "nodes": NODES, "engines": ENGINES, "idempotency_key": key})
    job_id = job_id_of(key)
    for node, role in (("picture", "image"), ("clip", "video")):
        await away.until(
            lambda heard, node=node: any(
                t.data.get("job_id") == job_id
                and t.data.get("node_id") == node
                and t.data["stage"] == "waiting for a provider"
                for t in heard
            ),
            topics=("progress",),
        )
        for pid in (*away.pids(role), *away.pids("remote")):
            os.kill(pid, signal.SIGKILL)
    end = await away.end_of(job_id)
    assert end.type == "media.job.succeeded.v1", end.data
    assert set(end.data["outputs"]) == {"words", "clip", "voice"}
    assert end.data["draft"] is False
    assert Counter(row["provider"] for row in fakes.ledger.rows()) == dict.fromkeys(
        ("anthropic", "replicate", "runway", "elevenlabs"), 1
    )
    made = await away.until(
        lambda heard: sum(t.data.get("job_id") == job_id for t in heard) >= 4, topics=("assets",)
    )
    used = {t.data["node_id"]: t.data for t in made if t.data["job_id"] == job_id}
    assert used["clip"]["engine"] == {
        "name": "runway-gen4-turbo",
        "family": "remote",
        "model": "gen4_turbo",
        "revision": "1",
        "provider": "runway",
    }
    assert used["clip"]["cost_usd"] == 0.25


async def test_what_a_provider_refuses_ends_the_job_with_its_code(
    away: System, fakes: Fakes, key: str
) -> None:
    for fault, code in (
        ("auth", "provider_auth"),
        ("moderated", "moderation_blocked"),
        ("quota", "provider_rejected"),
    ):
        fakes.faults.queue("stability", fault)  # type: ignore[arg-type]
        request = {"kind": "task", "capability": "image-generation", "params": {"prompt": f"{fault} fox"}}
        await away.send(
            {**request, "engines": {"image-generation": "stability-core"}, "idempotency_key": key + fault}
        )
        end = await away.end_of(job_id_of(key + fault))
        assert end.type == "media.job.failed.v1"
        assert end.data["error"]["code"] == code
