"""The doctor says plainly what a hostile file could do on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.doctor import diagnose
from infra.local.sandbox import sandbox
from runtime import landlock, seccomp


@pytest.mark.parametrize(
    ("version", "filters", "said"),
    [
        (7, True, "Landlock ABI 7, seccomp"),
        (3, True, "Landlock ABI 3, seccomp"),
        (2, True, "Landlock ABI 2, seccomp: a hostile file could empty this user's files"),
        (
            0,
            True,
            "no Landlock (Linux 5.4.0), seccomp: a hostile file could read and change this user's files",
        ),
        (
            7,
            False,
            "Landlock ABI 7, no seccomp: a hostile file could use the network and stop this user's processes",
        ),
    ],
)
def test_what_is_missing_is_said_with_what_follows(version: int, said: str, *, filters: bool) -> None:
    found = sandbox(version, "Linux 5.4.0", filters=filters)
    assert found.detail == said
    assert found.ok == (": a hostile" not in said)
    assert bool(found.remedy) == (not found.ok)
    assert not found.needed  # everything works without it


def test_the_doctor_says_what_this_machine_has(tmp_path: Path) -> None:
    (found,) = [finding for finding in diagnose(tmp_path) if finding.name == "sandbox"]
    assert found.ok == (landlock.version() >= 3 and seccomp.offered())
