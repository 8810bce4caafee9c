"""How others on this machine come to know which hosts a worker has: a file for each, as long as it lives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from engines.host.hosts import Living
from engines.host.memory import rss_bytes
from runtime.alive import process_start
from runtime.hosts import Host, forget, forget_dead, write

LOOK_S = 2.0
_MEMORY_STEP_BYTES = 10_000_000


class HostFiles:
    """The files of one worker's hosts below a home."""

    def __init__(self, home: Path, worker_id: str) -> None:
        self._home, self._worker_id = home, worker_id
        self._told: dict[int, Host] = {}

    async def keep(self, living: Callable[[], Iterable[Living]]) -> None:
        """Write what changes until cancelled, then take it away; where the home cannot be written, nobody is told."""
        try:
            await asyncio.to_thread(forget_dead, self._home)
            while True:
                with suppress(OSError):
                    await asyncio.to_thread(self.tell, tuple(living()))
                await asyncio.sleep(LOOK_S)
        finally:
            self.tell(())

    def tell(self, living: Iterable[Living]) -> None:
        """Write down these hosts, and forget those that are no more; blocking, some files of a few hundred bytes.

        Raises:
            OSError: the home cannot be written.
        """
        now = {each.pid: host for each in living if (host := self._host(each)) is not None}
        for pid in self._told.keys() - now.keys():
            forget(self._home, pid)
        changed = [host for pid, host in now.items() if host != self._told.get(pid)]
        self._told = {pid: host for pid, host in self._told.items() if pid in now}
        for host in changed:
            write(self._home, host)
            self._told[host.pid] = host

    def _host(self, each: Living) -> Host | None:
        started = process_start(each.pid)
        if started is None:
            return None
        told = self._told.get(each.pid)
        return Host(
            pid=each.pid,
            started=started,
            worker_id=self._worker_id,
            engines=(each.engine,),
            environment=each.environment,
            # Coarse, so that a file is written when something has changed.
            memory_bytes=rss_bytes(each.pid) // _MEMORY_STEP_BYTES * _MEMORY_STEP_BYTES,
            since=told.since if told is not None else time.time(),
            state="working" if each.busy else "idle",
        )
