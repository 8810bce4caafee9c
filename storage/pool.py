"""How sockets to the store are made: quick to give up a host that is away, patient while a large body leaves."""

from __future__ import annotations

import ssl
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_CONNECT_S = 3.0
_READ_S = 30.0


class _Patient(HTTPConnection):
    """urllib3 lets a whole body leave within the time for connecting, 16 MiB in 3 s: here it has the time for reading."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_S)

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is not None:
            self.timeout = _READ_S
        super().request(*arguments, **options)


class _Encrypted(_Patient, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Patient


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


def http_pool(sockets: int, trust: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Return a pool of connections that repeats nothing; without `trust` the system's certificates count."""
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
        maxsize=sockets,
        retries=False,  # `Connection.call` repeats; two layers would multiply
        ssl_context=trust,
    )
    pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
    return pool
