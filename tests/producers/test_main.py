"""The command line as a user runs it, where nothing runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.interpreter import module_command, module_path

NOWHERE = {"REELBUS_BOOTSTRAP_SERVERS": "127.0.0.1:1", "REELBUS_S3_ENDPOINT": "http://127.0.0.1:1"}


def run(
    folder: Path, *arguments: str, shell: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command, or a line of shell that calls it `reelbus`."""
    command = module_command("producers.cli", *arguments)
    if shell:
        command = ["sh", "-c", shell.replace("reelbus", " ".join(command))]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **module_path(), "REELBUS_HOME": str(folder / "home"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    return lines[0]


def test_a_broker_out_of_reach_is_one_sentence_and_exit_3(tmp_path: Path) -> None:
    done = run(tmp_path, "jobs", **NOWHERE)
    assert done.returncode == 3
    assert "`reelbus stack start`" in one_sentence(done)


def test_a_broker_out_of_reach_is_told_by_a_detached_start_too(tmp_path: Path) -> None:
    done = run(tmp_path, "up", "--detach", **NOWHERE)
    assert done.returncode == 3
    assert "cannot reach" in one_sentence(done)


@pytest.mark.parametrize("command", [["up"], ["up", "--detach"], ["stack", "start"]])
def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run(tmp_path, *command, REELBUS_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "set REELBUS_HOME" in one_sentence(done)


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "status", REELBUS_PORT="abc")
    assert done.returncode == 2
    assert "REELBUS_PORT" in one_sentence(done)


def test_a_closed_standard_input_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, shell="reelbus submit - <&-")
    assert done.returncode == 2
    assert "standard input is closed" in one_sentence(done)


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, shell="{ reelbus styles; echo $? >code; } | true; cat code")
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_help_that_nobody_reads_to_its_end_is_no_error_either(tmp_path: Path) -> None:
    done = run(tmp_path, shell="{ reelbus --help; echo $? >code; } | true; cat code")
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_reader_that_has_had_enough_hides_no_failure(tmp_path: Path) -> None:
    missing = f"PATH={tmp_path} JAVA_HOME={tmp_path} reelbus doctor"
    done = run(tmp_path, shell=f"{{ {missing}; echo $? >code; }} | true; cat code")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_words_that_nobody_listens_to_change_no_exit_code(tmp_path: Path) -> None:
    done = run(
        tmp_path, shell="{ { reelbus show x 2>&3; echo $? >code; } 3>&1 | true; }; cat code", **NOWHERE
    )
    assert done.stdout == "3\n"


def test_a_full_disk_under_the_output_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, shell="reelbus styles >/dev/full")
    assert done.returncode == 1
    assert "No space left" in one_sentence(done)


@pytest.mark.parametrize("place", [".", "nowhere/film.mp4"])
def test_a_film_that_could_not_be_written_is_not_made(tmp_path: Path, place: str) -> None:
    done = run(tmp_path, "make", "A fox", "-o", place)
    assert done.returncode == 2
    assert str(tmp_path) in one_sentence(done)


def test_a_start_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    command = module_command("producers.cli", "demo", "--out", str(tmp_path / "out"))
    home = tmp_path / "home"
    # A test run in the background of a shell ignores SIGINT, and what it starts would ignore it too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command,
        env={**os.environ, **module_path(), "REELBUS_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        signal.signal(signal.SIGINT, before)
        try:
            assert demo.stderr is not None
            assert demo.stderr.readline().startswith("starting")
            wait_until((home / "logs" / "supervisor.log").exists)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(60) == 130
        finally:
            demo.kill()
    assert [p for p in processes() if f"REELBUS_HOME={home}\0" in p] == []


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes() -> list[str]:
    """Return the environment of every process that we may look at."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found.append(path.read_text("utf-8", "replace"))
    return found
