"""What engines run in, as an operator builds it and looks at it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.environments.declared import declared
from producers.cli.main import _run
from runtime import hosts
from runtime.alive import process_start
from runtime.hosts import Host

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in a home of its own; gives its exit code, stdout and stderr."""
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = _run(["engines", *arguments])
        return code, *capfd.readouterr()

    return run


def test_what_is_missing_is_named_with_the_command_that_builds_it_and_then_it_is_built(
    cli: Cli, tmp_path: Path
) -> None:
    code, out, err = cli("status")
    assert code == 0
    assert ["example", "missing"] in [line.split()[:2] for line in out.splitlines()]
    assert "-> reelbus engines sync example" in out
    assert "no process runs engines" in err
    code, out, err = cli("sync", "example", "--json")
    assert (code, json.loads(out)[0]["anew"]) == (0, True)
    assert "example: + segno==" in err
    code, out, err = cli("sync", "example")
    assert (code, out) == (0, "")
    assert "example: was built already" in err
    rows = json.loads(cli("status", "--json")[1])["environments"]
    (row,) = [each for each in rows if each["name"] == "example"]
    assert row["state"] == "built"
    assert row["folder"].startswith(str(tmp_path / "environments" / "example-"))


def test_hosts_that_live_are_told(cli: Cli, tmp_path: Path) -> None:
    me = os.getpid()
    host = Host(
        me, process_start(me) or "", "image-1", ("draft-scene",), "example", 150_000_000, 1.0, "working"
    )
    hosts.write(tmp_path, host)
    _, out, _ = cli("status")
    (line,) = [line for line in out.splitlines() if line.startswith(str(me))]
    assert line.split() == [str(me), "image-1", "draft-scene", "example", "working", "150", "MB"]
    said = json.loads(cli("status", "--json")[1])
    assert {each["name"]: each["hosts"] for each in said["environments"]}["example"] == [me]
    assert (said["hosts"][0]["pid"], said["hosts"][0]["engines"]) == (me, ["draft-scene"])


def test_an_environment_that_is_not_declared_is_refused_with_those_that_are(cli: Cli) -> None:
    code, out, err = cli("sync", "nothing")
    assert (code, out) == (1, "")
    names = ", ".join(each.name for each in declared())
    assert err == f"reelbus: there is no environment 'nothing'; declared are: {names}\n"


@pytest.mark.parametrize("command", ["start", "stop"])
def test_only_an_engine_with_a_process_of_its_own_is_started_and_stopped(cli: Cli, command: str) -> None:
    code, _, err = cli(command, "draft-sceen")
    assert code == 2
    assert "draft-scene" in err
    code, _, err = cli(command, "draft-story")
    assert code == 2
    assert "runs in its worker" in err
