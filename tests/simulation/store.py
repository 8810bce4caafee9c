"""What workers keep their results in: the real store's code over an S3 that is slow, silent and away."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from minio.credentials.providers import StaticProvider
from minio.error import S3Error
from urllib3.exceptions import ProtocolError

from runtime.settings import Settings
from storage.connection import Connection
from storage.credentials import Keys
from storage.store import Store
from tests.simulation.clock import NotYet, VirtualLoop
from tests.simulation.life import Life
from tests.simulation.plan import Luck

LOOKED_UP: ContextVar[bool | None] = ContextVar("looked_up", default=None)
"""Whether the present task found the cached result that it asked for; None before it asked."""


USELESS_MEMOS = (
    b'{"products": [[null, {"key": "blobs/00/lost", "size_bytes": 5}]]}',
    b'{"products": [[null, {"key"',
    b'{"results": []}',
)


@dataclass(slots=True)
class Object:
    """One object and when it became durable."""

    body: bytes
    media_type: str
    since_ms: int
    sha256: str = ""

    def __post_init__(self) -> None:
        self.sha256 = hashlib.sha256(self.body).hexdigest()


@dataclass(slots=True)
class Bucket:
    """The only bucket of the world's S3, which all processes see alike."""

    loop: VirtualLoop
    luck: Luck
    draw: random.Random
    objects: dict[str, Object] = field(default_factory=dict)
    away_until_s: float = 0.0

    def go_away(self) -> None:
        """Answer nobody for a while."""
        self.away_until_s = self.loop.time() + self.draw.uniform(0.5, 15.0)

    def remember_what_is_gone(self, key: str) -> None:
        """Now and then a cached result that nobody has of this run stands there from an earlier one: its files are lost, or it is damaged."""
        if key not in self.objects and self.luck.bad("memo_stale", 0.1):
            self.objects[key] = Object(self.draw.choice(USELESS_MEMOS), "application/json", self.loop.now_ms)


class S3Client:
    """What storage asks of the S3 client; each request may take long, fail, or work and fail all the same."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def _execute(
        self, method: str, bucket: str, key: str, *, body: bytes, headers: Mapping[str, str], **_: Any
    ) -> None:
        assert method == "PUT"
        with _request(self._bucket):
            stands = self._bucket.objects.get(key)
            if "If-None-Match" in headers and stands is not None:
                raise _refusal("PreconditionFailed", 412)
            if "If-Match" in headers and (stands is None or stands.sha256 != headers["If-Match"]):
                raise _refusal("PreconditionFailed", 412)
            media_type = headers["Content-Type"]
            self._bucket.objects[key] = Object(body, media_type, self._bucket.loop.now_ms)

    def stat_object(self, bucket: str, key: str) -> Any:
        with _request(self._bucket):
            found = self._found(key)
            return SimpleNamespace(
                size=len(found.body), content_type=found.media_type, etag="", last_modified=None
            )

    def get_object(self, bucket: str, key: str) -> Any:
        with _request(self._bucket):
            if key.startswith("memo/"):
                self._bucket.remember_what_is_gone(key)
            found = self._found(key)
            return _Response(found.body, found.sha256)

    def _found(self, key: str) -> Object:
        if key not in self._bucket.objects:
            raise _refusal("NoSuchKey", 404)
        return self._bucket.objects[key]


class _request:  # noqa: N801  # reads as a statement
    """One request: what may go wrong before its effect, and after it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __enter__(self) -> None:
        bucket, luck, draw = self._bucket, self._bucket.luck, self._bucket.draw
        first = bucket.loop.thread is not None and bucket.loop.thread.calls == 1
        if first and luck.bad("store_slow", 0.02):
            raise NotYet(draw.uniform(0.1, 5.0))
        if bucket.loop.time() < bucket.away_until_s:
            if first:
                raise NotYet(draw.uniform(0.0, 3.0))
            raise ProtocolError("connection refused")
        if luck.bad("store_fails", 0.02):
            raise _refusal("SlowDown", 503) if draw.random() < 0.5 else ProtocolError("connection reset")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._bucket.luck.bad("store_answer_lost", 0.02):
            raise ProtocolError("connection reset")


class SimulatedConnection(Connection):
    """The real connection with its patience, over the simulated client and the virtual loop's threads."""

    def __init__(self, bucket: Bucket, life: Life, *, patience_s: float = 10.0) -> None:
        self.endpoint = self.public_endpoint = "http://simulated"
        self.bucket, self.region = "media", "here"
        self.encrypted = False
        self.keys = Keys(StaticProvider("simulated", "simulated").retrieve, "the simulator")
        self.client = S3Client(bucket)  # type: ignore[assignment]  # as much of it as storage uses
        self._patience_s = patience_s
        self._threads = None  # type: ignore[assignment]  # the virtual loop has its own
        self._life = life

    async def in_thread(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._life.alive()
        try:
            result = await super().in_thread(work, *args, **kwargs)
        except S3Error:
            if work.__name__ == "_read":
                LOOKED_UP.set(False)
            raise
        self._life.alive()
        if work.__name__ == "_read":
            LOOKED_UP.set(result.body not in USELESS_MEMOS)
        return result


def store_of(bucket: Bucket, life: Life) -> Store:
    """Return the store of one process."""
    return Store(_settings(), connection=SimulatedConnection(bucket, life))


@lru_cache(maxsize=1)
def _settings() -> Settings:
    return Settings(bucket="media")


class _Response(io.BytesIO):
    def __init__(self, body: bytes, etag: str) -> None:
        super().__init__(body)
        self.headers = {"etag": etag}

    def stream(self, size: int) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk

    def release_conn(self) -> None:
        """There is no socket."""


def _refusal(code: str, status: int) -> S3Error:
    response: Any = SimpleNamespace(status=status)
    return S3Error(response, code, code, None, None, None)
