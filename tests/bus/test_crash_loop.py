"""A record that ends the processes which handle it is found among its neighbours, and given up."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path

import pytest

from bus.crash_marks import MOST_ENDS
from bus.publisher import Publisher

from .conftest import MakeTopic

KILLED = -signal.SIGKILL


class Running:
    """Processes that share a group, one after the other."""

    def __init__(self, bootstrap: str, topic: str, group: str, out: Path) -> None:
        self.bootstrap, self.topic, self.group, self.out = bootstrap, topic, group, out
        out.touch()

    async def write(self, *names: str, partition: int = 0) -> None:
        async with Publisher(self.bootstrap) as publisher:
            for name in names:
                value = f'{{"name": "{name}"}}'.encode()
                await publisher.publish_record(self.topic, b"k", value, [], partition=partition)

    async def start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bus.crashing",
            self.bootstrap,
            self.topic,
            self.group,
            str(self.out),
            stderr=DEVNULL,
            stdout=DEVNULL,
        )

    async def run(self) -> int:
        """Run one process until it ends."""
        process = await self.start()
        try:
            async with asyncio.timeout(90):
                return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()

    async def run_until_it_ends_in_order(self) -> list[int]:
        """Start a process again each time one was ended by a record; return how they ended."""
        ends = [await self.run()]
        while ends[-1] != 0 and len(ends) < 12:
            ends.append(await self.run())
        return ends

    def told(self, word: str) -> list[str]:
        return [
            line.removeprefix(word).strip()
            for line in self.out.read_text().splitlines()
            if line.startswith(word)
        ]

    async def until(self, line: str) -> None:
        async with asyncio.timeout(60):
            while line not in self.out.read_text().splitlines():  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.05)


@pytest.fixture
async def running(bootstrap: str, prefix: str, make_topic: MakeTopic, tmp_path: Path) -> Running:
    return Running(bootstrap, await make_topic("requests", 2), f"{prefix}-group", tmp_path / "out")


async def test_records_that_ended_three_processes_are_given_up_and_their_neighbours_are_handled(
    running: Running,
) -> None:
    await running.write("a", "kills one", "kills two", "b", "stop")
    # Together once; then each alone, twice more.
    assert await running.run_until_it_ends_in_order() == [KILLED] * (1 + 2 * (MOST_ENDS - 1)) + [0]
    assert running.told("given up") == ["1 crash_loop", "2 crash_loop"]
    assert running.told("begin").count("kills one") == MOST_ENDS
    assert {*running.told("done")} == {"a", "b", "stop"}


async def test_records_that_do_not_fit_into_memory_end_the_process_and_are_given_up(running: Running) -> None:
    await running.write("a", "fills", "b", "stop")
    ends = await running.run_until_it_ends_in_order()
    assert ends == [1] * MOST_ENDS + [0]  # each raised OutOfMemory
    assert running.told("given up") == ["1 crash_loop"]
    assert {*running.told("done")} == {"a", "b", "stop"}


async def test_who_is_killed_while_the_world_is_away_blames_no_record(running: Running) -> None:
    await running.write("outage")
    for _ in range(MOST_ENDS):
        assert await running.run() == KILLED
    process = await running.start()
    running.out.write_text("")
    await running.until("begin outage")  # once more, and not given up
    process.kill()
    await process.wait()


async def test_who_is_asked_to_stop_blames_no_record(running: Running) -> None:
    await running.write("waits")
    for _ in range(MOST_ENDS + 1):  # the last one begins it once more
        process = await running.start()
        await running.until("begin waits")
        running.out.write_text("")
        process.terminate()
        await asyncio.wait_for(process.wait(), 60)
