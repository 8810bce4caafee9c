"""Films are made while their processes are killed; each film comes, and comes once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import uuid

import pytest

from tests.system.system import TERMINAL, System, job_id_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

SMALL = {
    "kind": "film",
    "brief": "A fox crosses the river to see the sea.",
    "duration_s": 6,
    "resolution": "360p",
}
WORKERS = ("text", "audio", "image", "video", "composer", "coordinator", "intake")
SERVERS = ("broker", "store")


async def killed_at_every_stage(system: System, job_id: str, roles: list[str]) -> int:
    """Kill one process each time the film got further, until the film has ended; returns the number of kills."""
    kills, heard = 0, 0
    while roles:
        told = await system.until(
            lambda facts: (
                sum(_of(t.data, job_id) for t in facts) > heard
                or any(_of(t.data, job_id) and t.type in TERMINAL for t in facts)
            ),
            topics=("assets", "jobs"),
            timeout_s=240,
        )
        if any(_of(t.data, job_id) and t.type in TERMINAL for t in told):
            break
        heard = sum(_of(t.data, job_id) for t in told)
        pids = system.pids(roles[0])
        if pids:
            os.kill(pids[0], signal.SIGKILL)
            kills += 1
        roles.pop(0)
    return kills


def _of(data: dict[str, object], job_id: str) -> bool:
    return data.get("job_id") == job_id


async def test_a_film_survives_the_death_of_each_of_its_processes(victim: System, rounds: int) -> None:
    draw = random.Random(5)
    for number in range(rounds):
        key = f"chaos-{uuid.uuid4().hex}"
        roles = list(WORKERS) + (list(SERVERS) if rounds > 1 else [])
        draw.shuffle(roles)
        await victim.send(SMALL | {"idempotency_key": key, "seed": number})
        job_id = job_id_of(key)
        async with asyncio.timeout(400):
            kills = await killed_at_every_stage(victim, job_id, roles)
            end = await victim.end_of(job_id, timeout_s=300)
        assert end.type == "media.job.succeeded.v1", end.data
        assert kills >= 3
        told = await victim.until(lambda facts: any(_of(t.data, job_id) for t in facts), topics=("jobs",))
        assert sum(_of(t.data, job_id) and t.type in TERMINAL for t in told) == 1


async def test_a_film_survives_the_death_of_the_broker_and_of_the_store(victim: System) -> None:
    key = f"chaos-{uuid.uuid4().hex}"
    await victim.send(SMALL | {"idempotency_key": key, "seed": 99})
    job_id = job_id_of(key)
    kills = await killed_at_every_stage(victim, job_id, ["broker", "store"])
    end = await victim.end_of(job_id, timeout_s=300)
    assert end.type == "media.job.succeeded.v1", end.data
    assert kills == 2
