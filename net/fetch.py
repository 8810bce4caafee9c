"""How a file is fetched from an address that somebody else has given: checked, pinned, and never more than is borne."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from net.guard import Allowed, addresses_of, allowed_here
from runtime.errors import AddressRefused, TooLarge, Unreachable

MOST_REDIRECTS = 5
CHUNK_BYTES = 256 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may cost: bytes, seconds in all, seconds until the next byte."""

    size_bytes: int
    time_s: float = 600.0
    read_s: float = 30.0
    connect_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: how much, and what its sender calls it."""

    size_bytes: int
    media_type: str


class Refused(Exception):
    """The address answers, and not with a file."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it answers {status}")
        self.status = status


def fetch(
    url: str,
    to: Path,
    bounds: Bounds,
    *,
    headers: Mapping[str, str] | None = None,
    trusted: tuple[str, str] | None = None,
    allowed: Allowed | None = None,
    still: Callable[[int], None] = lambda _: None,
) -> Fetched:
    """Fetch a file; what is written so far goes when it does not come whole.

    Each address on the way is looked up and checked, and the one that was checked is called (no name is looked up
    twice). `headers` go to the `trusted` origin (scheme, host:port) alone, which may also be private. `still` is
    called with the bytes so far, and may raise.

    Raises:
        AddressRefused: an address on the way may not be called.
        Unreachable: no answer, or one that breaks off or takes too long.
        TooLarge: it is larger than the bounds.
        Refused: the answer is no file.
    """
    ends_s = time.monotonic() + bounds.time_s
    permitted = allowed_here() if allowed is None else allowed
    for _ in range(MOST_REDIRECTS + 1):
        own = trusted is not None and origin_of(url) == trusted
        with _opened(url, headers if own else None, bounds, permitted, own=own) as response:
            if response.status in _REDIRECTS:
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            if response.status != 200:
                raise Refused(response.status)
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            try:
                return Fetched(_written(response, to, bounds, ends_s, still), media_type)
            except BaseException:
                to.unlink(missing_ok=True)
                raise
    raise AddressRefused(f"it is sent on more than {MOST_REDIRECTS} times")


def origin_of(url: str) -> tuple[str, str]:
    """Return scheme and host:port of an address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme.lower(), f"{(parts.hostname or '').lower()}:{port}"


@contextmanager
def _opened(
    url: str, headers: Mapping[str, str] | None, bounds: Bounds, allowed: Allowed, *, own: bool
) -> Iterator[BaseHTTPResponse]:
    """Ask at an address that was checked; the name stands in the request and in the certificate."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused("this is no address") from error
    permitted = Allowed(allowed.places | {(host.lower(), port)}, allowed.networks) if own else allowed
    address = next(addresses_of(url, host, port, permitted))
    timeout = urllib3.Timeout(connect=bounds.connect_s, read=bounds.read_s)
    with _pool(parts.scheme, host, address, port, timeout) as pool:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        told = {
            "Host": parts.netloc,
            "User-Agent": "reelbus",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        try:
            response = pool.urlopen(
                "GET",
                target,
                headers=told,
                redirect=False,
                retries=False,
                preload_content=False,
                assert_same_host=False,
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(f"{host} does not answer ({type(error).__name__})") from error
        try:
            yield response
        finally:
            response.close()


def _pool(
    scheme: str, host: str, address: str, port: int, timeout: urllib3.Timeout
) -> urllib3.HTTPConnectionPool:
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        server_hostname=host,
        assert_hostname=host,
        ssl_context=ssl.create_default_context(),
    )


def _written(
    response: BaseHTTPResponse, to: Path, bounds: Bounds, ends_s: float, still: Callable[[int], None]
) -> int:
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > bounds.size_bytes:
        raise TooLarge(f"the file has {length} bytes, and {bounds.size_bytes} are the most")
    size_bytes = 0
    try:
        with to.open("wb") as file:
            while chunk := response.read1(CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > bounds.size_bytes:
                    raise TooLarge(f"the file has more than {bounds.size_bytes} bytes")
                if time.monotonic() > ends_s:
                    raise Unreachable(f"the file takes longer than {bounds.time_s:.0f} s")
                file.write(chunk)
                still(size_bytes)
    except HTTPError as error:
        raise Unreachable(f"the file broke off ({type(error).__name__})") from error
    if length.isascii() and length.isdigit() and int(length[:18]) != size_bytes:
        raise Unreachable(f"the file broke off after {size_bytes} of {length} bytes")
    return size_bytes
