"""Whether the webhook of a wish may be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from net.addresses import why_not
from schemas.codes import ErrorCode
from schemas.facts import Problem


def webhook_problems(wish: Mapping[str, Any], *, allow_private: bool) -> Iterator[Problem]:
    """Say why the `webhook_url` of a wish cannot be called."""
    url = wish.get("webhook_url")
    if isinstance(url, str) and url:
        wrong = why_not(url, allow_private=allow_private)
        if wrong:
            yield Problem(code=ErrorCode.INVALID_REQUEST, path="/webhook_url", message=wrong)
