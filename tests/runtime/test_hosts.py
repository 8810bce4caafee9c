"""Files of hosts tell who lives, and nobody who has died or never was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runtime import hosts
from runtime.alive import process_start
from runtime.hosts import Host


@pytest.fixture
def host() -> Host:
    me = os.getpid()
    return Host(me, process_start(me) or "", "image-1", ("draft-scene",), "example", 5, 1.0, "idle")


def test_what_is_written_is_read_and_replaced(tmp_path: Path, host: Host) -> None:
    assert hosts.running(tmp_path) == ()
    hosts.write(tmp_path, host)
    hosts.write(tmp_path, replace(host, state="working"))
    assert hosts.running(tmp_path) == (replace(host, state="working"),)
    assert [path.name for path in hosts.folder(tmp_path).iterdir()] == [f"{os.getpid()}.json"]
    hosts.forget(tmp_path, host.pid)
    hosts.forget(tmp_path, host.pid)
    assert hosts.running(tmp_path) == ()


def test_who_has_died_or_has_anothers_number_is_not_told(tmp_path: Path, host: Host) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        started = process_start(ended.pid) or ""
    hosts.write(tmp_path, replace(host, pid=ended.pid, started=started))
    hosts.write(tmp_path, replace(host, started="another time"))
    assert hosts.running(tmp_path) == ()
    hosts.forget_dead(tmp_path)
    assert list(hosts.folder(tmp_path).iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"pid": "x", "started": "", "worker_id": ""}', "\0" * 99_999]
)
def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path, host: Host, text: str) -> None:
    hosts.write(tmp_path, host)
    (hosts.folder(tmp_path) / "7.json").write_text(text)
    assert hosts.running(tmp_path) == (host,)


def test_fields_of_a_newer_version_are_passed_over(tmp_path: Path, host: Host) -> None:
    hosts.write(tmp_path, host)
    path = hosts.folder(tmp_path) / f"{host.pid}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "device": "cuda:0"}))
    assert hosts.running(tmp_path) == (host,)
