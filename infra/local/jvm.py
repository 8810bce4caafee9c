"""How a JVM is started quickly and small: flags, and a class archive that is a pure cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from infra.local.java import Java

# Serial collector and first compiler tier: 1.9 s and 154 MiB to a ready broker instead of 4.4 s and 220 MiB.
# Performance data would be sampled twenty times a second, for tools that nobody runs here.
_SMALL = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
]

ENCRYPTS = "-XX:TieredStopAtLevel=4"
"""For a JVM that speaks TLS: only the second compiler uses the processor's instructions for AES, 4 MB/s without."""


def command(
    java: Java, jars: list[Path], main: str, arguments: list[str], *, heap_mb: int, flags: list[str]
) -> list[str]:
    """Return the command line of a small JVM that runs `main`."""
    memory = ["-Xms64m", f"-Xmx{heap_mb}m"]
    classpath = os.pathsep.join(map(str, jars))
    return [str(java.executable), *memory, *_SMALL, *flags, "-cp", classpath, main, *arguments]


def environment() -> dict[str, str]:
    """Return the environment of a JVM; in the plain C locale it could not name files beyond ASCII."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def filled(template: Path, values: Mapping[str, object]) -> str:
    """Return a properties file with each `{name}` replaced, escaped as java.util.Properties reads it."""
    text = template.read_text("utf-8")
    for name, value in values.items():
        text = text.replace("{" + name + "}", escaped(str(value)))
    return text


def escaped(value: str) -> str:
    """Return a value as java.util.Properties reads it, whatever letters it has."""
    units = value.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "".join(chr(code) if 0x20 <= code < 0x7F and code != 0x5C else f"\\u{code:04x}" for code in codes)


def archive_flags(folder: Path, java: Java, jars: list[Path], owner: str) -> list[str]:
    """Return the flags that use the class archive (AppCDS) in `folder`, or that write it when the JVM ends.

    It is tied to the runtime and to the exact list of jars, and it is never required: a JVM that cannot use
    it says so in one line and starts in 2 s instead of 1 s. `owner` is the stack that may write a draft.
    """
    parts = "\n".join([str(java.executable), java.version, *map(str, jars)])
    name = f"classes-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"
    ready = folder / f"{name}.jsa"
    if ready.is_file():
        return [f"-XX:SharedArchiveFile={ready}", "-Xshare:auto"]
    draft = folder / f"{name}.{owner}.draft"
    draft.unlink(missing_ok=True)  # half of one, left by a JVM that was killed
    return [f"-XX:ArchiveClassesAtExit={draft}"]


def keep_drafts(folder: Path, owner: str) -> None:
    """Take over the archive that a JVM of `owner` wrote; call it only when that JVM ended by itself."""
    for draft in folder.glob(f"classes-*.{owner}.draft"):
        draft.replace(folder / f"{draft.name.partition('.')[0]}.jsa")
