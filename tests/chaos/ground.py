"""The ground of a chaos run: a real system of which every process, connection, disk and clock can have faults injected.

Broker and store are started here; the system of `reelbus up` reaches them through two proxies and believes that
they are somebody else's, so how long they stay away is decided here as well. Load and judge use the direct ways.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.broker import ProxiedListener
from infra.local.child import Child, recorded
from infra.local.interpreter import module_command, module_path
from infra.local.ports import pick
from infra.local.stack import Endpoints, LocalStack
from operations.processes import processes_of
from operations.roles import MODULES
from runtime.alive import process_start
from tests.chaos.clocks import Clock, can_move
from tests.chaos.disks import Disk, can_mount
from tests.chaos.proxy import Proxy

WORKERS = "coordinator=2,text=2,video=2"
DISKS_MIB = {"broker": 768, "store": 640, "scratch": 128}


@dataclass(frozen=True)
class Member:
    """One process of the system, as the supervisor knows it."""

    role: str
    index: int
    pid: int
    running: bool

    @property
    def name(self) -> str:
        """Its role and number."""
        return f"{self.role}-{self.index}"


@dataclass
class Ground:
    """A system that faults are injected into; `disks` and `clock` are there where this machine allows it."""

    root: Path
    workers: str = WORKERS
    brokers: int = 1
    disks: dict[str, Disk] = field(default_factory=dict)
    clock: Clock | None = None
    extras: set[asyncio.subprocess.Process] = field(default_factory=set)
    _environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        door = ProxiedListener(pick(), pick())
        self.stack = LocalStack(self.root / "stack", brokers=self.brokers, proxied=door)
        self.broker_door = Proxy(door.port, port=door.advertised_port)
        self.store_door = Proxy(0)

    @classmethod
    def prepare(cls, *, brokers: int = 1, clock: bool = False) -> Ground:
        """Make the folders of a new ground; one with several brokers has no proxy before them, and no full disks."""
        root = Path(tempfile.mkdtemp(prefix="reelbus-chaos-"))
        ground = cls(root, brokers=brokers)
        if can_mount() and brokers == 1:
            folders = {
                "broker": root / "stack" / "broker",
                "store": root / "stack" / "store",
                "scratch": root / "system" / "scratch",
            }
            ground.disks = {name: Disk(folder, DISKS_MIB[name]) for name, folder in folders.items()}
        if clock and can_move():
            ground.clock = Clock(root)
        return ground

    async def start(self) -> None:
        """Start broker, store, proxies and all processes."""
        for disk in self.disks.values():
            await asyncio.to_thread(disk.mount)
        found = await asyncio.to_thread(self.stack.start)
        self.store_door.target_port = int(found.s3_endpoint.rpartition(":")[2])
        for proxy in (self.broker_door, self.store_door):
            await proxy.start()
        self._environment = {
            **os.environ,
            **module_path(),
            **(self.clock.make() if self.clock else {}),
            "REELBUS_HOME": str(self.root / "system"),
            "REELBUS_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.broker_door.port}"
            if self.brokers == 1
            else found.bootstrap,
            "REELBUS_TOPIC_REPLICATION_FACTOR": str(min(self.brokers, 3)),
            "REELBUS_S3_ENDPOINT": f"http://127.0.0.1:{self.store_door.port}",
        }
        await self._reelbus(self._environment, "up", "--detach", "--workers", self.workers)

    async def stop(self) -> None:
        """End everything that was started and leave nothing behind."""
        for extra in self.extras:
            with suppress(ProcessLookupError):
                extra.kill()
        with suppress(subprocess.CalledProcessError):
            await self._reelbus(self._environment, "down")
        for proxy in (self.broker_door, self.store_door):
            await proxy.stop()
        await asyncio.to_thread(self.stack.stop)
        for disk in self.disks.values():
            await asyncio.to_thread(disk.unmount)
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def endpoints(self) -> Endpoints:
        """Broker and store, not through the proxies."""
        return self.stack.endpoints()

    @property
    def bootstrap(self) -> str:
        """The broker, not through the proxy."""
        return self.endpoints.bootstrap

    @property
    def logs(self) -> Path:
        """Where the processes of the system write."""
        return self.root / "system" / "logs"

    def members(self, role: str = "") -> list[Member]:
        """Return the supervised processes that are there now, of one role or all."""
        return [
            Member(str(found["role"]), int(str(found["index"])), found["pid"], found["state"] == "running")
            for found in processes_of(self.root / "system")
            if isinstance(found["pid"], int) and role in {"", found["role"]}
        ]

    def server(self, name: str) -> Child | None:
        """Return the process of the broker or the store."""
        return recorded(self.stack.home.pid_file(name))

    async def servers_back(self) -> None:
        """Start again what is away of broker and store, and wait until both answer."""
        await asyncio.to_thread(self.stack.start)

    async def join(self, role: str) -> asyncio.subprocess.Process:
        """Start one more process of a role, which nobody supervises."""
        command = module_command(MODULES[role])
        log = self.logs / f"{role}-extra.log"
        with log.open("ab") as output:
            extra = await asyncio.create_subprocess_exec(
                *command, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self.extras.add(extra)
        return extra

    async def reelbus(self, *arguments: str) -> str:
        """Run a command over the direct ways and return what it gave.

        Raises:
            CalledProcessError: it did not end with 0.
        """
        found = self.endpoints
        direct = {"REELBUS_BOOTSTRAP_SERVERS": found.bootstrap, "REELBUS_S3_ENDPOINT": found.s3_endpoint}
        home = {"REELBUS_HOME": str(self.root / "system")}
        return await self._reelbus({**os.environ, **module_path(), **home, **direct}, *arguments)

    async def _reelbus(self, environment: dict[str, str], *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *module_command("producers.cli", *arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        gave, said = await asyncio.wait_for(process.communicate(), 300)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments, gave.decode(), said.decode())
        return gave.decode()


def send_signal(pid: int, number: signal.Signals) -> bool:
    """Send a signal; returns whether there was somebody to take it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int, within_s: float) -> bool:
    """Wait until a process is gone; returns whether it is."""
    async with asyncio.timeout(within_s) as limit:
        with suppress(TimeoutError):
            while process_start(pid) is not None:
                await asyncio.sleep(0.02)
    return not limit.expired()
