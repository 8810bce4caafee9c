"""How a person writes a length of time, or a moment: `90s`, `30m`, `24h`, `30d`, `2026-01-31T12:00:00Z`."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from runtime.errors import InvalidRequest

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])\Z")
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def seconds_of(text: str) -> float:
    """Return a length of time in seconds.

    Raises:
        InvalidRequest: It is no number with one of the units s, m, h, d, w.
    """
    found = _SPAN.match(text.strip().lower())
    if found is None:
        raise InvalidRequest(f"{text!r} is no length of time: write 90s, 30m, 24h or 30d")
    return float(found[1]) * _UNIT_S[found[2]]


def moment_ms(text: str) -> int:
    """Return a moment in milliseconds since the epoch: that long ago, or an RFC 3339 time (UTC when it says no zone).

    Raises:
        InvalidRequest: It is neither.
    """
    if _SPAN.match(text.strip().lower()):
        return int((time.time() - seconds_of(text)) * 1000)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidRequest(f"{text!r} is no moment: write 24h, 7d or 2026-01-31T12:00:00Z") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
