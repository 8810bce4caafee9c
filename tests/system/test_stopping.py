from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.system.system import System, job_id_of

pytestmark = pytest.mark.stack


async def test_a_worker_stops_within_ten_seconds_and_its_work_is_done_elsewhere(
    system: System, key: str
) -> None:
    request = {
        "kind": "batch",
        "idempotency_key": key,
        "items": [
            {
                "id": f"c{i}",
                "capability": "video-generation",
                "params": {"prompt": "waves", "duration_s": 20, "width_px": 640, "height_px": 360},
            }
            for i in range(2)
        ],
    }
    await system.send(request)
    await system.until(
        lambda heard: any(t.data.get("job_id") == job_id_of(key) for t in heard), topics=("jobs",)
    )
    pid = system.pids("video")[0]
    begun = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    while _alive(pid):
        assert time.monotonic() - begun < 10.5
        os.sched_yield()
    end = await system.end_of(job_id_of(key), timeout_s=170)
    assert end.type == "media.job.succeeded.v1", end.data


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


async def test_the_same_seed_gives_the_same_film_and_another_seed_another(system: System, key: str) -> None:
    # Two tenants share no memory: both films are really made.
    digests = {}
    for tenant, seed in (("one", 3), ("two", 3), ("one", 4)):
        request = {
            "kind": "film",
            "brief": "A kite over the hills.",
            "duration_s": 5,
            "resolution": "360p",
            "seed": seed,
            "tenant": tenant,
            "idempotency_key": f"{key}-{seed}",
        }
        await system.send(json.dumps(request).encode())
        end = await system.end_of(job_id_of(f"{key}-{seed}", tenant), timeout_s=170)
        assert end.type == "media.job.succeeded.v1", end.data
        digests[tenant, seed] = end.data["outputs"]["film"]["sha256"]
    assert digests["one", 3] == digests["two", 3]
    assert digests["one", 3] != digests["one", 4]
