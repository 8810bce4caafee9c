"""Whoever looks at a home sees the hosts of its workers while they live."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from engines.host.hosts import Hosts, Living
from runtime.hosts import folder, running
from tests.engines.host.hosting import VILLAIN, task
from worker.host_files import HostFiles


async def test_a_host_is_told_from_its_start_to_its_end(tmp_path: Path) -> None:
    hosts = Hosts([VILLAIN])
    files = HostFiles(tmp_path, "image-1")
    try:
        await hosts.run(VILLAIN, task(tmp_path))
        files.tell(hosts.living)
        (told,) = running(tmp_path)
        (living,) = hosts.living
        assert (told.pid, told.engines, told.worker_id) == (living.pid, ("villain",), "image-1")
        assert (told.state, told.environment) == ("idle", "")
        assert told.memory_bytes > 0
        assert told.since > 0
    finally:
        await hosts.close()
    files.tell(hosts.living)
    assert running(tmp_path) == ()
    assert list(folder(tmp_path).iterdir()) == []


async def test_they_are_kept_until_the_worker_ends(tmp_path: Path) -> None:
    keeping = asyncio.create_task(
        HostFiles(tmp_path, "image-1").keep(lambda: [Living("draft-scene", os.getpid(), "example", True)])
    )
    async with asyncio.timeout(10):
        while not running(tmp_path):  # noqa: ASYNC110  # a thread writes it
            await asyncio.sleep(0.01)
    assert running(tmp_path)[0].state == "working"
    keeping.cancel()
    await asyncio.wait([keeping])
    assert running(tmp_path) == ()


async def test_a_home_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    living = [Living("draft-scene", os.getpid(), "", False)]
    keeping = asyncio.create_task(HostFiles(tmp_path / "file", "image-1").keep(lambda: living))
    await asyncio.wait([keeping], timeout=0.2)
    assert not keeping.done()
    keeping.cancel()
    await asyncio.wait([keeping])
    assert keeping.cancelled()
