"""Which kinds of media there are, which of them people see, hear or read, and which kind a media type is."""

from __future__ import annotations

from typing import Literal, get_args

MediaKind = Literal["text", "image", "video", "audio", "json"]

ANY_MEDIA: frozenset[MediaKind] = frozenset(get_args(MediaKind))
TEXT: frozenset[MediaKind] = frozenset(("text",))
JSON: frozenset[MediaKind] = frozenset(("json",))
IMAGE: frozenset[MediaKind] = frozenset(("image",))
VIDEO: frozenset[MediaKind] = frozenset(("video",))
AUDIO: frozenset[MediaKind] = frozenset(("audio",))
READ = TEXT | JSON
SEEN = IMAGE | VIDEO
HEARD = AUDIO | VIDEO


def media_kind(media_type: str) -> MediaKind | None:
    """Say which kind a media type is, or None for one that is none of ours.

    Examples: "image/png" is image, "application/json" is json, "text/plain" is text.
    """
    if media_type.split(";", maxsplit=1)[0].strip() == "application/json":
        return "json"
    match media_type.split("/", maxsplit=1)[0]:
        case "text":
            return "text"
        case "image":
            return "image"
        case "video":
            return "video"
        case "audio":
            return "audio"
    return None
