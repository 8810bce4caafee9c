"""What a file is, told from its first bytes alone; its name plays no part."""

from __future__ import annotations

import json
from pathlib import Path

HEAD_BYTES = 4096
_JSON_MAX_BYTES = 16_000_000
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"M4P ")


def sniff(path: Path) -> str | None:
    """Return the media type of a file, or None when it is none that we know.

    For MP4, WebM and Ogg this is the container's usual type; which streams are inside decides at last.
    Magic numbers: WHATWG MIME Sniffing, sections 6 and 7. Text is UTF-8 without control bytes.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return _binary(head) or _text(path, head)


def _binary(head: bytes) -> str | None:
    riff = head[:4] == b"RIFF"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if riff and head[8:12] == b"WEBP":
        return "image/webp"
    if (riff or head[:4] in (b"RF64", b"BW64")) and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:12] in _AUDIO_BRANDS else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"ID3") or _is_mpeg_audio(head):
        return "audio/mpeg"
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    """Say whether an MPEG-1/2 layer III frame begins here (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _text(path: Path, head: bytes) -> str | None:
    if not head or any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return None
    if path.stat().st_size > _JSON_MAX_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "text/plain"
        return "application/json"
    return "text/plain"
