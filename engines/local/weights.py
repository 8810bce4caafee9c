"""Where weights lie on this machine, and whether they are the ones that were pinned. Standard library only."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from catalog.weights.lock import MOST_BYTES, NoLock, lock_name, locked
from catalog.weights.source import Source, WeightsFile
from runtime.errors import EngineUnavailable

MODELS = "REELBUS_MODELS"
"""The variable that tells a host where weights lie that were pulled: `<name>/<revision>/<path>` below it."""
_ENGINES = Path(__file__).parent.parent
_CHUNK_BYTES = 1 << 20
_AT_ONCE = 4
"""So many files are read at the same time."""


def resolved(source: Source, models: Path | None = None) -> Source:
    """Return a source with its commit and its files: as the catalogue pins it, or as the operator did at the first pull.

    Raises:
        EngineUnavailable: it is not pinned yet, or its lock is of something else.
    """
    if not source.by_operator:
        return source
    place = _way(source, (lock_name(source),), models)
    try:
        with place.open("rb") as file:
            return locked(source, file.read(MOST_BYTES + 1))
    except FileNotFoundError:
        raise EngineUnavailable(
            f"the weights of {source.name} are not yet pinned (reelbus models pull)"
        ) from None
    except OSError as error:
        raise EngineUnavailable(f"the lock of {source.name} cannot be read: {error.strerror}") from error
    except NoLock as error:
        raise EngineUnavailable(f"the lock {place.name} of {source.name} does not fit: {error}") from error


def read_weights(source: Source, path: str) -> bytes:
    """Return the bytes of one file of a source, which are those that were pinned.

    Raises:
        EngineUnavailable: it is not there, or is another file.
    """
    source = resolved(source)
    wanted = _pinned(source, path)
    content = b"".join(_chunks(located(source, path), wanted))
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        raise _other(source, wanted)
    return content


def verified(source: Source, path: str) -> Path:
    """Return where one file of a source lies, after all its bytes were read and found to be those that were pinned.

    Raises:
        EngineUnavailable: it is not there, or is another file.
    """
    source = resolved(source)
    wanted, found = _pinned(source, path), located(source, path)
    digest = hashlib.sha256()
    for chunk in _chunks(found, wanted):
        digest.update(chunk)
    if digest.hexdigest() != wanted.sha256:
        raise _other(source, wanted)
    return found


def located(source: Source, path: str, models: Path | None = None) -> Path:
    """Return where one file of a source should lie; nothing of it is read, and no package is imported.

    `models` is where weights lie that were pulled; without it the environment says so.

    Raises:
        EngineUnavailable: its distribution is not installed or is of another version, or it was not pulled.
    """
    if source.kind == "bundled":
        return _ENGINES / source.name / path
    if source.kind == "hub":
        return _pulled(resolved(source, models), path, models)
    try:
        found = metadata.distribution(source.name)
    except metadata.PackageNotFoundError as error:
        raise EngineUnavailable(f"the package {source.name} {source.revision} is not installed") from error
    if found.version != source.revision:
        raise EngineUnavailable(
            f"the package {source.name} is {found.version} here; its weights are pinned at {source.revision}"
        )
    return Path(str(found.locate_file(path)))


def folder_of(source: Source) -> Path:
    """Return the folder of a source whose files lie together, after all of them were found to be those that were pinned.

    Raises:
        EngineUnavailable: one is not there, or is another file.
    """
    source = resolved(source)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(
            zip(source.files, pool.map(lambda file: verified(source, file.path), source.files), strict=True)
        )
    file, path = next(iter(found.items()))
    return path.parents[file.path.count("/")]


def present(source: Source, models: Path | None = None) -> None:
    """Look whether each file of a source is there and has the size that was pinned; nothing of it is read.

    Raises:
        EngineUnavailable: one is not, or is a link.
    """
    source = resolved(source, models)
    for file in source.files:
        found = located(source, file.path, models)
        try:
            about = found.lstat() if source.kind == "hub" else found.stat()
        except OSError as error:
            raise EngineUnavailable(f"the weights {file.path} of {source.name} are not here") from error
        if not stat.S_ISREG(about.st_mode) or about.st_size != file.size_bytes:
            raise EngineUnavailable(
                f"the weights {file.path} of {source.name} have {about.st_size} bytes and not {file.size_bytes}"
            )


def _pulled(source: Source, path: str, models: Path | None) -> Path:
    """Return where a file of a hub was pulled to."""
    place = _way(source, (source.revision, *path.split("/")), models)
    if not place.exists():
        raise EngineUnavailable(
            f"the weights {path} of {source.name} are not on this machine (reelbus models pull)"
        )
    return place


def _way(source: Source, parts: Iterable[str], models: Path | None) -> Path:
    """Return a place in the folder of a repository: no part of the way to it is a link, which may lead anywhere."""
    home = os.environ.get("REELBUS_HOME") or ".reelbus"
    place = models or Path(os.environ.get(MODELS) or os.path.join(home, "models"))
    for part in (*source.name.split("/"), *parts):
        place /= part
        if place.is_symlink():
            raise EngineUnavailable(
                f"the weights {place.name} of {source.name} are behind a link, which is not followed"
            )
    return place


def _pinned(source: Source, path: str) -> WeightsFile:
    found = next((each for each in source.files if each.path == path), None)
    if found is None:
        raise EngineUnavailable(f"no file {path} of {source.name} was pinned")
    return found


def _chunks(found: Path, wanted: WeightsFile) -> Iterator[bytes]:
    """Yield the bytes of a plain file of the pinned size; nothing larger is read."""
    try:
        with found.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size != wanted.size_bytes:
                raise EngineUnavailable(
                    f"the weights {found.name} have {about.st_size} bytes and not {wanted.size_bytes}"
                )
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise EngineUnavailable(f"the weights {found.name} cannot be read: {error.strerror}") from error


def _other(source: Source, wanted: WeightsFile) -> EngineUnavailable:
    return EngineUnavailable(
        f"the weights {wanted.path} of {source.name} {source.revision} are not those that were pinned: "
        "another SHA-256; install them again"
    )
