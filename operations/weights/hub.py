"""How files come from a hub of models: `/{repository}/resolve/{revision}/{path}` over HTTPS, from any byte on."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from catalog.weights.source import Source
from net.addresses import why_not
from operations.weights.origins import CHUNK_BYTES, NotPulled, Part, Passing
from operations.weights.pinning import pin_at
from runtime.errors import InvalidRequest
from runtime.retry import asked_s

DEFAULT_ENDPOINT = "https://huggingface.co"
CONNECT_S, READ_S = 10.0, 30.0
MOST_REDIRECTS = 5
MOST_ANSWER_BYTES = 16 << 20
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429)
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="next"')
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")


class Hub:
    """A hub of models, by its address. Blocking.

    Where it sends on to is checked: https (unless the hub itself is not), and no private address (unless the hub
    itself is one). `token` signs in at the hub and goes nowhere else.
    """

    def __init__(self, endpoint: str = DEFAULT_ENDPOINT, token: str = "") -> None:
        """Raises InvalidRequest for an address that cannot be called."""
        self._endpoint = endpoint.rstrip("/")
        if why := why_not(self._endpoint, allow_private=True):
            raise InvalidRequest(f"HF_ENDPOINT: {why}")
        self._token = token
        self._origin = _origin_of(self._endpoint)
        self._may_be_private = why_not(self._endpoint, allow_private=False) is not None
        if token and not (self._may_be_private or self._endpoint.startswith("https://")):
            raise InvalidRequest("HF_ENDPOINT: a token is sent over https:// only")
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S), retries=False, maxsize=1
        )

    @property
    def name(self) -> str:
        """Its host."""
        return urlsplit(self._endpoint).netloc

    def close(self) -> None:
        """Close its connections."""
        self._http.clear()

    @contextmanager
    def open(self, source: Source, path: str, start_bytes: int) -> Iterator[Part]:
        """Open a file from a byte on.

        Raises:
            Passing: no answer, or one that may be another in a moment.
            NotPulled: the hub has no such file, or does not give it.
        """
        url = f"{self._endpoint}/{quote(source.name)}/resolve/{quote(source.revision)}/{quote(path)}"
        what = f"{source.name}/{path}"
        try:
            response = self._answer(url, what, start_bytes)
        except HTTPError as error:
            raise Passing(f"{self.name} does not answer ({type(error).__name__})") from error
        try:
            yield self._part(response, what, start_bytes)
        finally:
            response.close()
            response.release_conn()

    def pin(self, source: Source, revision: str) -> Source:
        """Return a source as it stands at a branch, tag or commit of this hub, by its commit and the digest of each file.

        Raises:
            Passing: no answer, or one that may be another in a moment.
            NotPulled: there is none, or it holds nothing that is loaded.
        """
        return pin_at(self, source, revision)

    def ask(self, path: str, what: str) -> tuple[Any, str]:
        """Return what its API says at a path below `/api/models`, and the path of the next page, if there is one.

        Raises: as `open`.
        """
        base = f"{self._endpoint}/api/models"
        try:
            response = self._answer(f"{base}/{path}", what, 0)
        except HTTPError as error:
            raise Passing(f"{self.name} does not answer ({type(error).__name__})") from error
        try:
            part = self._part(response, what, 0)
            content = bytearray()
            for chunk in part.chunks:
                content += chunk
                if len(content) > MOST_ANSWER_BYTES:
                    raise NotPulled(f"{what}: {self.name} answers with more than {MOST_ANSWER_BYTES} bytes")
            following = _NEXT.search(response.headers.get("Link", ""))
            # Where a mirror names the hub that it copies, it is still the mirror that is asked.
            more = f"{path.partition('?')[0]}?{urlsplit(following[1]).query}" if following else ""
            return json.loads(content), more
        except ValueError as error:
            raise NotPulled(f"{what}: {self.name} does not answer in JSON") from error
        finally:
            response.close()
            response.release_conn()

    def _answer(self, url: str, what: str, start_bytes: int) -> BaseHTTPResponse:
        """Ask, and follow where it sends on to."""
        for _ in range(MOST_REDIRECTS + 1):
            response = self._http.request(
                "GET", url, headers=self._headers(url, start_bytes), preload_content=False, redirect=False
            )
            if response.status not in _REDIRECTS:
                return response
            to = urljoin(url, response.headers.get("Location", ""))
            response.close()
            self._must_be_good(to, what)
            url = to
        raise NotPulled(f"{what}: {self.name} sends on more than {MOST_REDIRECTS} times")

    def _headers(self, url: str, start_bytes: int) -> Mapping[str, str]:
        found = {"Accept-Encoding": "identity", "User-Agent": "reelbus"}
        if start_bytes:
            found["Range"] = f"bytes={start_bytes}-"
        if self._token and _origin_of(url) == self._origin:
            found["Authorization"] = f"Bearer {self._token}"
        return found

    def _must_be_good(self, url: str, what: str) -> None:
        """Refuse to be sent on to this machine, to its network, or off https; addresses may be signed, so none is told."""
        if _origin_of(url) == self._origin:
            return
        why = why_not(url, allow_private=self._may_be_private)
        if why is None and urlsplit(url).scheme != "https" and not self._endpoint.startswith("http://"):
            why = "only https:// addresses are followed"
        if why is not None:
            raise NotPulled(f"{what}: {self.name} sends on to an address that is not called: {why}")

    def _part(self, response: BaseHTTPResponse, what: str, start_bytes: int) -> Part:
        status = response.status
        if status in _PASSING or status >= 500:
            pause_s = asked_s(response.headers.get("Retry-After"), time.time())
            raise Passing(f"{self.name} answers {status}", pause_s)
        if status in (401, 403):
            raise NotPulled(
                f"{what}: {self.name} does not give it ({status}); HF_TOKEN signs in where that may help"
            )
        if status == 404:
            raise NotPulled(f"{what}: {self.name} has no such file at that revision")
        length = response.headers.get("Content-Length", "")
        size_bytes = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        if status == 200:
            return Part(0, size_bytes, _chunks(response, self.name))
        found = _RANGE.fullmatch(response.headers.get("Content-Range", "")) if status == 206 else None
        if found is None or int(found[1]) != start_bytes:
            raise NotPulled(f"{what}: {self.name} answers {status}, and not with what was asked for")
        total_bytes = None if found[3] == "*" else int(found[3])
        return Part(start_bytes, total_bytes, _chunks(response, self.name))


def _chunks(response: BaseHTTPResponse, name: str) -> Iterator[bytes]:
    try:
        yield from response.stream(CHUNK_BYTES, decode_content=False)
    except (HTTPError, OSError) as error:
        raise Passing(f"{name} broke off ({type(error).__name__})") from error


def _origin_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
