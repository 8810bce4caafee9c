"""How requests reach the store: one client, a bounded pool of threads, and patience for passing failures."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import SplitResult, urlsplit

from minio import Minio

from runtime.errors import StoreUnreachable
from runtime.retry import STORE, Tries
from runtime.settings import Settings
from storage.credentials import keys_of
from storage.failures import FOREIGN, KEYS_ENDED, asked_pause_s, code_of, converted, is_passing
from storage.pool import http_pool

_THREADS = 12
P = ParamSpec("P")
R = TypeVar("R")


class Connection:
    """The S3 client of one process; it must not be used across a fork."""

    def __init__(self, settings: Settings, *, patience_s: float) -> None:
        url = _address("REELBUS_S3_ENDPOINT", settings.s3_endpoint)
        self.endpoint = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        public = _address("REELBUS_S3_PUBLIC_ENDPOINT", settings.s3_public_endpoint or settings.s3_endpoint)
        self.public_endpoint = f"{public.scheme}://{public.netloc.rpartition('@')[2]}"
        self.encrypted = url.scheme == "https"
        self.bucket = settings.bucket
        self.region = settings.s3_region
        self._patience_s = patience_s
        self._http = http_pool(_THREADS, _trust(settings.s3_ca_file))
        self.keys = keys_of(settings, self._http)
        self.client = Minio(
            url.netloc,
            credentials=self.keys,
            secure=self.encrypted,
            region=settings.s3_region,  # spares a request per bucket
            http_client=self._http,
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

    async def call(self, what: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run blocking `work` in a thread, again while it fails in passing, for `patience_s` at most.

        `what` begins the sentence of an error. `work` must be harmless to repeat.

        Raises:
            AssetNotFound: the object does not exist.
            StoreUnreachable: no answer came within the patience.
            StorageFailed: the store refused.
        """
        patience = replace(STORE, within_s=self._patience_s)
        tries = Tries(patience, asyncio.get_running_loop().time)
        while True:
            try:
                return await self.in_thread(work, *args, **kwargs)
            except FOREIGN as error:
                if code_of(error) in KEYS_ENDED:
                    self.keys.forget()
                pause_s = tries.failed(asked_pause_s(error)) if is_passing(error) else None
                if pause_s is None:
                    raise converted(error, what, self.endpoint) from error
            await asyncio.sleep(pause_s)

    async def once(self, what: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run blocking `work` in a thread, once, with its errors converted."""
        try:
            return await self.in_thread(work, *args, **kwargs)
        except FOREIGN as error:
            raise converted(error, what, self.endpoint) from error

    async def in_thread(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run blocking `work` in one of the store's threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Give up threads and sockets."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._http.clear()


def _address(variable: str, text: str) -> SplitResult:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.netloc or url.path not in ("", "/"):
        raise StoreUnreachable(f"{variable} must look like http://host:port.")
    return url


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return how the store's certificate is checked; None means: with the system's certificates."""
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        missing = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
        reason = error.strerror if missing else "it holds no certificates"  # type: ignore[union-attr]
        raise StoreUnreachable(f"REELBUS_S3_CA_FILE: {ca_file}: {reason}.") from None
