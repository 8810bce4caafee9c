"""The running system that these tests share."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.system import System, cli


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """Three image workers, two video workers and one of everything else, up until the end of the run."""
    home = Path(tempfile.mkdtemp(prefix="reelbus-system-"))
    try:
        up = cli(home, "up", "--detach", "--workers", "image=3", timeout_s=300.0)
        assert up.stdout.startswith("ready")
        yield System(home, json.loads(cli(home, "status", "--json").stdout)["bootstrap"])
    finally:
        cli(home, "down", check=False, timeout_s=120.0)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def key() -> str:
    """An idempotency key that no other test uses."""
    return f"test-{uuid.uuid4().hex}"
