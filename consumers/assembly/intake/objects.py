"""What one object of the store is to a request: looked at first, brought once and within limits, its digest pinned.

Every answer of the store about an object is an answer to whoever names it. Only a store that gives none to
anybody is waited for: a request must not stop those behind it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from consumers.assembly.intake.rights import readable_head
from engines.media.apart import Prober
from engines.media.kinds import EMPTY, UNKNOWN
from runtime.errors import (
    AssetInvalid,
    AssetNotFound,
    EngineFailed,
    InvalidRequest,
    ReelbusError,
    StorageFailed,
    StoreRefused,
)
from runtime.telemetry import get_logger
from schemas.assets import Asset
from schemas.codes import ErrorCode
from schemas.mediakinds import media_kind
from storage.objects import Head
from storage.store import Store

T = TypeVar("T")

_BROUGHT_AT_ONCE = 2
_LOOKED_AT_AT_ONCE = 8
"""Fewer than the threads of the store's connection, so that what is brought leaves room for what is looked at."""
_ROOM_BYTES = 256 * 1024 * 1024
"""What must stay free on the disk beside an object."""
_FOLDERS = "reelbus-intake-"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an object cannot be used, as whoever named it is told."""

    code: ErrorCode
    message: str


@dataclass
class Objects:
    """The objects of one bucket. One brings two objects at a time to the disk, and no more, whoever asks."""

    store: Store
    bucket: str
    largest_bytes: int
    prober: Prober = field(default_factory=Prober)
    _bringing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_BROUGHT_AT_ONCE))
    _looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKED_AT_AT_ONCE))

    async def close(self) -> None:
        """End the processes that measure files."""
        await self.prober.close()

    async def media_type(self, tenant: str, address: str) -> str | Unusable:
        """Return what was said of the object at an address when it was put there; its bytes are asked if nothing was.

        Raises:
            StorageFailed: the store answers nobody; ask again.
        """
        return await self._answered(lambda: self._media_type(tenant, address))

    async def judged(self, tenant: str, address: str) -> str | Unusable:
        """Return what the object at an address is by its bytes, whatever was said of it.

        Raises:
            StorageFailed: the store answers nobody; ask again.
        """
        return await self._answered(lambda: self._judged(tenant, address))

    async def pinned(self, tenant: str, address: str) -> Asset | Unusable:
        """Return the object at an address as an asset that no later upload can change, and that is the tenant's.

        Raises:
            StorageFailed: the store answers nobody; ask again.
        """
        return await self._answered(lambda: self._pinned(tenant, address))

    async def _media_type(self, tenant: str, address: str) -> str:
        head = await self._head(tenant, address)
        if _is_told(head):
            return head.media_type
        return await self._judged(tenant, address)

    async def _judged(self, tenant: str, address: str) -> str:
        head = await self._head(tenant, address)
        async with self._brought(head) as path:
            return await self._by_bytes(path, head)

    async def _by_bytes(self, path: Path, head: Head) -> str:
        """Programs guess from names, and `.ts` is a film to some and a text to others: the bytes decide.

        Only which text it is, they do not know; nor whether it is one, in other encodings than UTF-8.
        """
        said = head.media_type
        is_text = media_kind(said) in ("text", "json")
        try:
            found = (await self.prober.probe(path)).media_type
        except AssetInvalid as error:
            if is_text and error.message in (EMPTY, UNKNOWN):
                return said
            raise
        return said if is_text and media_kind(found) in ("text", "json") else found

    async def _pinned(self, tenant: str, address: str) -> Asset:
        head = await self._head(tenant, address)
        if address.startswith("sha256:"):
            media_type = await self._media_type(tenant, address)
            return self._asset(head.key, address.removeprefix("sha256:"), head.size_bytes, media_type)
        # What stands under a name later is another thing: these bytes are meant.
        async with self._brought(head) as path:
            media_type = await self._by_bytes(path, head)
            try:
                blob = await self.store.put_file(path, media_type)
                await self.store.grant(tenant, [blob.sha256])
            except StoreRefused as error:  # our own part of the bucket: nobody else is to blame
                raise StorageFailed(error.message) from error
        return self._asset(blob.key, blob.sha256, blob.size_bytes, media_type)

    async def _head(self, tenant: str, address: str) -> Head:
        async with self._looking:
            head = await readable_head(address, tenant, self.store, self.bucket)
        if head is None:
            raise AssetNotFound
        return head

    @asynccontextmanager
    async def _brought(self, head: Head) -> AsyncIterator[Path]:
        """Give the object as a file, which is gone at the end of the block."""
        if head.size_bytes > self.largest_bytes:
            raise AssetInvalid(
                f"this asset has {head.size_bytes} bytes; at most {self.largest_bytes} are allowed"
            )
        async with self._bringing:
            with self._folder() as folder:
                if shutil.disk_usage(folder).free < head.size_bytes + _ROOM_BYTES:
                    log.error("intake.disk_full", wanted_bytes=head.size_bytes)
                    raise StorageFailed("the disk of intake is full")
                path = Path(folder) / "object"
                await self.store.fetch(head.key, path, size_bytes=head.size_bytes)
                yield path

    @contextmanager
    def _folder(self) -> Iterator[str]:
        prefix = f"{_FOLDERS}{os.getpid()}-"
        try:
            with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
                yield folder
        except OSError as error:
            raise StorageFailed("the disk of intake cannot be written") from error

    async def _answered(self, ask: Callable[[], Awaitable[T]]) -> T | Unusable:
        """Ask, and turn everything that went wrong with one object into an answer.

        A failure of the store is one object's when the store is well otherwise. Then it is asked once more:
        it may have been ill a moment ago.
        """
        try:
            return await ask()
        except StoreRefused as error:
            return await self._refused(error)
        except StorageFailed as error:
            log.warning("intake.asset_failed", error=type(error).__name__)
            await self.store.ready()
        except ReelbusError as error:
            return _unusable(error)
        try:
            return await ask()
        except StoreRefused as error:
            return await self._refused(error)
        except ReelbusError as error:
            return _unusable(error)

    async def _refused(self, error: StoreRefused) -> Unusable:
        await self.store.ready()  # keys that open nothing are no matter of this object
        return _unusable(error)

    def _asset(self, key: str, sha256: str, size_bytes: int, media_type: str) -> Asset:
        return Asset(
            asset_id=f"sha256:{sha256}",
            bucket=self.bucket,
            key=key,
            sha256=sha256,
            size_bytes=size_bytes,
            media_type=media_type,
        )


def remove_leftovers() -> None:
    """Remove what an intake of this machine left on the disk that did not end in order."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*"):
        pid = folder.name.removeprefix(_FOLDERS).partition("-")[0]
        if pid.isdigit() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _is_told(head: Head) -> bool:
    return media_kind(head.media_type) is not None


def _unusable(error: ReelbusError) -> Unusable:
    """Say why an object cannot be used; whose keys may not read it cannot know that it is there."""
    match error:
        case AssetInvalid():
            return Unusable(ErrorCode.ASSET_INVALID, error.message)
        case AssetNotFound() | InvalidRequest() | StoreRefused():
            return Unusable(ErrorCode.ASSET_NOT_FOUND, "")
        case EngineFailed():
            return Unusable(ErrorCode.INTERNAL, "this asset cannot be looked into at present; send it again")
        case StorageFailed():
            message = "this asset cannot be brought from the store at present; send the request again"
            return Unusable(ErrorCode.STORAGE_FAILED, message)
        case _:
            raise error
