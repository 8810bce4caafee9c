"""How long the chaos lasts: a slice in every test run, the whole with `--chaos`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.system import System, cli


@pytest.fixture(scope="module")
def victim() -> Iterator[System]:
    """A system that is there to be hurt."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-chaos-"))
    try:
        cli(home, "up", "--detach", timeout_s=300.0)
        yield System(home, json.loads(cli(home, "status", "--json").stdout)["bootstrap"])
    finally:
        cli(home, "down", check=False, timeout_s=120.0)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    """How many films are made under fire."""
    return 10 if pytestconfig.getoption("--chaos") else 1
