"""The system that is fed, and how much: a slice in every test run, the whole with `--whole`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.system import System, running


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A system of its own: what is fed to it stays in its topics."""
    with running("poison") as system:
        yield system


@pytest.fixture
def count(pytestconfig: pytest.Config) -> int:
    """How many records are fed."""
    return 100_000 if pytestconfig.getoption("--whole") else 3_000
