"""The environment of the model tests: the locked packages of diffusion engines, without the libraries of CUDA.

`python -m tests.models.environment FOLDER` builds it where it is not. The lock is the one that GPU machines have: torch
is linked against libraries that a machine without a GPU never calls, 4 GB of them, so empty ones stand in for them. It
is for tests alone: never let such an environment meet a GPU.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "infra" / "environments" / "torch"
LEFT_OUT = (
    "cuda-bindings",
    "nvidia-cublas",
    "nvidia-cuda-cupti",
    "nvidia-cuda-nvrtc",
    "nvidia-cudnn-cu13",
    "nvidia-cufft",
    "nvidia-curand",
    "nvidia-cusolver",
    "nvidia-cusparse",
    "nvidia-cusparselt-cu13",
    "nvidia-nccl-cu13",
    "nvidia-nvjitlink",
    "nvidia-nvshmem-cu13",
    "nvidia-nvtx",
    "triton",
)
"""What is not installed. The runtime and cufile are small, and their stand-ins crash when they are loaded."""
_OWNERS = {"cusparseLt": "libcusparseLt.so.0", "nccl": "libnccl.so.2", "nvshmem": "libnvshmem_host.so.3"}
"""Libraries whose symbols have no version that is called as they are."""
_SYMBOL = re.compile(r"\bU ([A-Za-z_]\w*)(?:@{1,2}([\w.+-]+))?$")


def build(folder: Path) -> None:
    """Build it: seconds with warm caches, a few hundred megabytes to download with cold ones."""
    if lacking := [tool for tool in ("gcc", "nm", "readelf") if shutil.which(tool) is None]:
        _install(lacking)
    mark = folder / "built.txt"
    wanted = (PROJECT / "uv.lock").read_text("utf-8") + Path(__file__).read_text("utf-8")
    if mark.is_file() and mark.read_text("utf-8") == wanted:
        return
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    skipped = [word for name in LEFT_OUT for word in ("--no-install-package", name)]
    subprocess.run(
        [
            uv,
            "sync",
            "--quiet",
            "--frozen",
            "--group",
            "test",
            "--no-install-project",
            "--project",
            str(PROJECT),
            *skipped,
        ],
        check=True,
        env=_environment(folder),
    )
    (libraries,) = folder.glob("lib/python*/site-packages/torch/lib")
    stand_in(libraries)
    mark.write_text(wanted, "utf-8")


def _install(lacking: list[str]) -> None:
    """Bring a compiler where that needs no password; else say what to do."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "gcc", "libc6-dev", "binutils"]
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(f"the model tests need {', '.join(lacking)}: sudo {' '.join(command)}")
    subprocess.run(["apt-get", "update", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def stand_in(libraries: Path) -> list[str]:
    """Write an empty library for each that torch's own are linked against and that is not there; return their names."""
    symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)
    needed = set[str]()
    for path in sorted(libraries.glob("*.so")):
        needed |= set(_needed(path))
        for name, version in _undefined(path):
            owner = next((lib for start, lib in _OWNERS.items() if name.startswith(start)), version)
            symbols[owner][name] = version
    there = {path.name for path in libraries.parents[1].glob("nvidia/**/lib*.so*")}
    there |= {path.name for path in libraries.iterdir()}
    made = [
        name
        for name in sorted(needed)
        if name.startswith(("libcu", "libnv", "libnccl")) and name not in there
    ]
    for name in made:
        _compile(libraries / name, symbols[name])
    return made


def _undefined(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a library wants of others, each with its version, or none."""
    said = _said("nm", "-D", "-u", "--with-symbol-versions", str(path))
    for line in said.splitlines():
        found = _SYMBOL.search(line.strip())
        if found is not None:
            yield found[1], found[2] or ""


def _needed(path: Path) -> list[str]:
    """Return which libraries another one is linked against."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", _said("readelf", "-d", str(path)))


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _compile(path: Path, symbols: Mapping[str, str]) -> None:
    """Write a library that has these symbols by their versions, and nothing behind them."""
    with tempfile.TemporaryDirectory() as scratch:
        source, script = Path(scratch, "empty.c"), Path(scratch, "empty.map")
        source.write_text("".join(f"long {name}(void) {{ return 0; }}\n" for name in symbols), "utf-8")
        versions = sorted({version for version in symbols.values() if version})
        script.write_text(
            "".join(
                f"{version} {{ global: {' '.join(f'{n};' for n, v in symbols.items() if v == version)} }};\n"
                for version in versions
            ),
            "utf-8",
        )
        scripts = [f"-Wl,--version-script={script}"] if versions else []
        _said(
            "gcc",
            "-shared",
            "-fPIC",
            "-w",
            f"-Wl,-soname,{path.name}",
            *scripts,
            "-o",
            str(path),
            str(source),
        )


def _environment(folder: Path) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return known | {"UV_PROJECT_ENVIRONMENT": str(folder.resolve())}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
