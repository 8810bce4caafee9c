"""Fakes of the providers, and keys that they take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.fakes.server import Fakes, serving


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fakes]:
    """All providers on this machine, quick ones."""
    with serving(Fakes(latency_s=0.05)) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running
