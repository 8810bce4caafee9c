"""Where a server's Java archives are: a cache shared by all homes, filled once by Maven."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.local.failures import JarsMissing, ToolMissing
from infra.local.java import Java

MAVEN_REMEDY = "install Maven: `apt-get install maven`, or set PATH to a Maven 3.6 or newer"
_FETCH_TIMEOUT_S = 600.0


def cache_folder() -> Path:
    """Return the folder shared by all homes: `$REELBUS_CACHE`, else under the user's cache folder."""
    if named := os.environ.get("REELBUS_CACHE"):
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "reelbus"


def server_folder(pom: Path) -> Path:
    """Return the cache folder of the server that `pom` describes; its name changes with the pom."""
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    return cache_folder() / f"{pom.parent.name}-{digest}"


def cached(pom: Path) -> bool:
    """Say whether the archives are here already."""
    return (server_folder(pom) / "lib").is_dir()


def resolve(pom: Path, java: Java) -> list[Path]:
    """Return the archives of `pom` in a fixed order, fetching them when they are not cached.

    Raises:
        ToolMissing: they are not cached and Maven is not installed.
        JarsMissing: Maven could not fetch them.
    """
    folder = server_folder(pom)
    lib = folder / "lib"
    if not lib.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with locked(cache_folder() / "maven.lock"):  # Maven's own repository is not safe for two
            if not lib.is_dir():
                _fill(lib, pom, java)
    # A class archive is valid for exactly this order of exactly these files.
    return sorted(lib.glob("*.jar"))


def _fill(lib: Path, pom: Path, java: Java) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ToolMissing(
            f"Maven was not found, and the archives of {pom.parent.name} are not cached: {MAVEN_REMEDY}."
        )
    fresh = Path(tempfile.mkdtemp(prefix="lib-", dir=lib.parent))
    try:
        command = [maven, "-B", "-ntp", "-q", "-C", "-f", str(pom), "dependency:copy-dependencies"]
        command += [f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
        environment = {**os.environ, "JAVA_HOME": str(java.home)}
        output = ""
        for offline in (["-o"], []):
            code, output = _run([*command, *offline], environment)
            if code == 0 and any(fresh.glob("*.jar")):
                fresh.chmod(0o755)
                fresh.replace(lib)
                return
        raise JarsMissing(
            f"Maven could not fetch the archives of {pom.parent.name} ({_first_error(output)}): "
            "connect to Maven Central or set a mirror in ~/.m2/settings.xml, then try again."
        )
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_FETCH_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"[ERROR] no answer within {_FETCH_TIMEOUT_S:.0f} s"
    return done.returncode, done.stdout + done.stderr


def _first_error(output: str) -> str:
    lines = [line.removeprefix("[ERROR]").strip() for line in output.splitlines() if "[ERROR]" in line]
    return (lines[0] if lines else "it gave no reason")[:300]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`, so that two processes do not do the same work at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
