"""How a local Kafka broker is prepared and started: one KRaft node on loopback, alone or one of several."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.child import Child, spawn
from infra.local.failures import ServerFailed
from infra.local.guarded import Guarded
from infra.local.jars import locked, resolve, server_folder
from infra.local.java import Java, find_java
from infra.local.jvm import ENCRYPTS, archive_flags, command, environment, escaped, filled, keep_drafts
from infra.local.probe import broker_cluster

FOLDER = Path(__file__).parent / "kafka"
POM = FOLDER / "pom.xml"
_HEAP_MB = 256


@dataclass(frozen=True)
class ProxiedListener:
    """A second door for clients: the broker listens on one port and names the other, where a proxy listens."""

    port: int
    advertised_port: int


@dataclass(frozen=True)
class BrokerPlace:
    """Where one broker of a home lives: its folder, its ports, the id of its cluster and its place in it.

    `controllers` are the controller ports of all nodes, in the order of their ids; empty for a broker alone.
    """

    folder: Path
    broker_port: int
    controller_port: int
    cluster_id: str
    node_id: int = 1
    controllers: tuple[int, ...] = ()
    proxied: ProxiedListener | None = None
    guarded: Guarded | None = None

    @property
    def data(self) -> Path:
        """The folder of its log segments."""
        return self.folder / "data"


def start_broker(place: BrokerPlace, *, log: Path, pid_file: Path) -> Child:
    """Start the broker of `place`; ask `probe.broker_cluster` when it is ready.

    Raises:
        ToolMissing: no Java, or no Maven while the archives are not cached.
        JarsMissing: the archives could not be fetched.
        ServerFailed: the data folder could not be formatted, or its path holds a comma.
    """
    if "," in str(place.data):
        raise ServerFailed(f"Kafka cannot keep data in {place.data}: its path must not hold a comma.")
    java = find_java()
    jars = resolve(POM, java)
    place.folder.mkdir(parents=True, exist_ok=True)
    properties = place.folder / "server.properties"
    properties.touch(mode=0o600)  # a guarded broker's holds passwords
    properties.write_text(_properties(place), "utf-8")
    if not (place.data / "meta.properties").is_file():
        if place.guarded is not None:
            _format(properties, java, jars, place.cluster_id, place.guarded.scram_credentials)
        else:
            _copy_template(_template(java, jars), place)
    flags = [
        f"-Dkafka.logs.dir={log.parent}",
        f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.xml'}",
        *archive_flags(server_folder(POM), java, jars, _archive_owner(place.cluster_id, place.node_id)),
    ]
    if place.guarded is not None:
        flags.append(ENCRYPTS)
    if place.guarded is not None and place.guarded.tells_all:
        flags.append("-Dreelbus.authorizer=DEBUG")
    line = command(java, jars, "kafka.Kafka", [str(properties)], heap_mb=_HEAP_MB, flags=flags)
    return spawn(line, log=log, pid_file=pid_file, env=environment())


def is_ready(port: int, cluster_id: str) -> bool:
    """Say whether the broker of this very cluster answers on `port`."""
    return broker_cluster("127.0.0.1", port) == cluster_id


def keep_archive(cluster_id: str, node_id: int = 1) -> None:
    """Take over the class archive that a broker wrote when it ended."""
    keep_drafts(server_folder(POM), _archive_owner(cluster_id, node_id))


def _archive_owner(cluster_id: str, node_id: int) -> str:
    return f"{cluster_id}-{node_id}"


def _properties(place: BrokerPlace) -> str:
    controllers = place.controllers or (place.controller_port,)
    listeners = [f"PLAINTEXT://127.0.0.1:{place.broker_port}"]
    advertised = list(listeners)
    if place.proxied is not None:
        listeners.append(f"PROXIED://127.0.0.1:{place.proxied.port}")
        advertised.append(f"PROXIED://127.0.0.1:{place.proxied.advertised_port}")
    if place.guarded is not None:
        listeners += place.guarded.listeners
        advertised += place.guarded.listeners
    values = {
        "node_id": place.node_id,
        "voters": ",".join(f"{number}@127.0.0.1:{port}" for number, port in enumerate(controllers, 1)),
        "listeners": ",".join([*listeners, f"CONTROLLER://127.0.0.1:{place.controller_port}"]),
        "advertised_listeners": ",".join(advertised),
        "copies": min(len(controllers), 3),
        "in_sync_copies": 2 if len(controllers) >= 3 else 1,
        "data_folder": place.data,
    }
    guards = place.guarded.properties() if place.guarded is not None else {}
    # Of a name that stands twice the last value counts.
    more = "".join(f"{name}={escaped(value)}\n" for name, value in guards.items())
    return filled(FOLDER / "server.properties", values) + more


def _template(java: Java, jars: list[Path]) -> Path:
    """Return a formatted data folder; formatting needs a JVM of its own (1 s), copying does not."""
    folder = server_folder(POM) / "formatted"
    if not folder.is_dir():
        with locked(server_folder(POM) / "format.lock"):
            if not folder.is_dir():
                _make_template(folder, java, jars)
    return folder


def _make_template(folder: Path, java: Java, jars: list[Path]) -> None:
    fresh = Path(tempfile.mkdtemp(prefix="format-", dir=folder.parent))
    try:
        data = fresh / "data"
        properties = fresh / "server.properties"
        properties.write_text(_properties(BrokerPlace(fresh, 19092, 19093, "")), "utf-8")
        _format(properties, java, jars, "MkU3OEVBNTcwNTJENDM2Qg")
        data.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _format(
    properties: Path, java: Java, jars: list[Path], cluster_id: str, scram: Sequence[str] = ()
) -> None:
    """Format the data folder that the properties name, with the logins that SCRAM shall know."""
    arguments = ["format", "-t", cluster_id, "-c", str(properties)]
    for credential in scram:
        arguments += ["--add-scram", credential]
    flags = [f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.xml'}"]
    line = command(java, jars, "kafka.tools.StorageTool", arguments, heap_mb=_HEAP_MB, flags=flags)
    done = subprocess.run(
        line, capture_output=True, text=True, errors="replace", timeout=120, check=False, env=environment()
    )
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise ServerFailed(f"Kafka's data folder could not be formatted: {reason[0]}")


def _copy_template(template: Path, place: BrokerPlace) -> None:
    fresh = place.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(template, fresh)
    meta = fresh / "meta.properties"
    found = dict(line.split("=", 1) for line in meta.read_text("utf-8").splitlines() if "=" in line)
    # Each home is a cluster of its own, so that a client or a probe can tell them apart.
    own = {"cluster.id": place.cluster_id, "node.id": str(place.node_id), "directory.id": _directory_id()}
    meta.write_text("".join(f"{name}={value}\n" for name, value in (found | own).items()), "utf-8")
    shutil.rmtree(place.data, ignore_errors=True)
    os.replace(fresh, place.data)


def _directory_id() -> str:
    """Return a new id for a data folder, as Kafka writes a UUID."""
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
