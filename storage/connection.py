"""How requests reach the store: one client, a bounded pool of threads, and patience for passing failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.credentials.providers import StaticProvider

from runtime.errors import StoreUnreachable
from runtime.retry import STORE, Tries
from runtime.settings import Settings
from storage.failures import FOREIGN, asked_pause_s, converted, is_passing

_THREADS = 12
_CONNECT_S = 3.0
_READ_S = 30.0
P = ParamSpec("P")
R = TypeVar("R")


class Connection:
    """The S3 client of one process; it must not be used across a fork."""

    def __init__(self, settings: Settings, *, patience_s: float) -> None:
        url = urlsplit(settings.s3_endpoint)
        if url.scheme not in ("http", "https") or not url.netloc or url.path not in ("", "/"):
            raise StoreUnreachable("REELBUS_S3_ENDPOINT must look like http://host:port.")
        self.endpoint = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        self.bucket = settings.bucket
        self.region = settings.s3_region
        self.credentials = StaticProvider(
            settings.s3_access_key, settings.s3_secret_key.get_secret_value()
        ).retrieve()
        self._patience_s = patience_s
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
            maxsize=_THREADS,
            retries=False,  # `call` repeats; two layers would multiply
        )
        self.client = Minio(
            url.netloc,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            secure=url.scheme == "https",
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
