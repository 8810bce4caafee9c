"""The supervisor finds its servers killed, is killed itself, started twice at once, and given folders that hide our modules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid
from functools import partial
from pathlib import Path

import pytest

from infra.local.interpreter import module_command, module_path
from runtime.alive import process_start
from tests.system.system import System, Told, job_id_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def wait_gone(pid: int, within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while process_start(pid) is not None:
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.05)


async def test_a_film_survives_the_death_of_the_broker_and_of_the_store(victim: System) -> None:
    key = uuid.uuid4().hex
    film = {"kind": "film", "brief": "A fox crosses the river.", "duration_s": 5, "resolution": "360p"}
    await victim.send(film | {"idempotency_key": key})
    for heard, server in enumerate(("broker", "store"), start=1):
        await victim.until(partial(_told_of, job_id_of(key), more_than=heard), timeout_s=120)
        os.kill(victim.pids(server)[0], signal.SIGKILL)
    end = await victim.end_of(job_id_of(key), timeout_s=200)
    assert end.type == "media.job.succeeded.v1", end.data
    verified = victim.cli("verify", "--digests", "--settle", "0s", check=False)
    assert verified.returncode == 0, verified.stdout


def _told_of(job_id: str, told: list[Told], *, more_than: int) -> bool:
    return sum(1 for event in told if event.data.get("job_id") == job_id) > more_than


def test_what_a_killed_supervisor_leaves_is_shown_as_it_is_and_stopped_by_the_next_up(victim: System) -> None:
    left = {p["role"]: p["pid"] for p in victim.processes() if p["pid"]}
    os.kill(left["supervisor"], signal.SIGKILL)
    os.kill(left["text"], signal.SIGKILL)
    wait_gone(left["supervisor"])
    wait_gone(left["text"])
    shown = {p["role"]: (p["pid"], p["state"]) for p in victim.processes()}
    assert "supervisor" not in shown
    assert shown["text"] == (None, "stopped")
    assert shown["audio"] == (left["audio"], "running")

    assert victim.cli("up", "--detach", timeout_s=300.0).stdout.startswith("ready")
    assert process_start(left["audio"]) is None
    now = {p["role"]: p["pid"] for p in victim.processes() if p["state"] == "running"}
    assert now.keys() >= left.keys()
    assert now["broker"] == left["broker"]


def test_a_second_up_says_that_the_first_is_there_and_starts_nothing(victim: System) -> None:
    before = [p["pid"] for p in victim.processes()]
    for detach in ([], ["--detach"]):
        again = victim.cli("up", *detach)
        assert again.stdout.startswith("ready")
        assert "already up" in again.stderr
    assert [p["pid"] for p in victim.processes()] == before


def test_a_folder_with_modules_named_like_ours_is_no_obstacle(victim: System, tmp_path: Path) -> None:
    for name in ("bus.py", "storage.py", "random.py"):
        (tmp_path / name).write_text("raise SystemExit('this file is not ours')\n", "utf-8")
    done = subprocess.run(
        module_command("producers.cli", "status", "--json"),
        cwd=tmp_path,
        env={**os.environ, **module_path(), "REELBUS_HOME": str(victim.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["processes"]


def test_down_stops_what_a_killed_supervisor_left_and_a_second_down_has_nothing_to_do(victim: System) -> None:
    left = {p["role"]: p["pid"] for p in victim.processes() if p["pid"]}
    os.kill(left["supervisor"], signal.SIGKILL)
    victim.cli("down", timeout_s=120.0)
    assert [role for role, pid in left.items() if process_start(pid) is not None] == []
    victim.cli("down")
    assert victim.cli("status", check=False).returncode == 3
