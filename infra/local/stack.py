"""What the local stack is: a real broker, or several, and a real object store for one home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.local import broker, object_store
from infra.local.bucket import ensure_bucket
from infra.local.child import recorded
from infra.local.guarded import Guarded
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
    brokers: tuple[ServerStatus, ...]
    store: ServerStatus

    @property
    def broker(self) -> ServerStatus:
        """The broker, or the first of several."""
        return self.brokers[0]

    @property
    def servers(self) -> tuple[ServerStatus, ...]:
        """Every server of the stack."""
        return (*self.brokers, self.store)

    @property
    def running(self) -> bool:
        """Whether bus and store can both be used: one broker of several may be away."""
        usable = [server.state in ("running", "external") for server in self.brokers]
        enough = len(usable) // 2 + 1
        return sum(usable) >= enough and self.store.state in ("running", "external")


class LocalStack:
    """The broker and the store of one home folder.

    A server that `REELBUS_BOOTSTRAP_SERVERS` or `REELBUS_S3_ENDPOINT` names is used instead of an own one.
    A home's first start decides how many brokers it has (`brokers`, else `REELBUS_LOCAL_BROKERS`). With `proxied`
    the first broker has a second door for clients that come through a proxy; with `guarded` the broker, which must
    be the only one, has doors where clients sign in, and gives rights only by ACLs.
    """

    def __init__(
        self,
        home: Path,
        *,
        brokers: int | None = None,
        proxied: broker.ProxiedListener | None = None,
        guarded: Guarded | None = None,
    ) -> None:
        self.home = Home(home.expanduser().resolve())
        self._wanted = brokers
        self._started: list[Server] = []
        self._proxied = proxied
        self._guarded = guarded

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
            self.home.memory(self._wanted or Settings().local_brokers)
            self._started = self._own_servers()
            _together(bring_up, self._started)
            found = self.endpoints()
            self._ensure_bucket(found)
        return found

    def _ensure_bucket(self, found: Endpoints) -> None:
        settings = Settings()
        if _external_store() and settings.s3_credentials != "static":
            return  # keys that are lent are for a bucket that its owner has made
        token = settings.s3_session_token
        ensure_bucket(
            found.s3_endpoint,
            found.s3_access_key,
            found.s3_secret_key,
            settings.s3_region,
            found.bucket,
            session_token=token.get_secret_value() if token else None,
            ca_file=settings.s3_ca_file,
        )

    def stop(self) -> None:
        """End all servers; data, ports and logs stay. Doing it twice is harmless."""
        if self.home.recall() is None:
            return
        with locked(self.home.lock_file):
            _together(bring_down, [*self._brokers(), self._store()])

    def status(self) -> StackStatus:
        """Say how the servers are, without starting anything."""
        known = self.home.recall() is not None
        brokers = [_state(server, known=known, external=_external_broker()) for server in self._brokers()]
        store = _state(self._store(), known=known, external=_external_store())
        usable = known or (_external_broker() and _external_store())
        shown = brokers[:1] if _external_broker() else brokers
        return StackStatus(self.endpoints() if usable else None, tuple(shown), store)

    def endpoints(self) -> Endpoints:
        """Return where the servers are, or will be after `start`."""
        settings = Settings()
        memory = self._memory()
        return Endpoints(
            bootstrap=settings.bootstrap_servers
            if _external_broker()
            else ",".join(f"127.0.0.1:{port}" for port, _ in memory.nodes),
            s3_endpoint=settings.s3_endpoint
            if _external_store()
            else f"http://127.0.0.1:{memory.store_port}",
            s3_access_key=settings.s3_access_key,
            s3_secret_key=settings.s3_secret_key.get_secret_value(),
            bucket=settings.bucket,
        )

    def dead(self) -> bool:
        """Say whether a server that was started here has died since."""
        own = self._started or self._own_servers()  # which they are is asked several times a second
        return any(server.pid_file.exists() and recorded(server.pid_file) is None for server in own)

    def _own_servers(self) -> list[Server]:
        own = [] if _external_broker() else self._brokers()
        return own if _external_store() else [*own, self._store()]

    def _memory(self) -> Memory:
        return self.home.recall() or Memory("", 0, 0, 0)

    def _brokers(self) -> list[Server]:
        return [self._broker(number) for number in range(1, len(self._memory().nodes) + 1)]

    def _broker(self, number: int) -> Server:
        name = "broker" if number == 1 else f"broker{number}"
        log, pid_file = self.home.log_file(name), self.home.pid_file(name)
        return Server(
            role="broker",
            index=number,
            log=log,
            pid_file=pid_file,
            launch=lambda: broker.start_broker(self._broker_place(name, number), log=log, pid_file=pid_file),
            ready=lambda: broker.is_ready(self._memory().nodes[number - 1][0], self._memory().cluster_id),
            ended=lambda: broker.keep_archive(self._memory().cluster_id, number),
        )

    def _broker_place(self, name: str, number: int) -> broker.BrokerPlace:
        memory = self.home.broker_ports_free()
        broker_port, controller_port = memory.nodes[number - 1]
        return broker.BrokerPlace(
            folder=self.home.folder(name),
            broker_port=broker_port,
            controller_port=controller_port,
            cluster_id=memory.cluster_id,
            node_id=number,
            controllers=tuple(port for _, port in memory.nodes),
            proxied=self._proxied if number == 1 else None,
            guarded=self._guarded,
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


def _together(do: Callable[[Server], None], servers: Sequence[Server]) -> None:
    """Do it with all servers at once, and raise what went wrong with one."""
    if not servers:
        return
    with ThreadPoolExecutor(len(servers)) as pool:
        for outcome in [pool.submit(do, server) for server in servers]:
            outcome.result()


def _state(server: Server, *, known: bool, external: bool) -> ServerStatus:
    if external:
        return ServerStatus(server.role, "external")
    return status_of(server) if known else ServerStatus(server.role, "stopped", index=server.index)


def _external_broker() -> bool:
    return Settings().names("bootstrap_servers")


def _external_store() -> bool:
    return Settings().names("s3_endpoint")
