"""What a stack was started with is found by whoever works in its home."""

from __future__ import annotations

from pathlib import Path

from infra.local.connection import FLEET, POLICY, environment, keep, kept
from runtime.settings import Settings


def test_files_of_a_start_are_kept_as_they_were_and_go_with_the_next_one_that_has_none(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[default]\n", "utf-8")
    home = tmp_path / "home"
    assert kept(home, POLICY) is None
    keep(home, POLICY, file)
    place = kept(home, POLICY)
    assert place is not None
    assert place.read_text("utf-8") == "[default]\n"
    keep(home, POLICY, place)
    assert place.read_text("utf-8") == "[default]\n"
    assert kept(home, FLEET) is None
    keep(home, POLICY, None)
    assert kept(home, POLICY) is None


def test_children_are_told_where_policy_and_fleet_lie(tmp_path: Path) -> None:
    told = environment(Settings(home=tmp_path, fleet=Path("f.toml"), policy=Path("p.toml")))
    assert told["REELBUS_FLEET"] == str(Path("f.toml").resolve())
    assert told["REELBUS_POLICY"] == str(Path("p.toml").resolve())
