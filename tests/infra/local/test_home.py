"""Whether the home of a stack is closed to everybody else."""

from __future__ import annotations

import stat
from pathlib import Path

from infra.local.home import Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    home.create()
    assert [mode(home.root / name) for name in (".", "logs", "run")] == [0o700] * 3


def test_a_home_that_was_open_is_closed(tmp_path: Path) -> None:
    root = tmp_path / "home"
    for folder in (root, root / "logs", root / "run"):
        folder.mkdir()
        folder.chmod(0o755)
    Home(root).create()
    assert [mode(root / name) for name in (".", "logs", "run")] == [0o700] * 3
