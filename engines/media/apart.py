"""How a foreign file is measured without danger for whoever asks: in another process, which may die of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engines.media.probe import Probe
from runtime.errors import AssetInvalid, EngineFailed

_MIB = 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_START_WITHIN_S = 30.0
_LATE_S = 2.0
"""The child ends itself when its time is over; one that does not is killed so much later."""
_LINE_BYTES = 64 * 1024
_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Confines:
    """What one file may cost before it counts as unreadable: memory of the process, computing, waiting.

    A file of which only the packets say how long it is, is read whole: a large one may take longer.
    """

    memory_bytes: int = 1024 * _MIB
    cpu_s: int = 10
    time_s: float = 20.0
    read_bytes_per_s: int = 25_000_000


class Prober:
    """Measures foreign files, `processes` at the same time at most, each in a process of its own.

    A child is started when it is first needed (0.3 s), forks for each file (20 ms), and ends when its owner does. What
    it forks has no environment and, where the system allows it, no network and no file but the one that it measures.
    """

    def __init__(self, confines: Confines = Confines(), processes: int = 2) -> None:
        self._confines = confines
        self._free = asyncio.Semaphore(processes)
        self._idle: list[_Child] = []

    async def probe(self, path: Path) -> Probe:
        """Return what a file holds, as `engines.media.probe.probe` does.

        Raises:
            AssetInvalid: the file cannot be read, or whoever reads it crashes, hangs or needs too much.
            EngineFailed: no process could be started; the file has no part in that.
        """
        async with self._free:
            place = os.path.abspath(path)  # noqa: ASYNC240  # it asks for the current folder, not for the file
            answer = await self._ask(place) or await self._ask(place, fresh=True)
        if answer is None:
            raise AssetInvalid("The file cannot be read: whoever tries crashes, or takes too long.")
        if "invalid" in answer:
            raise AssetInvalid(str(answer["invalid"])[:_REASON_CHARACTERS])
        try:
            return msgspec.convert(answer.get("probe"), Probe)
        except msgspec.ValidationError:  # whoever reads foreign bytes may say anything
            raise AssetInvalid("The file cannot be read: whoever tries says what cannot be.") from None

    async def _ask(self, path: str, *, fresh: bool = False) -> dict[str, Any] | None:
        """Return what is said of a file; None when nobody lived to say it, which once may have other reasons."""
        child = self._idle.pop() if self._idle and not fresh else await _Child.start(self._confines)
        try:
            answer = await child.ask(path, _more_s(path, self._confines))
        except BaseException:
            await child.end()
            raise
        if answer is None:
            await child.end()
            return None
        self._idle.append(child)
        return None if "died" in answer else answer

    async def close(self) -> None:
        """End the processes that wait for work."""
        while self._idle:
            await self._idle.pop().end()


@dataclass
class _Child:
    process: Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    confines: Confines

    @classmethod
    async def start(cls, confines: Confines) -> _Child:
        """Start a process and return when it can measure.

        Raises:
            EngineFailed: it could not be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "engines.media.apart_child",
                str(confines.memory_bytes),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_LINE_BYTES,
                # Nothing else: keys of stores and providers are no business of a foreign file.
                # One thread: it forks.
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": str(_ROOT),
                    "OPENBLAS_NUM_THREADS": "1",
                },
            )
        except OSError as error:
            raise EngineFailed("the process that measures files cannot be started") from error
        assert process.stdin is not None  # noqa: S101  # it was asked for
        assert process.stdout is not None  # noqa: S101
        child = cls(process, process.stdin, process.stdout, confines)
        try:
            async with asyncio.timeout(_START_WITHIN_S):
                ready = await child._line()
        except TimeoutError:
            ready = None
        except BaseException:
            await child.end()
            raise
        if ready is None:
            await child.end()
            raise EngineFailed("the process that measures files does not start")
        return child

    async def ask(self, path: str, more_s: int) -> dict[str, Any] | None:
        """Return the child's answer about one file, for which it has so many seconds more; None when it ended.

        Raises:
            AssetInvalid: it takes too long.
        """
        try:
            cpu_s, time_s = self.confines.cpu_s + more_s, self.confines.time_s + more_s
            async with asyncio.timeout(time_s + _LATE_S):
                self.stdin.write(json.dumps([path, cpu_s, time_s]).encode() + b"\n")
                await self.stdin.drain()
                return await self._line()
        except TimeoutError:
            raise AssetInvalid("The file takes too long to read.") from None
        except ConnectionError:
            return None

    async def end(self) -> None:
        """Kill the process, and return when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await asyncio.shield(self.process.wait())
        self.stdin.close()

    async def _line(self) -> dict[str, Any] | None:
        """Return the next answer; None when the process ended instead, or says what it never should."""
        try:
            answer = json.loads(await self.stdout.readline())
        except ValueError:  # nothing, half a line, or one that is too long
            return None
        return answer if isinstance(answer, dict) else None


def _more_s(path: str, confines: Confines) -> int:
    try:
        return os.path.getsize(path) // confines.read_bytes_per_s
    except OSError:  # whoever reads it says so
        return 0
