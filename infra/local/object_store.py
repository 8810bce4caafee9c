"""How the local S3 server is started: a MinIO binary when one is on the PATH, else S3Proxy over a folder."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from infra.local.child import Child, spawn
from infra.local.failures import ToolMissing
from infra.local.jars import resolve, server_folder
from infra.local.java import find_java
from infra.local.jvm import ENCRYPTS, archive_flags, command, environment, escaped, filled, keep_drafts
from infra.local.probe import http_ok

FOLDER = Path(__file__).parent / "s3proxy"
POM = FOLDER / "pom.xml"
_HEAP_MB = 192

Kind = Literal["minio", "s3proxy"]
_HEALTH_PATH: dict[Kind, str] = {
    "minio": "/minio/health/cluster",  # `live` says yes while the S3 API still says 503
    "s3proxy": "/healthz",
}


@dataclass(frozen=True)
class SecureDoor:
    """A second door over https: its port, and the key and certificate it shows, as PKCS 12."""

    port: int
    keystore: Path
    password: str = field(repr=False)


@dataclass(frozen=True)
class StorePlace:
    """Where one home's store lives: its folder, owning stack, port, keys and which server keeps it."""

    folder: Path
    owner: str
    port: int
    access_key: str
    secret_key: str = field(repr=False)
    kind: Kind = "s3proxy"
    secure: SecureDoor | None = None
    """Only S3Proxy has it; for tests."""

    @property
    def data(self) -> Path:
        """The folder of its objects; each server has its own layout."""
        return self.folder / self.kind


def choose_kind(folder: Path) -> Kind:
    """Return the server for a home: the one that holds its data already, else MinIO where it is installed."""
    if (folder / "s3proxy").is_dir():
        return "s3proxy"
    return "minio" if (folder / "minio").is_dir() or shutil.which("minio") else "s3proxy"


def start_store(place: StorePlace, *, log: Path, pid_file: Path) -> Child:
    """Start the store of `place`; it is ready when `is_ready` says so.

    Raises:
        ToolMissing: no Java, no Maven while the archives are not cached, or no MinIO for data of its own.
        JarsMissing: the archives could not be fetched.
    """
    place.data.mkdir(parents=True, exist_ok=True)
    starter = _start_minio if place.kind == "minio" else _start_s3proxy
    return starter(place, log, pid_file)


def is_ready(folder: Path, port: int) -> bool:
    """Say whether the store in `folder` answers on `port`."""
    return http_ok("127.0.0.1", port, _HEALTH_PATH[choose_kind(folder)])


def keep_archive(owner: str) -> None:
    """Take over the class archive that S3Proxy wrote when it ended."""
    keep_drafts(server_folder(POM), owner)


def _start_minio(place: StorePlace, log: Path, pid_file: Path) -> Child:
    binary = shutil.which("minio")
    if binary is None:
        raise ToolMissing(
            f"{place.data} was written by MinIO, which is not on the PATH: put it there, or use another home."
        )
    secrets = {"MINIO_ROOT_USER": place.access_key, "MINIO_ROOT_PASSWORD": place.secret_key}
    quiet = {"MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}
    line = [binary, "server", "--address", f"127.0.0.1:{place.port}", "--quiet", str(place.data)]
    return spawn(line, log=log, pid_file=pid_file, env={**os.environ, **quiet, **secrets})


def _start_s3proxy(place: StorePlace, log: Path, pid_file: Path) -> Child:
    java = find_java()
    jars = resolve(POM, java)
    properties = place.folder / "s3proxy.properties"
    properties.touch(mode=0o600)
    properties.write_text(_properties(place), "utf-8")
    flags = [
        f"-Dlogback.configurationFile={FOLDER / 'logback.xml'}",
        *archive_flags(server_folder(POM), java, jars, place.owner),
    ]
    if place.secure is not None:
        flags.append(ENCRYPTS)
    arguments = ["--properties", str(properties)]
    line = command(java, jars, "org.gaul.s3proxy.Main", arguments, heap_mb=_HEAP_MB, flags=flags)
    return spawn(line, log=log, pid_file=pid_file, env=environment())


def _properties(place: StorePlace) -> str:
    values = {
        "port": place.port,
        "access_key": place.access_key,
        "secret_key": place.secret_key,
        "data_folder": place.data,
    }
    more = (
        {
            "s3proxy.secure-endpoint": f"https://127.0.0.1:{place.secure.port}",
            "s3proxy.keystore-path": str(place.secure.keystore),
            "s3proxy.keystore-password": place.secure.password,
        }
        if place.secure is not None
        else {}
    )
    door = "".join(f"{name}={escaped(value)}\n" for name, value in more.items())
    return filled(FOLDER / "s3proxy.properties", values) + door
