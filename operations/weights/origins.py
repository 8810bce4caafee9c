"""Where weights come from when they are pulled: what an origin answers, and those that are folders or buckets."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from catalog.weights.lock import MOST_BYTES, NoLock, lock_name, locked
from catalog.weights.source import Source
from runtime.errors import ReelbusError, StoreUnreachable
from schemas.codes import ErrorCode
from storage.downloads import OpenObject
from storage.store import Store

CHUNK_BYTES = 1024 * 1024


class NotPulled(ReelbusError):
    """Weights could not be fetched."""

    code = ErrorCode.ENGINE_UNAVAILABLE


class HubUnreachable(StoreUnreachable):
    """The hub of models cannot be reached."""


class Passing(Exception):
    """It failed in a way that another try may mend; `asked_s` is the pause that was asked for."""

    def __init__(self, reason: str, asked_s: float | None = None) -> None:
        super().__init__(reason)
        self.asked_s = asked_s


@dataclass(frozen=True, slots=True)
class Part:
    """The rest of a file: from which byte on, how long the whole is said to be, and the bytes as they come."""

    start_bytes: int
    total_bytes: int | None
    chunks: Iterator[bytes]


class Origin(Protocol):
    """Where files come from. Blocking."""

    @property
    def name(self) -> str:
        """What people call it; no secret stands in it."""

    def open(self, source: Source, path: str, start_bytes: int) -> AbstractContextManager[Part]:
        """Open a file from a byte on, or from its beginning where that cannot be done.

        Raises:
            Passing: another try may mend it.
            NotPulled: nothing will.
        """

    def pin(self, source: Source, revision: str) -> Source:
        """Return a source that the operator pins, with its commit and its files; `revision` is a branch, tag or commit.

        Raises:
            Passing: another try may mend it.
            NotPulled: nothing will.
        """


def place_of(source: Source, path: str) -> str:
    """Return where a file lies in a models folder, and so in a mirror, which is a copy of one."""
    return "/".join(filter(None, (source.name, source.revision, path)))


def pinned_there(origin: Origin, source: Source, revision: str) -> Source:
    """Return a source as the lock says that lies in a copy of a models folder.

    Raises:
        Passing: another try may mend it.
        NotPulled: there is none, it does not fit, or pins another commit.
    """
    name = lock_name(source)
    with origin.open(source, name, 0) as part:
        content = bytearray()
        for chunk in part.chunks:
            content += chunk
            if len(content) > MOST_BYTES:
                raise NotPulled(f"{source.name}/{name} in {origin.name} is larger than any lock")
    try:
        found = locked(source, bytes(content))
    except NoLock as error:
        raise NotPulled(f"the lock {source.name}/{name} in {origin.name} does not fit: {error}") from error
    if revision and revision != found.revision:
        raise NotPulled(
            f"{source.name} is pinned at {found.revision} in {origin.name}, and not at {revision}"
        )
    return found


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine, laid out as a models folder is; no link in it is followed."""

    root: Path

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.root)

    @contextmanager
    def open(self, source: Source, path: str, start_bytes: int) -> Iterator[Part]:
        """Open a file.

        Raises:
            NotPulled: it is not there, or is no plain file.
        """
        place = place_of(source, path)
        descriptor = self._descriptor(place)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise NotPulled(f"{place} in {self.root} is no plain file")
            file.seek(start_bytes)
            yield Part(start_bytes, about.st_size, iter(lambda: file.read(CHUNK_BYTES), b""))

    def pin(self, source: Source, revision: str) -> Source:
        """Return a source as the lock in this folder pins it; raises as `pinned_there`."""
        return pinned_there(self, source, revision)

    def _descriptor(self, place: str) -> int:
        here = self.root
        for part in place.split("/"):
            here /= part
            if here.is_symlink():
                raise NotPulled(f"{place} in {self.root} is behind a link, which is not followed")
        try:
            return os.open(here, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise NotPulled(f"{place} in {self.root} cannot be read: {error.strerror}") from error


class Bucket:
    """A prefix of a bucket of an S3 store, laid out as a models folder is. Not for a program with a running loop."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix.strip("/")
        self._runner = asyncio.Runner()

    @property
    def name(self) -> str:
        """Its address."""
        return f"s3://{self._store.bucket}/{self._prefix}".rstrip("/")

    @contextmanager
    def open(self, source: Source, path: str, start_bytes: int) -> Iterator[Part]:
        """Open an object.

        Raises:
            Passing: the store does not answer, or fails.
            NotPulled: there is no such object.
        """
        key = "/".join(filter(None, (self._prefix, place_of(source, path))))
        try:
            opened = self._runner.run(self._store.open_range(key, start=start_bytes))
        except ReelbusError as error:
            raise self._converted(error) from error
        try:
            yield Part(start_bytes, opened.total_bytes, self._chunks(opened))
        finally:
            opened.response.close()
            opened.response.release_conn()

    def pin(self, source: Source, revision: str) -> Source:
        """Return a source as the lock in this prefix pins it; raises as `pinned_there`."""
        return pinned_there(self, source, revision)

    def close(self) -> None:
        """Give up the store."""
        self._runner.run(self._store.close())
        self._runner.close()

    def _chunks(self, opened: OpenObject) -> Iterator[bytes]:
        following = opened.chunks()
        while True:
            try:
                chunk = self._runner.run(_next(following))
            except ReelbusError as error:
                raise self._converted(error) from error
            if not chunk:
                return
            yield chunk

    def _converted(self, error: ReelbusError) -> Exception:
        return Passing(error.message, error.retry_after_s) if error.retryable else NotPulled(error.message)


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks, b"")
