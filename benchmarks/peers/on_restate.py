"""Restate: its server, and one process of services behind it."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.install import Tools
from benchmarks.peers.system import System, await_port
from infra.local.ports import pick


class Restate(System):
    """Restate with each task as a durable call."""

    name = "Restate, calls"
    settings = "4 slots, defaults"
    handler = "calls"

    def __init__(self, home: Path, tools: Tools) -> None:
        super().__init__(home)
        self._tools = tools
        taken: list[int] = []
        for _ in range(4):
            taken.append(pick(taken=taken))
        self._ingress, self._admin, self._node, self._service = taken

    def start_servers(self) -> None:
        self._start_server()
        self.start_workers()
        await_port(self._service)
        self._register()

    def stop_servers(self) -> None:
        self.end(["restate"])

    def kill_server(self) -> None:
        self.end(["restate"])
        self._start_server()

    def workers(self) -> Mapping[str, list[str]]:
        bind = ["--bind", f"127.0.0.1:{self._service}"]
        return {
            "service": [
                str(self._tools.python),
                "-m",
                "hypercorn",
                *bind,
                "benchmarks.peers.restate_jobs:app",
            ]
        }

    def environment(self) -> Mapping[str, str]:
        return {"BENCH_INGRESS_PORT": str(self._ingress), "BENCH_HANDLER": self.handler}

    def client(self) -> list[str]:
        return [str(self._tools.python), "-m", "benchmarks.peers.restate_jobs"]

    def ask_with_a_repeat(self, job: str, lengths: list[float]) -> None:
        """Its messages are its own; what can be sent twice is the request, with the same idempotency key."""
        self.ask("flood", job, 1, lengths)
        self.ask("flood", job, 1, lengths)
        self.clients_done()

    def _start_server(self) -> None:
        where = {
            "RESTATE_BASE_DIR": str(self.home / "restate"),
            "RESTATE_LISTEN_MODE": "tcp",
            "RESTATE_BIND_IP": "127.0.0.1",
            "RESTATE_BIND_PORT": str(self._node),
            "RESTATE_ADVERTISED_HOST": "127.0.0.1",
            "RESTATE_NODE_NAME": "bench",
            "RESTATE_INGRESS__BIND_PORT": str(self._ingress),
            "RESTATE_ADMIN__BIND_PORT": str(self._admin),
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_LOG_FILTER": "warn",
            "DO_NOT_TRACK": "1",
        }
        self.spawn("restate", [str(self._tools.restate_server), "--no-logo"], where)
        await_port(self._admin)
        await_port(self._ingress)

    def _register(self) -> None:
        body = json.dumps({"uri": f"http://127.0.0.1:{self._service}"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._admin}/deployments", body, {"content-type": "application/json"}
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10):
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


class RestateSteps(Restate):
    """Restate with the five tasks as steps of one invocation: all in one process."""

    name = "Restate, steps"
    handler = "steps"
