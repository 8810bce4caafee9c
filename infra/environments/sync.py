"""How an environment is built: beside its place, by uv and its lock file, and moved there when it is whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.environments.built import Built, Record, ask, folder_of, look, python_in, stale
from infra.environments.declared import Environment
from infra.local.failures import ToolMissing
from infra.local.jars import locked
from runtime import hosts
from runtime.errors import EngineUnavailable

_BUILT_WITHIN_S = 3600.0
_LINES_KEPT = 8
_LINE_CHARACTERS = 400
_UV_REMEDY = "uv, which builds environments, is not installed: `pip install uv`"
_OFFLINE = ("error sending request", "dns error", "connection refused", "network connectivity is disabled")
_LEFT_OUT = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "UV_PYTHON", "PYTHONPATH", "PYTHONHOME")
"""Of whoever calls: they would have another environment built, or another interpreter used."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What was done for one environment: whether it had to be built, and how many old ones were taken away."""

    built: Built
    anew: bool
    removed: int = 0


def sync(
    wanted: Environment,
    root: Path,
    *,
    in_use: Sequence[hosts.Host] = (),
    tell: Callable[[str], None] = lambda line: None,
) -> Synced:
    """Build an environment where it is not, and take away what was built for its older locks unless a host runs in it.

    Two at the same time build once. `tell` gets what uv says, line by line.

    Raises:
        ToolMissing: uv is not installed.
        EngineUnavailable: it could not be built; whatever was there before is as it was.
    """
    if look(wanted, root, run=True).state == "built" and not _old(wanted, root):
        return Synced(look(wanted, root), anew=False)
    _make(root)
    with locked(root / f".{wanted.name}.lock"):
        _clear(root, wanted.name)
        found = look(wanted, root, run=True)
        anew = found.state != "built"
        if anew:
            _build(wanted, root, tell)
            found = look(wanted, root)
        busy = any(host.environment == wanted.name for host in in_use)
        return Synced(found, anew, 0 if busy else _remove(_old(wanted, root)))


def _build(wanted: Environment, root: Path, tell: Callable[[str], None]) -> None:
    place, building = folder_of(wanted, root), root / f".{wanted.name}-{wanted.digest}.building"
    uv = _uv()

    def run(command: Sequence[str]) -> None:
        _run(wanted.name, command, building, tell)

    try:
        run([uv, "venv", "--relocatable", "--python", wanted.requires_python, str(building)])
        project = ["--project", str(wanted.folder)]
        run([uv, "sync", "--frozen", "--no-dev", "--no-install-project", *project])
        version, machine, system = ask(python_in(building))
        Record(wanted.name, wanted.digest, version, machine, system).write(building)
        if place.exists():  # by half, or of another machine
            place.rename(root / f".{wanted.name}-{wanted.digest}.old")
        building.rename(place)
    except OSError as error:
        raise EngineUnavailable(
            f"the environment {wanted.name} cannot be written to {root}: {error.strerror}"
        ) from error
    finally:
        _clear(root, wanted.name)


def _run(name: str, command: Sequence[str], building: Path, tell: Callable[[str], None]) -> None:
    """Run uv to its end.

    Raises:
        EngineUnavailable: it fails, or takes longer than an hour.
    """
    env = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    env |= {"UV_PROJECT_ENVIRONMENT": str(building), "UV_VENV_RELOCATABLE": "1", "UV_NO_PROGRESS": "1"}
    last: deque[str] = deque(maxlen=_LINES_KEPT)
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        late = threading.Timer(_BUILT_WITHIN_S, process.kill)
        late.start()
        try:
            assert process.stderr is not None  # noqa: S101  # it was asked for
            for line in process.stderr:
                if not line.startswith("Activate with"):  # nobody needs to
                    last.append(line.strip()[:_LINE_CHARACTERS])
                    tell(last[-1])
        except BaseException:
            process.kill()
            raise
        finally:
            late.cancel()
    if process.returncode != 0:
        raise EngineUnavailable(_why(name, " ".join(line for line in last if line)))


def _why(name: str, said: str) -> str:
    if any(sign in said.lower() for sign in _OFFLINE):
        return (
            f"the environment {name} cannot be built: the registry of packages cannot be reached, and not all that it "
            f"needs is in uv's cache: go online, or set UV_INDEX_URL to a mirror. uv says: {said}"
        )
    return f"the environment {name} cannot be built. uv says: {said or 'nothing, it was ended'}"


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    if found := shutil.which("uv") or (str(beside) if os.access(beside, os.X_OK) else None):
        return found
    raise ToolMissing(_UV_REMEDY)


def _make(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineUnavailable(
            f"the folder {root} cannot be written ({error.strerror}): set REELBUS_ENVIRONMENTS to one that can"
        ) from error


def _clear(root: Path, name: str) -> None:
    """Take away what a build left that was cut off; its lock is held, so nobody builds it now."""
    digest = "?" * 12  # else the names of others that begin with this one would be meant too
    for pattern in (f".{name}-{digest}.building", f".{name}-{digest}.old"):
        for path in root.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def _old(wanted: Environment, root: Path) -> list[Path]:
    return [path for path in stale(root, (wanted,)) if path.name.rpartition("-")[0] == wanted.name]


def _remove(folders: Sequence[Path]) -> int:
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)
    return len(folders)
