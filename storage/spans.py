"""How a request to the store shows in the trace of the work that makes it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from runtime.tracing import span
from storage.objects import Blob

P = ParamSpec("P")
T = TypeVar("T")

_OWN_KEYS = ("blobs/", "memo/", "jobs/")
"""Keys that we made, from digests and ids; what others named may tell something of them."""


class HasBucket(Protocol):
    """A store of one bucket."""

    bucket: str


S = TypeVar("S", bound=HasBucket)
_Method = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def in_trace(operation: str) -> Callable[[_Method[S, P, T]], _Method[S, P, T]]:
    """Give a method of a store a span of this name, as a part of the present trace; it begins none."""

    def around(method: _Method[S, P, T]) -> _Method[S, P, T]:
        @wraps(method)
        async def told(store: S, *args: P.args, **kwargs: P.kwargs) -> T:
            if not trace.get_current_span().is_recording():
                return await method(store, *args, **kwargs)
            with span(
                f"store {operation}",
                SpanKind.CLIENT,
                aws__s3__bucket=store.bucket,
                reelbus__operation=operation,
            ) as here:
                key = args[0] if args else None
                if isinstance(key, str) and key.startswith(_OWN_KEYS):
                    here.set_attribute("aws.s3.key", key)
                outcome = await method(store, *args, **kwargs)
                if isinstance(outcome, Blob):
                    here.set_attribute("aws.s3.key", outcome.key)
                    here.set_attribute("reelbus.size_bytes", outcome.size_bytes)
                return outcome

        return told  # type: ignore[return-value]  # mypy: positional-only against by name

    return around
