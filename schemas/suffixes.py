"""Which file suffix a media type has, the same on every machine."""

from __future__ import annotations

_SUFFIXES = {
    "application/json": ".json",
    "application/x-subrip": ".srt",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "text/vtt": ".vtt",
    "video/mp4": ".mp4",
}


def suffix_of(media_type: str) -> str:
    """Return the usual suffix of a medium that we make, `.bin` for any other."""
    return _SUFFIXES.get(media_type, ".bin")
