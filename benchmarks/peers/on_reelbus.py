"""Ours: a real broker, a real store, intake, coordinator and text workers with the engine of the benchmark."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.system import System
from bus.admin import apply
from infra.local.child import recorded
from infra.local.stack import LocalStack
from operations.roles import MODULES
from schemas.topics import topics


class Reelbus(System):
    """A whole system: every task claims its order, writes its result to the store and remembers it."""

    name = "reelbus"
    settings = "2 workers with 2 slots, defaults"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._stack = LocalStack(home / "stack")

    def start_servers(self) -> None:
        found = self._stack.start()
        asyncio.run(apply(found.bootstrap, topics()))
        self.spawn("listener", [*self.client(), "listen"])

    def stop_servers(self) -> None:
        self._stack.stop()

    def kill_server(self) -> None:
        broker = recorded(self._stack.home.pid_file("broker"))
        if broker is None:
            raise RuntimeError("the broker does not run")
        os.kill(broker.pid, signal.SIGKILL)
        self._stack.start()

    def workers(self) -> Mapping[str, list[str]]:
        return self._steering() | {
            f"text-{number}": _module("benchmarks.peers.reelbus_worker") for number in (1, 2)
        }

    def steering(self) -> frozenset[str]:
        return frozenset({"intake", "coordinator"})

    def groups(self) -> dict[str, int]:
        found = super().groups()
        found.pop("listener", None)  # a client, and no peer's client is counted
        servers = {role: recorded(self._stack.home.pid_file(role)) for role in ("broker", "store")}
        return found | {role: child.pid for role, child in servers.items() if child is not None}

    def environment(self) -> Mapping[str, str]:
        found = self._stack.endpoints()
        return {
            "REELBUS_HOME": str(self.home / "stack"),
            "REELBUS_BOOTSTRAP_SERVERS": found.bootstrap,
            "REELBUS_S3_ENDPOINT": found.s3_endpoint,
            "REELBUS_WORKER_SLOTS": "2",
        }

    def client(self) -> list[str]:
        return _module("benchmarks.peers.reelbus_client")

    def ask_with_a_repeat(self, job: str, lengths: list[float]) -> None:
        """The order waits on its topic while no worker takes tasks; a copy is published to another partition."""
        self.kill_workers(only_tasks=True)
        self.ask("flood", job, 1, lengths)
        self.start_client("repeat", f"{job}-0")
        self.clients_done()
        self.start_workers()

    def _steering(self) -> dict[str, list[str]]:
        return {role: _module(MODULES[role]) for role in sorted(self.steering())}


class ReelbusCoordinator(Reelbus):
    """Ours without its workers and its store: intake, broker and coordinator, and something that answers orders."""

    name = "reelbus coordinator"
    settings = "workers replaced by ready answers"

    def workers(self) -> Mapping[str, list[str]]:
        return self._steering() | {"answers": _module("benchmarks.peers.reelbus_answers")}


def _module(name: str) -> list[str]:
    return [sys.executable, "-P", "-m", name]
