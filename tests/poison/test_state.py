"""Garbage in the state of a partition is thrown away, and the state folded from the log once more."""

from __future__ import annotations

import os
import signal

import pytest
from aiokafka import AIOKafkaProducer

from tests.poison.test_poison import succeed
from tests.system.system import System

GARBAGE = (
    (b"offset", b"\xff"),
    (b"offset", b'{"next_offset": -1}'),
    (b"a-job", b"\xff\x00{"),
    (b"b-job", b"[]"),
)


@pytest.fixture(scope="module", autouse=True)
def whole(pytestconfig: pytest.Config) -> None:
    """It takes a system of its own, so it is no part of the slice."""
    if not pytestconfig.getoption("--whole"):
        pytest.skip("part of `make poison`")


@pytest.mark.stack
async def test_a_coordinator_that_restores_garbage_goes_on(system: System) -> None:
    await succeed(system, "task")
    async with AIOKafkaProducer(bootstrap_servers=system.bootstrap) as producer:
        for partition in range(4):
            for key, value in GARBAGE:
                await producer.send_and_wait("media.state", value, key=key, partition=partition)
    os.kill(system.pids("coordinator")[0], signal.SIGKILL)
    await succeed(system, *["task"] * 8)
