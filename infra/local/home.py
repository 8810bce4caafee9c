"""What a home folder of the local stack holds: ports, data, logs and pid files."""

from __future__ import annotations

import base64
import json
import os
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from infra.local.failures import ServerFailed
from infra.local.jars import locked
from infra.local.ports import pick

_OURS_ALONE = 0o700
_ALWAYS = ("cluster_id", "broker_port", "controller_port", "store_port")


@dataclass(frozen=True)
class Memory:
    """What a home remembers from start to start."""

    cluster_id: str
    broker_port: int
    controller_port: int
    store_port: int
    more_brokers: tuple[tuple[int, int], ...] = ()
    """Broker and controller port of the second broker and those after it."""

    @property
    def nodes(self) -> tuple[tuple[int, int], ...]:
        """Broker and controller port of every broker; node ids count from 1 in this order."""
        return ((self.broker_port, self.controller_port), *self.more_brokers)


@dataclass(frozen=True)
class Home:
    """The folder of one stack; two stacks with two homes run side by side."""

    root: Path

    @property
    def memory_file(self) -> Path:
        """Where ports and the cluster id are remembered."""
        return self.root / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Held while a stack is started or stopped."""
        return self.root / "stack.lock"

    def log_file(self, role: str) -> Path:
        """Where the output of a server goes."""
        return self.root / "logs" / f"{role}.log"

    def pid_file(self, role: str) -> Path:
        """Where the process of a server is recorded."""
        return self.root / "run" / f"{role}.pid"

    def folder(self, role: str) -> Path:
        """Where a server keeps its data and its configuration."""
        return self.root / role

    def create(self) -> None:
        """Make the folder.

        Raises:
            ServerFailed: it cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # Whoever may look into it finds requests, results and the keys of the store; older homes were open.
            self.root.chmod(_OURS_ALONE)
            for name in ("logs", "run"):
                (self.root / name).mkdir(mode=_OURS_ALONE, exist_ok=True)
                (self.root / name).chmod(_OURS_ALONE)
            self.lock_file.touch()
        except OSError as error:
            raise ServerFailed(
                f"the folder {self.root} cannot be written ({error.strerror}): "
                "set REELBUS_HOME to one that can."
            ) from error

    def recall(self) -> Memory | None:
        """Return what was remembered, or None before the first start."""
        try:
            entry = json.loads(self.memory_file.read_text("utf-8"))
            more = tuple(
                (int(broker), int(controller)) for broker, controller in entry.pop("more_brokers", ())
            )
            return Memory(**{name: entry[name] for name in _ALWAYS}, more_brokers=more)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def remember(self, memory: Memory) -> None:
        """Write `memory` so that a crash leaves the old or the new one."""
        fresh = self.memory_file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(memory), indent=2) + "\n", "utf-8")
        fresh.replace(self.memory_file)

    def memory(self, brokers: int = 1) -> Memory:
        """Return what is remembered, with a new cluster id and free ports for `brokers` before the first start."""
        with self._only_one():
            return self._memory(brokers)

    def _memory(self, brokers: int = 1) -> Memory:
        known = self.recall()
        if known is not None:
            return known
        ports: list[int] = []
        while len(ports) < 2 * brokers + 1:
            ports.append(pick(taken=ports))
        store, broker, controller, *more = ports
        # 22 characters; one that begins with "-" would be read as an option by Kafka's tools.
        cluster_id = "M" + base64.urlsafe_b64encode(os.urandom(16)).decode()[:21]
        made = Memory(cluster_id, broker, controller, store, tuple(zip(more[::2], more[1::2], strict=True)))
        self.remember(made)
        return made

    def broker_ports_free(self) -> Memory:
        """Return the memory with broker ports that are free now, the remembered ones where possible.

        Brokers that know each other by their ports keep them, whatever happens.
        """
        with self._only_one():
            known = self._memory()
            if known.more_brokers:
                return known
            broker = pick(known.broker_port, taken={known.store_port})
            controller = pick(known.controller_port, taken={broker, known.store_port})
            return self._changed(known, replace(known, broker_port=broker, controller_port=controller))

    def store_port_free(self) -> Memory:
        """Return the memory with a store port that is free now, the remembered one where possible."""
        with self._only_one():
            known = self._memory()
            port = pick(known.store_port, taken={port for node in known.nodes for port in node})
            return self._changed(known, replace(known, store_port=port))

    def _only_one(self) -> AbstractContextManager[None]:
        # Broker and store are started at once, and both may have to exchange a port.
        return locked(self.root / "run" / "memory.lock")

    def _changed(self, known: Memory, now: Memory) -> Memory:
        if now != known:
            self.remember(now)
        return now
