"""Logs stay small while those who write them go on."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from infra.local.child import spawn, terminate
from infra.local.logs import keep_small

WRITER = """
import os, sys, time
print("x" * 50_000, flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os.write(2, b"written after the cut\\n")
import faulthandler; faulthandler.enable(); faulthandler._sigabrt()
"""


def until(log: Path, words: str) -> str:
    deadline = time.monotonic() + 30
    while not log.exists() or words not in log.read_text("utf-8"):
        assert time.monotonic() < deadline
    return log.read_text("utf-8")


def test_a_full_log_begins_again_and_its_writer_goes_on_to_its_last_words(tmp_path: Path) -> None:
    log, go_on = tmp_path / "image-1.log", tmp_path / "go"
    child = spawn([sys.executable, "-c", WRITER, str(go_on)], log=log, pid_file=tmp_path / "pid")
    try:
        until(log, "x" * 50_000)
        assert keep_small(tmp_path, 60_000) == []
        assert keep_small(tmp_path, 10_000) == [log]
        assert log.stat().st_size == 0
        assert (tmp_path / "image-1.old.log").read_text("utf-8") == "x" * 50_000 + "\n"
        go_on.touch()
        said = until(log, "Fatal Python error: Aborted")
    finally:
        terminate(child, grace_s=1)
    assert said.startswith("written after the cut\n")  # not behind a hole of what was cut


def test_a_writer_without_end_is_bounded_to_twice_the_limit_and_what_comes_between_two_looks(
    tmp_path: Path,
) -> None:
    with (tmp_path / "chatty.log").open("ab", buffering=0) as log:
        for _ in range(200):
            log.write(b"y" * 1000)
            keep_small(tmp_path, 10_000)
            kept = sum(path.stat().st_size for path in tmp_path.iterdir())
            assert kept <= 2 * (10_000 + 1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chatty.log", "chatty.old.log"]


def test_where_the_old_cannot_be_kept_the_limit_still_holds(tmp_path: Path) -> None:
    (tmp_path / "full.log").write_bytes(b"z" * 5000)
    (tmp_path / "full.old.new").mkdir()  # nothing can be copied there
    assert keep_small(tmp_path, 1000) == [tmp_path / "full.log"]
    assert (tmp_path / "full.log").stat().st_size == 0
