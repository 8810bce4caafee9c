"""How a media type is written beside an object, for readers who are told nothing else."""

from __future__ import annotations

_UTF_8 = "; charset=utf-8"


def written(media_type: str) -> str:
    """Return the Content-Type of an object: a text says that it is UTF-8, for HTTP's own guess is another."""
    return media_type + _UTF_8 if media_type.startswith("text/") and ";" not in media_type else media_type


def read(content_type: str) -> str:
    """Return the media type of an object whose Content-Type is this."""
    kind, _, parameter = content_type.partition(";")
    return kind.strip() if parameter.strip().lower() in {"", "charset=utf-8"} else content_type
