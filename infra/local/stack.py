"""What the local stack is: a real broker and a real object store for one home, started, repaired and stopped."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.local import broker, object_store
from infra.local.bucket import ensure_bucket
from infra.local.home import Home, Memory
from infra.local.jars import locked
from infra.local.server import Server, ServerStatus, bring_down, bring_up, status_of
from runtime.settings import Settings


@dataclass(frozen=True)
class Endpoints:
    """Where the servers are and how to sign in."""

    bootstrap: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    bucket: str


@dataclass(frozen=True)
class StackStatus:
    """How the stack is; `endpoints` is None before its first start."""

    endpoints: Endpoints | None
    broker: ServerStatus
    store: ServerStatus

    @property
    def running(self) -> bool:
        """Whether broker and store can both be used."""
        return all(server.state in ("running", "external") for server in (self.broker, self.store))


class LocalStack:
    """The broker and the store of one home folder.

    A server that `REELBUS_BOOTSTRAP_SERVERS` or `REELBUS_S3_ENDPOINT` names is used instead of an own one.
    """

    def __init__(self, home: Path) -> None:
        self.home = Home(home.expanduser().resolve())

    def start(self) -> Endpoints:
        """Start what does not run, both at once, and return when broker, store and bucket can be used.

        Doing it twice is harmless, and a half-dead stack is repaired.

        Raises:
            ToolMissing: Java or Maven is missing.
            JarsMissing: the servers could not be fetched.
            ServerFailed: a server ended, did not become ready in time, or refused the bucket.
        """
        self.home.create()
        with locked(self.home.lock_file):
            self.home.memory()
            with ThreadPoolExecutor(2) as both:
                for outcome in [both.submit(bring_up, server) for server in self._own_servers()]:
                    outcome.result()
            found = self.endpoints()
            region = Settings().s3_region
            ensure_bucket(found.s3_endpoint, found.s3_access_key, found.s3_secret_key, region, found.bucket)
        return found

    def stop(self) -> None:
        """End both servers; data, ports and logs stay. Doing it twice is harmless."""
        if self.home.recall() is None:
            return
        with locked(self.home.lock_file), ThreadPoolExecutor(2) as both:
            for outcome in [both.submit(bring_down, server) for server in (self._broker(), self._store())]:
                outcome.result()

    def status(self) -> StackStatus:
        """Say how both servers are, without starting anything."""
        known = self.home.recall() is not None
        states = [
            ServerStatus(server.role, "external")
            if external
            else (status_of(server) if known else ServerStatus(server.role, "stopped"))
            for server, external in ((self._broker(), _external_broker()), (self._store(), _external_store()))
        ]
        usable = known or (_external_broker() and _external_store())
        return StackStatus(self.endpoints() if usable else None, broker=states[0], store=states[1])

    def endpoints(self) -> Endpoints:
        """Return where the servers are, or will be after `start`."""
        settings = Settings()
        memory = self._memory()
        return Endpoints(
            bootstrap=settings.bootstrap_servers if _external_broker() else f"127.0.0.1:{memory.broker_port}",
            s3_endpoint=settings.s3_endpoint
            if _external_store()
            else f"http://127.0.0.1:{memory.store_port}",
            s3_access_key=settings.s3_access_key,
            s3_secret_key=settings.s3_secret_key.get_secret_value(),
            bucket=settings.bucket,
        )

    def _own_servers(self) -> list[Server]:
        own = [] if _external_broker() else [self._broker()]
        return own if _external_store() else [*own, self._store()]

    def _memory(self) -> Memory:
        return self.home.recall() or Memory("", 0, 0, 0)

    def _broker(self) -> Server:
        log, pid_file = self.home.log_file("broker"), self.home.pid_file("broker")
        return Server(
            role="broker",
            log=log,
            pid_file=pid_file,
            launch=lambda: broker.start_broker(self._broker_place(), log=log, pid_file=pid_file),
            ready=lambda: broker.is_ready(self._memory().broker_port, self._memory().cluster_id),
            ended=lambda: broker.keep_archive(self._memory().cluster_id),
        )

    def _broker_place(self) -> broker.BrokerPlace:
        memory = self.home.broker_ports_free()
        return broker.BrokerPlace(
            folder=self.home.folder("broker"),
            broker_port=memory.broker_port,
            controller_port=memory.controller_port,
            cluster_id=memory.cluster_id,
        )

    def _store(self) -> Server:
        log, pid_file = self.home.log_file("store"), self.home.pid_file("store")
        folder = self.home.folder("store")
        return Server(
            role="store",
            log=log,
            pid_file=pid_file,
            launch=lambda: object_store.start_store(self._store_place(), log=log, pid_file=pid_file),
            ready=lambda: object_store.is_ready(folder, self._memory().store_port),
            ended=lambda: object_store.keep_archive(self._memory().cluster_id),
        )

    def _store_place(self) -> object_store.StorePlace:
        settings = Settings()
        folder = self.home.folder("store")
        memory = self.home.store_port_free()
        return object_store.StorePlace(
            folder=folder,
            owner=memory.cluster_id,
            port=memory.store_port,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            kind=object_store.choose_kind(folder),
        )


def _external_broker() -> bool:
    return bool(os.environ.get("REELBUS_BOOTSTRAP_SERVERS"))


def _external_store() -> bool:
    return bool(os.environ.get("REELBUS_S3_ENDPOINT"))
