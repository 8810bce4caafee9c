"""How a dead letter is shown: in a row of a list, and whole."""

from __future__ import annotations

import base64
from typing import Any

from bus.cloudevents import Headers
from operations.dead_letter import DeadLetter
from producers.cli.output import harmless


def summary(letter: DeadLetter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": letter.id,
        "reason": letter.reason,
        "error": letter.error,
        "time": letter.time,
    }
    if letter.origin is not None:
        found["dlq_origin"] = letter.origin
    if letter.decision is not None:
        found |= {"decision": str(letter.decision), "decided_at": letter.decided_at}
    return found


def whole(letter: DeadLetter) -> dict[str, Any]:
    return {
        **summary(letter),
        "key": _text_or_base64(letter.key),
        "headers": _listed(letter.headers),
        "value": _text_or_base64(letter.value),
    }


def _listed(headers: Headers) -> list[dict[str, Any]]:
    return [{"name": name, "value": _text_or_base64(value)} for name, value in headers]


def _text_or_base64(value: bytes | None) -> Any:
    """Text where it is text; an object where it is not, so that the two cannot be taken for each other."""
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def readable(value: bytes | None) -> str:
    return "" if value is None else harmless(value.decode("utf-8", "backslashreplace"))
