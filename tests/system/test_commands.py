from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.system.system import System, cli

pytestmark = pytest.mark.stack

PICTURE = {
    "kind": "task",
    "capability": "image-generation",
    "params": {"prompt": "a fox", "width_px": 64, "height_px": 64},
}


def request_file(folder: Path, request: object) -> str:
    path = folder / "request.json"
    path.write_text(json.dumps(request), "utf-8")
    return str(path)


def test_status_names_every_process_with_its_pid(system: System) -> None:
    roles = {(p["role"], p["state"]) for p in system.processes() if p["pid"]}
    assert {
        "supervisor",
        "broker",
        "store",
        "intake",
        "coordinator",
        "text",
        "image",
        "video",
        "audio",
        "composer",
    } <= {role for role, _ in roles}


def test_a_submitted_request_is_followed_shown_listed_and_fetched(
    system: System, tmp_path: Path, key: str
) -> None:
    request = PICTURE | {"idempotency_key": key, "labels": {"made": "here"}}
    done = system.cli("submit", request_file(tmp_path, request), "--wait", "--json", "--timeout", "100")
    end = json.loads(done.stdout)
    assert end["labels"] == {"made": "here"}
    job_id = end["job_id"]
    assert "task-started" in system.cli("show", job_id).stdout
    assert any(
        j["job_id"] == job_id and j["status"] == "succeeded"
        for j in json.loads(system.cli("jobs", "--json").stdout)
    )
    target = tmp_path / "fox.png"
    system.cli("get", job_id, "-o", str(target))
    found = json.loads(system.cli("inspect", str(target), "--json").stdout)
    assert (found["media_type"], found["width_px"], found["height_px"]) == ("image/png", 64, 64)
    repeat = system.cli("submit", request_file(tmp_path, request), "--wait", "--json", "--timeout", "60")
    assert json.loads(repeat.stdout)["job_id"] == job_id
    assert system.cli("watch", job_id).returncode == 0


def test_an_invalid_request_ends_with_2_before_it_is_sent(system: System, tmp_path: Path) -> None:
    done = system.cli("submit", request_file(tmp_path, PICTURE | {"colour": "red"}), check=False)
    assert done.returncode == 2
    assert "/colour" in done.stderr
    assert system.cli("submit", str(tmp_path / "none.json"), check=False).returncode == 2
    assert system.cli("mak", check=False).returncode == 2


def test_a_job_that_nobody_knows_ends_with_2(system: System, tmp_path: Path) -> None:
    nobody = "00000000-0000-5000-8000-000000000000"
    for command in (["watch"], ["show"], ["cancel"], ["replay"], ["get", "-o", str(tmp_path / "x")]):
        done = system.cli(command[0], nobody, *command[1:], check=False)
        assert done.returncode == 2, (command, done.stderr)


def test_waiting_too_long_ends_with_4_and_the_job_goes_on(system: System, tmp_path: Path, key: str) -> None:
    request = {
        "kind": "film",
        "brief": "A cloud.",
        "duration_s": 60,
        "resolution": "720p",
        "idempotency_key": key,
    }
    done = system.cli("submit", request_file(tmp_path, request), "--wait", "--timeout", "0.5", check=False)
    assert done.returncode == 4
    job_id = done.stderr.split("reelbus watch ")[1].split("`")[0]
    assert system.cli("cancel", job_id).returncode == 0
    assert system.cli("watch", job_id, "--timeout", "30", check=False).returncode == 1


def test_without_a_stack_every_command_says_what_to_start_and_ends_with_3(tmp_path: Path) -> None:
    for command in (["status"], ["jobs"], ["make", "a fox", "-o", str(tmp_path / "f.mp4")]):
        done = cli(tmp_path / "home", *command, check=False)
        assert done.returncode == 3, done.stderr
        assert "reelbus up" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_worker_that_is_killed_is_started_again(system: System) -> None:
    before = system.pids("text")
    os.kill(before[0], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while True:
        now = [p for p in system.processes() if p["role"] == "text"]
        if now[0]["state"] == "running" and now[0]["pid"] not in before:
            return
        assert time.monotonic() < deadline, now


def test_topics_are_as_they_should_be_and_the_doctor_finds_nothing_missing(system: System) -> None:
    assert system.cli("topics", "check").returncode == 0
    assert "ok" in system.cli("doctor").stdout
