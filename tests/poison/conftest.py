"""The system that is fed, and how much: a slice in every test run, the whole with `--whole`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.system import System, cli


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A system of its own: what is fed to it stays in its topics."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-poison-"))
    try:
        cli(home, "up", "--detach", timeout_s=300.0)
        yield System(home, json.loads(cli(home, "status", "--json").stdout)["bootstrap"])
    finally:
        cli(home, "down", check=False, timeout_s=120.0)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def count(pytestconfig: pytest.Config) -> int:
    """How many records are fed."""
    return 100_000 if pytestconfig.getoption("--whole") else 3_000
