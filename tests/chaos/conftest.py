"""Systems that faults are injected into, and how much of it a test run does."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.chaos.diary import Diary
from tests.chaos.ground import Ground
from tests.system.system import System, running


@pytest.fixture(scope="module")
def victim() -> Iterator[System]:
    """A system as `reelbus up` makes it, broker and store included."""
    with running("chaos") as victim:
        yield victim


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """A system into all of which faults can be injected."""
    ground = Ground.prepare()
    aiokafka_says = logging.getLogger("aiokafka")
    before = aiokafka_says.level
    aiokafka_says.setLevel(logging.CRITICAL)  # our own clients meet every outage, too
    try:
        await ground.start()
        yield ground
    finally:
        await ground.stop()
        aiokafka_says.setLevel(before)


@pytest.fixture
def diary() -> Diary:
    """What happens in a test, told where pytest shows it when the test fails."""
    return Diary(sys.stderr)
