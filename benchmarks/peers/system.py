"""What every system under test can be asked: start, work, lose its workers, lose its server, stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.peers.diary import Line, Reader
from benchmarks.peers.install import ROOT

READY_WITHIN_S = 90.0


class System(ABC):
    """A system in a home of its own, its processes ours to kill.

    The workers are all processes that take tasks or steer jobs; the servers are what keeps messages.
    """

    name: str
    settings: str
    """What was set other than by default, for the table."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.home.mkdir(parents=True)
        self.diary_path = home / "diary.txt"
        self._reader = Reader(self.diary_path)
        self._lines: list[Line] = []
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._clients: list[subprocess.Popen[bytes]] = []

    @abstractmethod
    def start_servers(self) -> None:
        """Start what keeps the messages, and return when it answers."""

    @abstractmethod
    def stop_servers(self) -> None:
        """Stop it."""

    @abstractmethod
    def workers(self) -> Mapping[str, list[str]]:
        """Return the command of each worker process by name."""

    def steering(self) -> frozenset[str]:
        """Return the names of those workers that steer jobs and take no tasks."""
        return frozenset()

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """Return the variables that its workers and clients need."""

    @abstractmethod
    def client(self) -> list[str]:
        """Return the command of its client."""

    @abstractmethod
    def ask_with_a_repeat(self, job: str, lengths: list[float]) -> None:
        """Ask for one job, and have one of its messages delivered twice by the system's own means."""

    def start(self) -> None:
        """Start everything and have one job done."""
        self.start_servers()
        self.start_workers()
        self.ask("flood", "warm", 1, [0.0])
        self.clients_done()
        if not self.wait_until(lambda lines: any(line.kind == "joined" for line in lines), READY_WITHIN_S):
            raise RuntimeError(f"{self.name} did not do its first job; read {self.home}/*.log")

    def start_workers(self) -> None:
        """Start every worker that does not run."""
        for name, command in self.workers().items():
            if name not in self._processes:
                self.spawn(name, command)

    def kill_workers(self, *, only_tasks: bool = False) -> None:
        """SIGKILL the whole worker tree, at once; with `only_tasks` those that take tasks."""
        spared = self.steering() if only_tasks else frozenset()
        self.end([name for name in self.workers() if name in self._processes and name not in spared])

    def kill_server(self) -> None:
        """SIGKILL what keeps the messages, and start it again at once."""
        raise NotImplementedError(self.name)

    def ask(self, mode: str, name: str, jobs: int, lengths: list[float]) -> None:
        """Start a client that asks for jobs (see `diary.drive`)."""
        self.start_client(mode, name, str(jobs), *map(str, lengths))

    def start_client(self, *arguments: str) -> None:
        """Start a client with these arguments."""
        log = self._log("client")
        self._clients.append(
            subprocess.Popen(
                [*self.client(), *arguments], env=self._environment(), cwd=ROOT, stdout=log, stderr=log
            )
        )

    def clients_done(self) -> None:
        """Wait until every client has done what it was started for."""
        while self._clients:
            client = self._clients.pop()
            if client.wait() != 0:
                raise RuntimeError(f"a client of {self.name} failed; read {self.home}/client.log")

    def diary(self) -> list[Line]:
        """Return what happened so far."""
        self._lines += self._reader.new()
        return self._lines

    def wait_until(
        self, done: Callable[[list[Line]], bool], within_s: float, *, look_every_s: float = 0.02
    ) -> bool:
        """Look into the diary until `done` holds of it; say whether it did in time."""
        deadline = time.monotonic() + within_s
        while not done(self.diary()):
            if time.monotonic() > deadline:
                return False
            time.sleep(look_every_s)
        return True

    def stop(self) -> None:
        """End everything that was started."""
        for client in self._clients:
            client.kill()
            client.wait()
        self.end(list(self._processes))
        self.stop_servers()

    def spawn(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        """Start a process in a group of its own, its output in the home."""
        self._processes[name] = subprocess.Popen(
            command,
            env={**self._environment(), **(env or {})},
            cwd=ROOT,
            stdout=self._log(name),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def end(self, names: list[str]) -> None:
        """SIGKILL these processes and all their children."""
        ending = [self._processes.pop(name) for name in names if name in self._processes]
        for process in ending:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        for process in ending:
            process.wait()

    def cpu_s(self) -> dict[str, float]:
        """Return what every process has used so far, its children included, in seconds."""
        return {name: group_cpu_s(pid) for name, pid in self.groups().items()}

    def groups(self) -> dict[str, int]:
        """Return the process group of everything that runs."""
        return {name: process.pid for name, process in self._processes.items()}

    def _environment(self) -> dict[str, str]:
        own = {"BENCH_DIARY": str(self.diary_path), "PYTHONPATH": str(ROOT)}
        return {**os.environ, **own, **self.environment()}

    def _log(self, name: str) -> int:
        return os.open(self.home / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def await_port(port: int, within_s: float = 60.0) -> None:
    """Return when something listens on a port of this machine."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def group_cpu_s(group: int) -> float:
    """Return what the living processes of a group have used (proc(5): pgrp is field 5, utime and stime 14 and 15)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
