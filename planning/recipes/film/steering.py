"""What a film's brief asks for beside its story: fields that the request itself leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.film import FILM_MAX_S, FILM_MIN_S


def steered(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of a film with the length, shape, captions and music that its brief asks for.

    What the request says in its fields counts; a length is brought within those that a film may have.
    """
    if not isinstance(request.get("brief"), str):
        return dict(request)
    # Its patterns are compiled when the first brief comes, and not when a coordinator starts.
    from language.instructions import asked

    found = asked(request["brief"])
    more: dict[str, Any] = {}
    if found.duration_s is not None:
        more["duration_s"] = min(max(found.duration_s, FILM_MIN_S), FILM_MAX_S)
    if found.aspect_ratio is not None:
        more["aspect_ratio"] = found.aspect_ratio
    if found.captions is not None:
        more["captions"] = found.captions
    if found.music == "none":
        more["music"] = None
    return {**more, **request}
