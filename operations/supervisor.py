"""How `reelbus up` keeps a whole system alive on one machine: starts it, restarts what dies, stops it all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.policy_file import policy_file
from catalog.pools import DEFAULT_POOLS, Pools
from infra.local.child import Child
from infra.local.connection import FLEET, POLICY, environment, keep, settings_here
from infra.local.logs import keep_small
from infra.local.ports import pick
from infra.local.stack import LocalStack
from operations.liveness import Liveness
from operations.notices import heard, notifications
from operations.processes import alone_in, forget, record_self, stop_grace_s, write_processes
from operations.starting import imports_meanwhile, start
from operations.stopping import stop_recorded, stop_together
from runtime.errors import ReelbusError
from runtime.retry import PROCESS
from runtime.settings import Settings
from schemas.topics import topics

LOOK_EVERY_S = 0.5
STEADY_AFTER_S = 30.0
READY_WITHIN_S, READY_EACH_S = 60.0, 4.0
"""Starting takes at most the larger: so long for all, or so long for each process."""


class NotReady(ReelbusError):
    """The system did not become ready in time."""


@dataclass(slots=True)
class _Process:
    role: str
    index: int
    child: Child | None = None
    state: str = "starting"
    started_at: float = 0.0
    failures: int = 0
    start_again_at: float = 0.0
    port: int = 0

    @property
    def name(self) -> str:
        return f"{self.role}-{self.index}"


@dataclass(slots=True)
class Supervisor:
    """All processes of one home; `run` returns when it was asked to stop and everything has stopped."""

    home: Path
    counts: Mapping[str, int]
    say: Callable[[str], object]
    fleet: Path | None = None
    pools: Pools = DEFAULT_POOLS
    _stopping: bool = False
    _processes: list[_Process] = field(default_factory=list)
    _written: str = ""
    _liveness: Liveness = field(default_factory=lambda: Liveness(Settings().watchdog_s))

    def run(self) -> None:
        """Start everything, say `ready`, keep it alive until SIGTERM or SIGINT.

        Raises:
            AlreadyUp: another supervisor has this home.
            ReelbusError: the stack did not start, or something was not ready in time.
        """
        with alone_in(self.home):
            self._run()

    def _run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        stack = LocalStack(self.home)
        with notifications() as (address, notify):
            try:
                left_grace_s = stop_grace_s(self.home)
                record_self(self.home)
                # A supervisor that was killed leaves its processes: nobody would start them again.
                stop_recorded(self.home, left_grace_s)
                keep(self.home, POLICY, policy_file(Settings().model_copy(update={"fleet": self.fleet})))
                keep(self.home, FLEET, self.fleet)
                with imports_meanwhile([role for role, count in self.counts.items() if count], self.pools):
                    stack.start()
                settings = settings_here()
                asyncio.run(_apply_topics(settings, self.pools))
                self._processes = [
                    _Process(role, index)
                    for role, count in self.counts.items()
                    for index in range(1, count + 1)
                ]
                # Fewer heaps for the many threads of FFmpeg and OpenCV: less memory kept by idle workers.
                env = environment(settings) | {"NOTIFY_SOCKET": address, "MALLOC_ARENA_MAX": "2"}
                # Probes of a desk come from the desk.
                env = {"REELBUS_HEALTH_HOST": "127.0.0.1", **env}
                env |= {"WATCHDOG_USEC": str(int(settings.watchdog_s * 1_000_000)), "WATCHDOG_PID": ""}
                self._become_ready(env, notify)
                while not self._stopping:
                    self._keep_alive(env, notify)
                    self._keep_stack(stack)
                    keep_small(self.home / "logs", settings.log_bytes)
            finally:
                self._stop_all()
                stack.stop()
                forget(self.home)

    def _become_ready(self, env: Mapping[str, str], notify: socket.socket) -> None:
        within_s = max(READY_WITHIN_S, READY_EACH_S * len(self._processes))
        deadline = time.monotonic() + within_s
        while not self._stopping:
            self._keep_alive(env, notify)
            late = [p.name for p in self._processes if p.state != "running"]
            if not late:
                self.say(f"ready {len(self._processes)} processes, home {self.home}")
                return
            if time.monotonic() > deadline:
                raise NotReady(f"not ready in {within_s:.0f} s: {', '.join(late)}; read {self.home}/logs")

    def _keep_alive(self, env: Mapping[str, str], notify: socket.socket) -> None:
        now = time.monotonic()
        self._end_the_silent(now)
        for process in self._processes:
            if process.child is not None and not process.child.alive():
                steady = now - process.started_at > STEADY_AFTER_S
                process.failures = 1 if steady else process.failures + 1
                pause_s = PROCESS.pause_s(process.failures, random.random())
                process.child, process.state, process.start_again_at = None, "restarting", now + pause_s
            if process.child is None and now >= process.start_again_at and not self._stopping:
                process.child = start(
                    process.role,
                    name=process.name,
                    log=self.home / "logs" / f"{process.name}.log",
                    pid_file=self.home / "run" / f"{process.name}.pid",
                    env={**env, **self._port(process)},
                    pools=self.pools,
                )
                process.started_at = now
        self._write()
        waiting = any(p.state != "running" for p in self._processes)
        self._listen(notify, 0.05 if waiting else LOOK_EVERY_S)

    def _end_the_silent(self, now: float) -> None:
        """Kill what lives and does nothing: it hears no SIGTERM. It is started again like all that died."""
        children = {process.child.pid: process for process in self._processes if process.child is not None}
        for pid in self._liveness.silent(children, now):
            self.say(f"{children[pid].name} lives and does nothing: killed, and started again")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _port(self, process: _Process) -> dict[str, str]:
        """Each process tells its health on a port: counted up from REELBUS_PORT, else a free one that it keeps."""
        first = Settings().port
        if first:
            process.port = first + self._processes.index(process)
        else:
            others = {other.port for other in self._processes if other is not process}
            process.port = pick(process.port or None, taken=others)
        return {"REELBUS_PORT": str(process.port)}

    def _keep_stack(self, stack: LocalStack) -> None:
        """A broker or store that died is started again; the processes wait for it by themselves."""
        if not self._stopping and stack.dead():
            with contextlib.suppress(ReelbusError):  # tried again at the next look
                stack.start()

    def _listen(self, notify: socket.socket, wait_s: float) -> None:
        """Take the processes' words (sd_notify) that they are ready, and that they work."""
        for words in heard(notify, wait_s):
            for process in self._processes:
                if process.child is not None and words.get("MAINPID") == str(process.child.pid):
                    self._liveness.heard(process.child.pid)
                    if "READY" in words:
                        process.state = "running"
        self._write()

    def _stop_all(self) -> None:
        self._stopping = True
        stop_together([p.child for p in self._processes if p.child is not None], stop_grace_s(self.home))
        for process in self._processes:
            (self.home / "run" / f"{process.name}.pid").unlink(missing_ok=True)

    def _write(self) -> None:
        """Leave word of every process for `reelbus status`."""
        text = json.dumps(
            [
                {
                    "role": p.role,
                    "index": p.index,
                    "pid": p.child.pid if p.child else None,
                    "state": p.state,
                    "port": p.port or None,
                }
                for p in self._processes
            ]
        )
        if text != self._written:
            self._written = text
            write_processes(self.home, text)

    def _on_signal(self, *_: object) -> None:
        self._stopping = True


async def _apply_topics(settings: Settings, pools: Pools) -> None:
    from bus.admin import apply  # brings the Kafka client: it is imported while the broker starts

    specs = topics(
        settings.topic_prefix,
        settings.topic_partitions,
        settings.topic_replication_factor,
        pools=pools.names,
    )
    await apply(settings.kafka, specs)
