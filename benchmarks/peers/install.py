"""How the peers come here: an environment of their own under `.cache/peers`, never among our dependencies.

Python packages come from PyPI, Restate's server from npm, Redis from the system or, unpacked and not installed,
from Debian.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".cache" / "peers"
PACKAGES = ("celery[redis]==5.7.0", "dramatiq[redis]==2.2.1", "restate-sdk==1.3.0", "hypercorn==0.18.0")
RESTATE_SERVER = "@restatedev/restate-server@1.7.12"


@dataclass(frozen=True)
class Tools:
    """Where the peers' programs are."""

    python: Path
    redis_server: Path
    redis_env: Mapping[str, str]
    restate_server: Path


def installed() -> Tools:
    """Return the peers' programs; what is missing is fetched first."""
    PLACE.mkdir(parents=True, exist_ok=True)
    redis_server, redis_env = _redis()
    return Tools(_python(), redis_server, redis_env, _restate_server())


def versions(tools: Tools) -> dict[str, str]:
    """Return the version of each peer, for the table."""
    asked = "import importlib.metadata as m; print(*(m.version(n) for n in ('celery', 'dramatiq', 'restate-sdk')))"
    celery, dramatiq, sdk = _output(str(tools.python), "-c", asked).split()
    redis = _output(str(tools.redis_server), "--version", env=tools.redis_env)
    restate = _output(str(tools.restate_server), "--version")
    return {
        "celery": celery,
        "dramatiq": dramatiq,
        "restate-sdk": sdk,
        "restate-server": _number(restate),
        "redis": _number(redis),
    }


def _python() -> Path:
    python = PLACE / "venv" / "bin" / "python"
    stamp = PLACE / "packages.txt"
    wanted = "\n".join(PACKAGES)
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        uv = str(ROOT / ".venv" / "bin" / "uv")
        _run(uv, "venv", "--quiet", "--clear", str(PLACE / "venv"))
        _run(uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES)
        stamp.write_text(wanted, "utf-8")
    return python


def _restate_server() -> Path:
    program = PLACE / "node" / "node_modules" / ".bin" / "restate-server"
    stamp = PLACE / "restate.txt"
    if not stamp.exists() or stamp.read_text("utf-8") != RESTATE_SERVER:
        _need("npm", "it brings Restate's server: install Node.js")
        folder = str(PLACE / "node")
        # Without install scripts: the program lies in the package, and the one script there only counts installs.
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, RESTATE_SERVER)  # fmt: skip
        stamp.write_text(RESTATE_SERVER, "utf-8")
    native = sorted(
        (PLACE / "node" / "node_modules" / "@restatedev").glob("restate-server-*/bin/restate-server")
    )
    return native[0] if native else program


def _redis() -> tuple[Path, dict[str, str]]:
    found = shutil.which("redis-server")
    if found:
        return Path(found), {}
    folder = PLACE / "redis"
    program = folder / "usr" / "bin" / "redis-server"
    if not program.exists():
        _need("apt-get", "there is no redis-server here: install Redis")
        packages = PLACE / "redis-packages"
        packages.mkdir(exist_ok=True)
        plan = _output("apt-get", "install", "--simulate", "--no-install-recommends", "redis-server")
        names = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
        _run("apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *names, cwd=packages)
        for package in packages.glob("*.deb"):
            _run("dpkg-deb", "--extract", str(package), str(folder))
    libraries = sorted({str(path.parent) for path in folder.glob("usr/lib/**/*.so*")})
    return program, {"LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def _need(program: str, otherwise: str) -> None:
    if shutil.which(program) is None:
        raise SystemExit(f"the benchmark needs {program}; {otherwise}")


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdout=subprocess.DEVNULL)


def _output(*command: str, env: Mapping[str, str] | None = None) -> str:
    given = {**os.environ, **(env or {})}
    return subprocess.run(command, check=True, env=given, stdout=subprocess.PIPE, text=True).stdout


def _number(text: str) -> str:
    found = re.search(r"\d+\.\d+\.\d+", text)
    return found.group(0) if found else text.strip()
