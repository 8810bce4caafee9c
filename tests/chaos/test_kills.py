"""Films are made while their processes are killed; each film comes, and comes once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import uuid
from functools import partial

import pytest

from tests.system.system import TERMINAL, System, Told, job_id_of

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
    for role in roles:
        told = await system.until(partial(further, job_id, heard), topics=("assets", "jobs"), timeout_s=240)
        if ended(job_id, told):
            break
        heard = len(of(job_id, told))
        pids = system.pids(role)
        if pids:
            os.kill(pids[0], signal.SIGKILL)
            kills += 1
    return kills


def of(job_id: str, told: list[Told]) -> list[Told]:
    return [t for t in told if t.data.get("job_id") == job_id]


def ended(job_id: str, told: list[Told]) -> list[Told]:
    return [t for t in of(job_id, told) if t.type in TERMINAL]


def further(job_id: str, heard: int, told: list[Told]) -> bool:
    return len(of(job_id, told)) > heard or bool(ended(job_id, told))


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
        assert kills >= 1  # a film that nobody hurt proves nothing; how many fit in depends on its speed
        told = await victim.until(partial(further, job_id, 1), topics=("jobs",))
        assert len(ended(job_id, told)) == 1


async def test_a_film_survives_the_death_of_the_broker_and_of_the_store(victim: System) -> None:
    key = f"chaos-{uuid.uuid4().hex}"
    await victim.send(SMALL | {"idempotency_key": key, "seed": 99})
    job_id = job_id_of(key)
    kills = await killed_at_every_stage(victim, job_id, ["broker", "store"])
    end = await victim.end_of(job_id, timeout_s=300)
    assert end.type == "media.job.succeeded.v1", end.data
    assert kills == 2


def test_after_all_of_it_nothing_is_lost_doubled_or_forgotten(victim: System) -> None:
    done = victim.cli("verify", "--digests", check=False)
    assert done.returncode == 0, done.stdout
