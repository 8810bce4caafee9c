"""The running system that these tests share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.system.system import System, running


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """Three image workers, two video workers and one of everything else, up until the end of the run."""
    with running("system", "--workers", "image=3") as system:
        yield system


@pytest.fixture
def key() -> str:
    """An idempotency key that no other test uses."""
    return f"test-{uuid.uuid4().hex}"
