"""What killed workers left is removed when a worker starts, and what living ones use is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import StorageFailed
from worker.scratch import scratch_folder

NEIGHBOUR = """
import sys
from pathlib import Path
from worker.scratch import scratch_folder

with scratch_folder(Path(sys.argv[1]), "neighbour") as folder:
    (folder / "half").write_bytes(b"made")
    print("ready", flush=True)
    sys.stdin.readline()
"""


def neighbour(root: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_folder_of_a_killed_worker_is_removed_by_the_next_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    with neighbour(tmp_path) as process:
        with scratch_folder(tmp_path, "first") as own:
            assert own.is_dir()
            assert (tmp_path / "neighbour" / "half").exists()
        process.kill()
        process.wait()
        assert (tmp_path / "neighbour" / "half").exists()
        with scratch_folder(tmp_path, "second"):
            assert [folder.name for folder in tmp_path.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == []


def test_what_an_older_version_left_without_a_lock_is_removed_and_links_are_not_followed(
    tmp_path: Path,
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    root = tmp_path / "scratch"
    (root / "image-host-1234567-abcdef" / "task-x").mkdir(parents=True)
    (root / "link").symlink_to(precious)
    with scratch_folder(root, "own"):
        assert sorted(folder.name for folder in root.iterdir()) == ["link", "own"]
    assert precious.is_dir()


def test_a_folder_that_cannot_be_made_is_a_failure_that_is_waited_out(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_bytes(b"a file is in the way")
    with pytest.raises(StorageFailed), scratch_folder(tmp_path / "scratch", "own"):
        raise AssertionError("it was made")
