"""How processes share a diary, and how it is followed while it grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers.diary import Reader, note


def test_what_is_noted_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DIARY", str(tmp_path / "diary.txt"))
    reader = Reader(tmp_path / "diary.txt")
    assert reader.new() == []
    note("asked", "a-0")
    note("began", "a-0", 3)
    assert [(line.kind, line.job, line.task) for line in reader.new()] == [
        ("asked", "a-0", 0),
        ("began", "a-0", 3),
    ]
    note("joined", "a-0")
    assert [line.kind for line in reader.new()] == ["joined"]
