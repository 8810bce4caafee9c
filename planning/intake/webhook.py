"""Whether the webhook of a request may be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from net.addresses import why_not
from schemas.codes import ErrorCode
from schemas.facts import Problem


def webhook_problems(request: Mapping[str, Any], *, allow_private: bool) -> Iterator[Problem]:
    """Say why the `webhook_url` of a request cannot be called."""
    url = request.get("webhook_url")
    if isinstance(url, str) and url:
        wrong = why_not(url, allow_private=allow_private)
        if wrong:
            yield Problem(code=ErrorCode.INVALID_REQUEST, path="/webhook_url", message=wrong)
