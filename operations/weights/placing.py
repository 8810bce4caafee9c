"""How one file of weights gets to its place: what is there already counts, and it appears only when it is whole and right."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalog.weights.source import Source, WeightsFile
from operations.weights.origins import HubUnreachable, NotPulled, Origin, Passing
from runtime.retry import Retry

PAUSES = Retry(0.5, 30.0)
MOST_FAILURES = 6
"""So many tries in a row may bring nothing more."""
MOST_TRIES = 200
LONGEST_S = 12 * 3600.0
"""What one file may take in all."""

Said = Callable[[int], None]
"""Told how many bytes of a file are here."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, and by which clock."""

    pauses: Retry = PAUSES
    clock_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


_PATIENCE = Patience()


@contextmanager
def folder_of(root: Path, source: Source) -> Iterator[Path]:
    """Give the folder of a source, made where it is not, to one pull at a time.

    Raises:
        NotPulled: part of the way there is a link or no folder, or another pull is in it.
    """
    folder = _made(root, (*source.name.split("/"), source.revision))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise NotPulled(f"another `reelbus models pull` is fetching {source.name}") from error
    try:
        yield folder
    finally:
        os.close(descriptor)


def missing_bytes(folder: Path, file: WeightsFile) -> int:
    """Return how many bytes of a file are still to be fetched, by its size and that of what an earlier pull left."""
    if _size(folder / file.path) == file.size_bytes:
        return 0
    return file.size_bytes - min(_size(_part_of(folder / file.path, file)), file.size_bytes)


def is_right(place: Path, file: WeightsFile) -> bool:
    """Whether a plain file with exactly these bytes lies there; it is read."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as opened:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size != file.size_bytes:
            return False
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256


def place(
    origin: Origin,
    source: Source,
    file: WeightsFile,
    folder: Path,
    said: Said,
    patience: Patience = _PATIENCE,
) -> bool:
    """Bring a file to its place below `folder`, and say whether it had to be fetched; blocking.

    What was fetched before and not to its end is gone on with. What has another digest at the end is thrown away; where
    part of it was from before, it is fetched once more from the beginning.

    Raises:
        HubUnreachable: nothing came for too long.
        NotPulled: it is not there, is another file than was pinned, or may not be had.
    """
    to = folder / file.path
    _made(folder, file.path.split("/")[:-1])
    if is_right(to, file):
        said(file.size_bytes)
        return False
    if to.is_symlink() or to.is_dir():
        raise NotPulled(f"{to} is a link or a folder, and in the way")
    part = _part_of(to, file)
    resumed = _size(part) > 0
    _Fetching(origin, source, file, part, said, patience).run()
    if not is_right(part, file):
        part.unlink()
        if not resumed:
            raise _other(origin, source, file)
        _Fetching(origin, source, file, part, said, patience).run()
        if not is_right(part, file):
            part.unlink()
            raise _other(origin, source, file)
    part.chmod(0o644)
    _durable(part)
    part.replace(to)
    _durable(to.parent)
    return True


class _Fetching:
    """One file, try after try, into the part of it that is here."""

    def __init__(
        self, origin: Origin, source: Source, file: WeightsFile, part: Path, said: Said, patience: Patience
    ) -> None:
        self._origin, self._source, self._file, self._part = origin, source, file, part
        self._said, self._patience = said, patience

    def run(self) -> None:
        """Return when the part has as many bytes as were pinned."""
        until_s = self._patience.clock_s() + LONGEST_S
        failures = 0
        for _ in range(MOST_TRIES):
            before = _size(self._part)
            try:
                self._try()
                return
            except Passing as error:
                failures = 1 if _size(self._part) > before else failures + 1
                pause_s = self._patience.pauses.pause_s(failures, random.random(), error.asked_s)
                if failures >= MOST_FAILURES or self._patience.clock_s() + pause_s > until_s:
                    raise self._gave_up(error) from error
                last = error
            self._patience.sleep(pause_s)
        raise self._gave_up(last)

    def _try(self) -> None:
        size_bytes = self._file.size_bytes
        with _opened(self._part) as file:
            here = file.seek(0, os.SEEK_END)
            if here > size_bytes:
                here = file.truncate(0)
            if here == size_bytes:
                return
            self._said(here)
            with self._origin.open(self._source, self._file.path, here) as got:
                if got.total_bytes not in (None, size_bytes):
                    raise self._wrong_size(f"{got.total_bytes} bytes")
                if got.start_bytes != here:
                    here = file.truncate(0)
                file.seek(here)
                for chunk in got.chunks:
                    here += len(chunk)
                    if here > size_bytes:
                        file.truncate(0)
                        raise self._wrong_size("more bytes")
                    file.write(chunk)
                    self._said(here)
        if here < size_bytes:
            raise Passing(f"{self._origin.name} ended early")

    def _wrong_size(self, said: str) -> NotPulled:
        what = f"{self._source.name}/{self._file.path} has {said} at {self._origin.name}"
        return NotPulled(f"{what}, and {self._file.size_bytes} were pinned")

    def _gave_up(self, error: Passing) -> HubUnreachable:
        kept = _size(self._part)
        return HubUnreachable(
            f"{self._source.name}/{self._file.path}: {error}; "
            f"{kept} of {self._file.size_bytes} bytes are kept, and the next pull goes on there"
        )


def _other(origin: Origin, source: Source, file: WeightsFile) -> NotPulled:
    return NotPulled(
        f"{source.name}/{file.path} of {origin.name} is not the file that was pinned: another SHA-256"
    )


def _part_of(to: Path, file: WeightsFile) -> Path:
    """What is fetched lies beside its place, under its digest: a new pin does not go on with old bytes."""
    return to.with_name(f".{to.name}.{file.sha256[:16]}.part")


@contextmanager
def _opened(part: Path) -> Iterator[IO[bytes]]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(part, flags, 0o600)
    except OSError as error:
        raise NotPulled(f"{part} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "r+b") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
            raise NotPulled(f"{part} is no plain file")
        yield file


def _made(root: Path, names: Iterable[str]) -> Path:
    """Make folders below one that is there; none of them may be a link."""
    here = root
    for name in names:
        here /= name
        here.mkdir(exist_ok=True)
        if here.is_symlink() or not here.is_dir():
            raise NotPulled(f"{here} is a link or no folder")
    return here


def _size(path: Path) -> int:
    try:
        about = path.lstat()
    except OSError:
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


def _durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
